"""A session is bound to its browser: whoever has a copy of its cookies is found out, and both are signed out."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from anyio import to_thread
from tests.core.web.jar import Jar

import budkavle
from budkavle.identification import guest_sessions, sessions
from budkavle.identification.browser_proof import OVERLAP, ROTATE_EVERY, Shown
from budkavle.identification.outcome import GuestIn, GuestOf, SignedIn
from budkavle.model.errors import TooLarge
from budkavle.model.loa import Loa
from budkavle.storage.events.chaining import chain_log
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.http.forms import Form

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
PAGE = "/account/sessions"


class Ada(Jar):
    """Ada's browser, with its cookies."""

    def __init__(self, browser: Any, organisation: SampleOrganisation) -> None:
        super().__init__(browser)
        self.organisation = organisation

    def is_in(self, path: str = PAGE) -> bool:
        return bool(self.ask("GET", path).status_code == 200)

    @property
    def proof(self) -> str:
        """What binds the session to this browser."""
        return self.cookies[self.name]

    @property
    def name(self) -> str:
        """The name of that cookie, which each session has for itself."""
        return f"proof-{sha256(self.cookies['budkavle'].encode()).hexdigest()[:8]}"

    def copied(self) -> "Ada":
        """Return somebody else's browser with a copy of the cookies."""
        thief = Ada(self.browser, self.organisation)
        thief.cookies = dict(self.cookies)
        return thief

    def wait(self, seconds: float) -> None:
        """Let time pass for what is kept of the session's proof."""
        for column in ("proof_rotated_at", "proof_shown_at"):
            self.organisation.rows(f"UPDATE sessions SET {column} = {column} - interval '{seconds} seconds'")


@pytest.fixture
def ada(browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser) -> Ada:
    """Ada's browser, signed in and bound."""
    browser = Ada(browse(case_worker), organisation)
    assert browser.is_in()
    assert browser.is_in()
    return browser


def rotated(browser: Ada) -> str:
    """Let the time of the proof be over, and the browser get the next one; returns the one before."""
    browser.wait(ROTATE_EVERY.total_seconds())
    before = browser.proof
    assert browser.is_in()
    assert browser.proof != before
    return before


def entries(organisation: SampleOrganisation, kind: str) -> list[dict[str, Any]]:
    """Return the entries of a kind in the event log."""
    chain_log(organisation.platform.database, organisation.id)
    return [json.loads(entry) for entry in organisation.log_entries(kind)]


@pytest.mark.feature("ZS3")
def test_the_proof_rotates_while_its_browser_goes_on(ada: Ada) -> None:
    """It is new every few minutes and not at every page; no script can read it."""
    first = ada.proof
    assert ada.is_in()
    assert ada.proof == first
    ada.wait(ROTATE_EVERY.total_seconds())
    answer = ada.ask("GET", PAGE)
    line = next(line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{ada.name}="))
    assert "HttpOnly" in line
    assert "samesite=lax" in line.lower()
    assert first not in line
    assert all(ada.is_in() for _ in "abc")


@pytest.mark.feature("ZS3")
def test_a_copy_from_before_ends_the_session_of_both(ada: Ada) -> None:
    """The thief's page is refused and says why, Ada is signed out, and the log has from which address the copy came."""
    thief = ada.copied()
    rotated(ada)
    assert ada.is_in()
    ada.wait(OVERLAP.total_seconds())
    refused = thief.ask("GET", PAGE)
    assert refused.status_code == 401
    assert "Samma inloggning användes i två webbläsare" in refused.text
    assert "Logga in</a>" in refused.text
    assert "Till inkorgen" not in refused.text
    assert ada.ask("GET", PAGE).status_code in {302, 303, 307}
    (entry,) = entries(ada.organisation, "user.session-copied")
    assert entry["thing"] == str(ada.organisation.case_worker.user_id)
    assert entry["actor"]["network_address"]
    user = ada.organisation.case_worker.user
    ada.cookies = {"budkavle": sessions.start(ada.organisation.platform, SignedIn(user, Loa.TWO, "test", "/"))}
    assert "Samma inloggning användes i två webbläsare" in ada.ask("GET", PAGE).text, "once she is signed in again"


@pytest.mark.feature("ZS3")
def test_a_thief_who_goes_on_in_her_place_is_found_when_she_comes_back(ada: Ada) -> None:
    """The thief got the new proof; her browser shows the one from before, and is told why it is signed out."""
    thief = ada.copied()
    rotated(thief)
    assert thief.is_in()
    ada.wait(OVERLAP.total_seconds())
    answer = ada.ask("GET", PAGE)
    assert answer.status_code == 401
    assert "Samma inloggning" in answer.text
    assert not thief.is_in()


@pytest.mark.feature("ZS3")
def test_an_answer_that_was_lost_signs_nobody_out(ada: Ada) -> None:
    """The browser never got the new proof: it shows the old one an hour later, and gets the new one again."""
    lost = ada.copied()
    rotated(lost)
    ada.wait(60)
    assert ada.is_in()
    assert ada.proof == lost.proof
    ada.wait(3600)
    assert ada.is_in()


@pytest.mark.feature("ZS3")
def test_pages_on_their_way_are_let_in(ada: Ada) -> None:
    """Another tab asked with the proof from before just as it was changed, and is answered for a while."""
    late = ada.copied()
    rotated(ada)
    assert ada.is_in()
    ada.wait(OVERLAP.total_seconds() - 30)
    assert late.is_in()
    assert ada.is_in()


@pytest.mark.feature("ZS3")
def test_a_page_that_only_listens_rotates_nothing(ada: Ada) -> None:
    """Nobody is there; but a copy is found by it, too."""
    ada.wait(ROTATE_EVERY.total_seconds())
    before = ada.proof
    assert ada.ask("GET", "/session", accept="application/json").status_code == 200
    assert ada.proof == before
    ada.cookies[ada.name] = "0" * 64
    refused = ada.ask("GET", "/session", accept="application/json")
    assert (refused.status_code, refused.json()["type"]) == (401, "urn:budkavle:problem:session-copied")


@pytest.mark.feature("ZS3")
@pytest.mark.parametrize("path", ["/help", "/help/loggas-ut", "/accessibility"])
def test_a_page_for_everybody_says_it_too(ada: Ada, path: str) -> None:
    """It is shown to those who are not signed in, but the one whose session ends by it is told so first."""
    thief = ada.copied()
    rotated(ada)
    assert ada.is_in()
    ada.wait(OVERLAP.total_seconds())
    refused = thief.ask("GET", path)
    assert refused.status_code == 401
    assert "Samma inloggning användes i två webbläsare" in refused.text
    assert thief.ask("GET", "/help").status_code == 200


@pytest.mark.feature("ZS3")
def test_an_open_page_is_told_by_its_next_question(ada: Ada) -> None:
    """A script was the first to find it out, as what keeps a draft, and shows nothing; who signs in again is let in."""
    thief = ada.copied()
    rotated(thief)
    assert thief.is_in()
    ada.wait(OVERLAP.total_seconds())
    assert ada.ask("POST", "/drafts", accept="*/*", subject="Påbörjat").status_code == 401
    for _ in "ab":
        answer = ada.ask("GET", "/session", accept="application/json")
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:budkavle:problem:session-copied")
    assert ada.ask("GET", "/").status_code == 303, "a page leads to the sign-in"
    platform, user = ada.organisation.platform, ada.organisation.case_worker.user
    ada.cookies["budkavle"] = sessions.start(platform, SignedIn(user, Loa.TWO, "test", "/"))
    assert ada.ask("GET", "/session", accept="application/json").status_code == 200
    ada.cookies["budkavle"] = f"{ada.organisation.id}.over"
    answer = ada.ask("GET", "/session", accept="application/json")
    assert answer.json()["type"] == "urn:budkavle:problem:not-signed-in", "another session has ended as others do"


@pytest.mark.feature("ZS3")
def test_a_form_of_a_copy_does_nothing(ada: Ada) -> None:
    """It is refused before it is read, and the session is over."""
    csrf = sessions.find(ada.organisation.platform, ada.cookies["budkavle"]).csrf
    ada.wait(OVERLAP.total_seconds())
    thief = ada.copied()
    del thief.cookies[thief.name]
    thief.cookies["browser"] = "x"
    refused = thief.ask("POST", "/account", csrf=csrf, name="Tjuven", language="sv")
    assert refused.status_code == 401
    assert "Samma inloggning användes i två webbläsare" in refused.text
    assert not ada.is_in()
    (name,) = ada.organisation.rows(f"SELECT name FROM users WHERE id = '{ada.organisation.case_worker.user_id}'")[0]
    assert name != "Tjuven"


def other_tab_goes_on(ada: Ada) -> None:
    """Let another tab of Ada's get the next proof and show it, and that from before run out."""
    ada.wait(ROTATE_EVERY.total_seconds())
    platform, cookie = ada.organisation.platform, ada.cookies["budkavle"]
    proof = ada.proof
    for _ in range(2):
        _, proof = sessions.find_bound(platform, cookie, Shown(proof))
    ada.cookies[ada.name] = proof
    ada.wait(OVERLAP.total_seconds())


@pytest.mark.feature("ZS3")
def test_a_request_that_takes_long_shows_its_proof_once(ada: Ada, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form was on its way for minutes while another tab went on; the page of its error asks who it is again."""

    async def read(_: Any) -> Form:
        await to_thread.run_sync(other_tab_goes_on, ada)
        raise TooLarge("Formuläret är för stort.")

    monkeypatch.setattr("budkavle.web.auth.read_form", read)
    answer = ada.ask("POST", "/account", name="Ada")
    assert answer.status_code == 413
    assert "Logga ut" in answer.text
    assert ada.is_in()
    assert not entries(ada.organisation, "user.session-copied")


@pytest.mark.feature("ZS3")
def test_an_answer_that_comes_late_brings_no_proof(ada: Ada, monkeypatch: pytest.MonkeyPatch) -> None:
    """It might be in the place of a newer one that the browser has got in another tab meanwhile."""
    clock = iter([0.0, 61.0])
    monkeypatch.setattr("budkavle.web.http.cookies.monotonic", lambda: next(clock))
    ada.wait(ROTATE_EVERY.total_seconds())
    late = ada.ask("GET", PAGE)
    assert late.status_code == 200
    assert not any(line.startswith("proof") for line in late.headers.get_list("set-cookie"))
    monkeypatch.undo()
    before = ada.proof
    assert ada.is_in()
    assert ada.proof != before
    assert ada.is_in()


@pytest.mark.feature("ZS3")
def test_who_signs_in_anew_is_bound_anew(ada: Ada, browse: Callable[..., Any]) -> None:
    """What the browser kept for the session before is no fault, and signing out takes it away."""
    platform, user = ada.organisation.platform, ada.organisation.case_worker.user
    before = ada.name
    ada.cookies["budkavle"] = sessions.start(platform, SignedIn(user, Loa.TWO, "test", "/"), ada.cookies["budkavle"])
    assert ada.is_in()
    assert ada.name != before
    assert ada.cookies[before] == "", "it was taken out of the browser"
    assert ada.is_in()
    ada.cookies[before] = "an answer to the session before that comes late"
    ada.wait(OVERLAP.total_seconds())
    assert ada.is_in()
    csrf = sessions.find(platform, ada.cookies["budkavle"]).csrf
    name = ada.name
    ada.ask("POST", "/sign-out", csrf=csrf)
    assert ada.cookies[name] == ""


@pytest.mark.feature("ZS3")
def test_only_what_a_visitor_was_let_in_for_asks_without_a_proof() -> None:
    """Every other page finds its session by `session_of`, which asks for the proof."""
    core = Path(budkavle.__file__).parent
    asking = {path.relative_to(core).as_posix() for path in core.rglob("*.py") if "sessions.find(" in path.read_text()}
    assert asking - {"web/browser_sessions.py", "testing/browsing.py"} == {
        "web/pages/inbox.py",  # a stream goes on as long as its session does
        "web/pages/sign_in.py",  # says how long the session lasts, now that its person is there
    }
    assert (core / "web/browser_sessions.py").read_text().count("sessions.find(") == 2, (
        "that of a guest, which takes the proof, and that of a request that has shown it"
    )


def guest_of(organisation: SampleOrganisation) -> str:
    """Make a guest's session; returns its cookie."""
    guest = GuestIn(GuestOf(organisation.id, "link:1"), Loa.THREE, "test", "Prov", "Anna Testlind")
    return guest_sessions.start(organisation.platform, guest)


@pytest.mark.feature("ZS3")
def test_a_guest_is_bound_to_the_browser_as_well(organisation: SampleOrganisation) -> None:
    """A copy from before ends what the guest began, and leaves an entry."""
    platform, cookie = organisation.platform, guest_of(organisation)
    guest, first = guest_sessions.find(platform, cookie, Shown(""))
    assert guest
    assert guest_sessions.find(platform, cookie, Shown(first)) == (guest, first)
    organisation.rows("UPDATE guest_sessions SET proof_rotated_at = proof_rotated_at - interval '1 hour'")
    _, second = guest_sessions.find(platform, cookie, Shown(first))
    assert second != first
    assert guest_sessions.find(platform, cookie, Shown(first)) == (guest, second), "the answer may have been lost"
    assert guest_sessions.find(platform, cookie, Shown(second)) == (guest, second)
    organisation.rows("UPDATE guest_sessions SET proof_shown_at = proof_shown_at - interval '1 hour'")
    assert guest_sessions.find(platform, cookie, Shown(first)) == (None, first)
    assert guest_sessions.find(platform, cookie, Shown(second)) == (None, second)
    (entry,) = entries(organisation, "guest.session-copied")
    assert entry["thing"] == "1"


@pytest.mark.feature("ZS3")
def test_two_pages_at_once_get_the_same_proof(ada: Ada) -> None:
    """Both asked with the one from before as it ran out; whichever answer comes last, the browser is let in."""
    platform, cookie, before = ada.organisation.platform, ada.cookies["budkavle"], ada.proof
    ada.wait(ROTATE_EVERY.total_seconds())
    ready = Barrier(4)

    def ask(_: int) -> str:
        ready.wait(10)
        return sessions.find_bound(platform, cookie, Shown(before))[1]

    with ThreadPoolExecutor(4) as pool:
        kept = set(pool.map(ask, range(4))) - {before}
    (proof,) = kept
    assert sessions.find_bound(platform, cookie, Shown(proof))[1] == proof
