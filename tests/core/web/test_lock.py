"""A session with a lock: whoever was away shows a passkey before anything is read or done in it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.web.jar import Jar

from budkavle.identification import identities, providers, sessions
from budkavle.identification.outcome import SignedIn
from budkavle.model.errors import Locked, NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import NewIdentity
from budkavle.plugins.protocols.identity_provider import ProviderTraits
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
KEY = ProviderTraits(Loa.TWO, several_per_account=True)


@pytest.fixture(autouse=True)
def ways(monkeypatch: pytest.MonkeyPatch, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """A key that Ada's and Bo's devices keep, and another way; Ada has linked both."""
    own = providers.providers
    codes = {"1234": "ada", "9999": "bo"}
    made: list[Any] = [FakeIdentityProvider(codes, "device", traits=KEY), FakeIdentityProvider(codes, "other")]
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), **{one.name: one for one in made}})
    for user, subject in ((case_worker, "ada"), (organisation.colleague, "bo")):
        for way in made:
            new = NewIdentity(way.name, subject, way.label)
            in_work(organisation.platform, organisation.system, identities.link, new, user_id=user.id)


class Phone(Jar):
    """Ada's browser, with its cookies."""

    def __init__(self, browser: Any, organisation: SampleOrganisation, loa: Loa) -> None:
        super().__init__(browser)
        self.platform, self.organisation = organisation.platform, organisation
        user = SignedIn(organisation.case_worker.user, loa, "password", "/")
        self.cookies = {"budkavle": sessions.start(self.platform, user, lock_minutes=5)}

    def be_away(self, minutes: int = 5) -> None:
        self.organisation.rows(f"UPDATE sessions SET present_at = now() - interval '{minutes} minutes'")

    def unlock(self, way: str, code: str) -> Any:
        found = re.search(r'name="csrf" value="([^"]+)"', self.ask("GET", "/unlock?next=/account").text)
        assert found
        self.ask("POST", "/unlock", csrf=found[1], way=way, next="/account")
        return self.ask("POST", "/sign-in", code=code)


@pytest.fixture
def phone(browse: Callable[..., Any], organisation: SampleOrganisation) -> Phone:
    """A phone on which Ada is signed in at level 3."""
    return Phone(browse(), organisation, Loa.THREE)


def test_a_locked_session_reads_and_does_nothing(phone: Phone, organisation: SampleOrganisation) -> None:
    """Pages lead to the lock, programs are told, what was being sent is given back, and the stream does not open."""
    assert phone.ask("GET", "/account").status_code == 200
    csrf = sessions.find(phone.platform, phone.cookies["budkavle"]).csrf
    phone.be_away()
    for path in ("/account", f"/m/{organisation.mailbox.id}", "/search?q=a"):
        led = phone.ask("GET", path)
        assert led.headers["location"].startswith("/unlock?next=/"), path
    refused = phone.ask("GET", "/session", accept="application/json")
    assert (refused.status_code, refused.json()["type"]) == (401, "urn:budkavle:problem:locked")
    assert phone.ask("GET", "/live", accept="text/event-stream").status_code == 401
    assert phone.ask("POST", "/session/present").status_code == 401, "a page that is late locks too"
    phone.cookies["browser"] = "x"
    sent = phone.ask("POST", "/account", csrf=csrf, name="Nytt namn", language="sv")
    assert sent.status_code == 401
    assert "Appen är låst" in sent.text
    assert "Nytt namn" in sent.text, "what was written is not lost"
    assert "Ada Ahl" not in phone.ask("GET", "/unlock").text


def test_the_passkey_unlocks_the_same_session(phone: Phone) -> None:
    """It keeps its level and its end, and gains nothing by that."""
    before = sessions.find(phone.platform, phone.cookies["budkavle"])
    phone.be_away()
    done = phone.unlock("device", "1234")
    assert done.headers["location"] == "/account"
    after = sessions.find(phone.platform, phone.cookies["budkavle"])
    assert (after.loa, after.ends_at, after.identified_at) == (Loa.THREE, before.ends_at, before.identified_at)
    assert after.csrf == before.csrf
    assert phone.ask("GET", "/unlock?next=/search").headers["location"] == "/search", "it is not locked any more"


def test_nothing_else_unlocks(phone: Phone) -> None:
    """Neither another way of the account, nor a passkey of somebody else, nor a form without the token."""
    phone.be_away()
    page = phone.ask("GET", "/unlock").text
    assert 'value="device"' in page
    assert 'value="other"' not in page
    assert phone.unlock("other", "1234").status_code != 303
    assert phone.ask("POST", "/unlock", csrf="", way="device").status_code == 403
    phone.unlock("device", "9999")
    with pytest.raises(Locked):
        sessions.find(phone.platform, phone.cookies["budkavle"])


def test_being_there_keeps_it_open(phone: Phone) -> None:
    """A request or a page that is looked at; a page that only listens or asks how long it lasts does not."""
    csrf = sessions.find(phone.platform, phone.cookies["budkavle"]).csrf
    phone.be_away(4)
    phone.ask("GET", "/session", accept="application/json")
    assert _away(phone) >= 240
    assert phone.ask("POST", "/session/present").status_code == 403
    assert phone.ask("POST", "/session/present", csrf=csrf).status_code == 204
    assert _away(phone) < 60
    phone.be_away(4)
    phone.ask("GET", "/account")
    assert _away(phone) < 60


def _away(phone: Phone) -> float:
    query = "SELECT extract(epoch from now() - present_at) AS away FROM sessions WHERE lock_minutes IS NOT NULL"
    return float(phone.organisation.rows(query)[0][0])


def test_signing_in_again_ends_it_and_the_browser_keeps_its_lock(phone: Phone) -> None:
    """Whoever signs in by another way has a session of its own level, with the lock that the browser remembers."""
    phone.cookies["lock"] = "15"
    phone.be_away()
    old = phone.cookies["budkavle"]
    phone.ask("POST", "/sign-in/begin", way="other", next="/account")
    phone.ask("POST", "/sign-in", code="1234")
    session = sessions.find(phone.platform, phone.cookies["budkavle"])
    assert (session.loa, session.lock_minutes) == (Loa.TWO, 15)
    with pytest.raises(NotSignedIn):
        sessions.find(phone.platform, old, even_locked=True)


@pytest.mark.parametrize("value", ["0", "2", "-1", "x", ""])
def test_a_cookie_of_another_form_gives_no_lock(phone: Phone, value: str) -> None:
    """Nor does it break the sign-in."""
    phone.cookies["lock"] = value
    phone.ask("POST", "/sign-in/begin", way="other", next="/account")
    phone.ask("POST", "/sign-in", code="1234")
    assert sessions.find(phone.platform, phone.cookies["budkavle"]).lock_minutes is None
    with pytest.raises(ValueError, match="no lock"):
        sessions.set_lock(phone.platform, phone.cookies["budkavle"], 2)


def test_somebody_else_who_signs_in_there_is_themselves(phone: Phone, organisation: SampleOrganisation) -> None:
    """With a passkey of their own, in a browser whose session is another's and locked."""
    phone.be_away()
    phone.ask("POST", "/sign-in/begin", way="device", next="/account")
    phone.ask("POST", "/sign-in", code="9999")
    session = sessions.find(phone.platform, phone.cookies["budkavle"])
    assert (session.user.id, session.loa) == (organisation.colleague.id, Loa.TWO)
