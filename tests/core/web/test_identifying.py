"""The pages of identification as a browser meets them: ways, steps, the way back from a peer, a rise in level."""

import html
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.core.web.jar import Jar, token

from budkavle.accounts import organisations, users
from budkavle.accounts.core_settings import CaseSettings, SignOutSettings
from budkavle.accounts.profile import InformationSettings
from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.identification import administration, flow, guest_sessions, identities, providers, sessions
from budkavle.identification.outcome import GuestIn
from budkavle.model.errors import NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import Identity, Role
from budkavle.plugins.protocols.identity_provider import Failed, Poll, ProviderTraits, Redirect, Step
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
ANNA = "199001012385"
PASSWORD = "en lång mening om vintern"


class Peer:
    """A provider at another site: by redirect, by a form, or by an app that is waited for."""

    label, icon = "Svensk e-legitimation", "id-card"
    traits = ProviderTraits(Loa.THREE, audiences=frozenset({"staff", "guest"}), asserts_personnummer=True)

    def __init__(self, name: str, step: Step) -> None:
        self.name, self.step = name, step

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        return self.step

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        if answers.get("code") != "right":
            return self.step if "tick" in answers else Failed("Du avbröt.")
        return Identity(self.name, "s", Loa.THREE, {"personnummer": ANNA, "method": "Mobilt BankID"})

    def cancel(self, state: Mapping[str, str]) -> None:
        """Nobody to tell."""


@pytest.fixture(autouse=True)
def peers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three peers beside the password, and a way of level 1."""
    own = providers.providers
    made: list[Any] = [
        Peer("redirect", Redirect("https://idp.example/authorize?x=1&y=2")),
        Peer("form", Redirect("https://idp.example/sso", form={"SAMLRequest": "PHNhbWw+", "RelayState": "r"})),
        Peer("app", Poll("Visa vem du är.", 1.0, qr="bankid.x.1", app_url="bankid:///?autostarttoken=x", app="BankID")),
        FakeIdentityProvider(),
    ]
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), **{one.name: one for one in made}})


@pytest.fixture
def jar(browse: Callable[..., Any]) -> Jar:
    """Nobody's browser."""
    return Jar(browse())


@pytest.fixture
def own(browse: Callable[..., Any], case_worker: SampleUser) -> Jar:
    """Ada's browser, signed in with a password."""
    return Jar(browse(case_worker))


def at_three(organisation: SampleOrganisation, user: Any) -> str:
    """The cookie of somebody who has just shown an e-identification."""
    return sessions.start(organisation.platform, flow.SignedIn(user, Loa.THREE, "redirect", "/"))


def test_all_ways_are_shown_the_surest_first(jar: Jar) -> None:
    """With their level in words; and the page that was wanted goes with each."""
    page = jar.ask("GET", "/sign-in?next=/m/x").text
    places = [page.index(word) for word in ('value="redirect"', 'value="password"', "Tillitsnivå 3", "Tillitsnivå 2")]
    assert places[0] < places[1]
    assert places[2] < places[3]
    assert 'name="next" value="/m/x"' in page
    assert "evil" not in jar.ask("GET", "/sign-in?next=https://evil.example").text
    assert jar.ask("GET", "/sign-in?way=gone").status_code == 404
    assert jar.ask("POST", "/sign-in/begin", way="gone").status_code == 404


def test_the_way_used_last_is_marked(jar: Jar, case_worker: SampleUser) -> None:
    """In the browser that signed in by it, and it stands out; before that no way is marked."""
    before = jar.ask("GET", "/sign-in").text
    assert "Senast använd" not in before
    done = jar.ask("POST", "/sign-in/begin", way="password", email=case_worker.email, password=PASSWORD)
    assert done.status_code == 303
    jar.cookies = {name: value for name, value in jar.cookies.items() if name == "way"}
    (marked,) = [button for button in jar.ask("GET", "/sign-in").text.split("<button")[1:] if "Senast använd" in button]
    assert 'value="password"' in marked
    assert 'data-variant="primary"' in marked


def test_opening_a_page_begins_nothing(
    jar: Jar, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scanner of mails, or a browser that fetches ahead, starts no order at anybody's app; only a pressed button."""
    asked: list[str] = []
    own = Peer.start
    monkeypatch.setattr(Peer, "start", lambda self, *rest: [asked.append(self.name), own(self, *rest)][1])
    for path in ("/sign-in", "/sign-in?way=app", "/sign-in?way=redirect", "/sign-in/flow"):
        jar.ask("GET", path)
        jar.ask("HEAD", path)
    assert asked == []
    assert jar.cookies.get("flow", "") == ""
    assert jar.ask("GET", "/sign-in/begin?way=app").status_code >= 400
    assert jar.ask("POST", "/sign-in/begin", site="cross-site", way="app").status_code == 403
    assert asked == []
    jar.ask("POST", "/sign-in/begin", way="app")
    assert asked == ["app"]


def test_the_password_alone_is_asked_for_at_once(jar: Jar, case_worker: SampleUser) -> None:
    """Its fields stand on the first page; what is wrong is said there, and the wanted page is kept."""
    page = jar.ask("GET", "/sign-in?way=password&next=/account").text
    assert 'name="password"' in page
    typed = {"way": "password", "next": "/account", "email": case_worker.email}
    wrong = jar.ask("POST", "/sign-in/begin", **typed, password="fel")
    assert "stämmer inte" in wrong.text
    done = jar.ask("POST", "/sign-in", email=case_worker.email, password=PASSWORD)
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    other = jar.ask("POST", "/sign-in/begin", **typed, password=PASSWORD)
    assert (other.status_code, other.headers["location"]) == (303, "/account")


def test_a_peer_by_redirect(
    jar: Jar, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """There and back: the account that has the number, a session, the page that was wanted; and the flow is used up."""
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, case_worker.id, ANNA)
    away = jar.ask("POST", "/sign-in/begin", way="redirect", next="/account")
    assert away.status_code == 200
    assert 'href="https://idp.example/authorize?x=1&amp;y=2"' in away.text
    back = jar.ask("GET", "/sign-in/back/redirect?code=right", site="cross-site")
    assert (back.status_code, back.headers["location"]) == (303, "/account")
    assert "3: du visade vem du är med e-legitimation" in jar.ask("GET", "/account").text
    del jar.cookies["flow"]
    again = jar.ask("GET", "/sign-in/back/redirect?code=right", site="cross-site")
    assert again.status_code == 422
    assert "Börja om från början" in again.text


def _tick(jar: Jar) -> Any:
    """Ask as the script of a page that waits."""
    headers = {"hx-request": "true", "sec-fetch-site": "same-origin"}
    headers["cookie"] = "; ".join(f"{name}={value}" for name, value in jar.cookies.items())
    return jar.browser.client.post("/sign-in", data={"tick": "1"}, headers=headers)


def _ended(jar: Jar, organisation: SampleOrganisation) -> None:
    """Let one window of this browser be signed in."""
    in_work(
        organisation.platform,
        system_actor(organisation.id),
        administration.set_personnummer,
        organisation.case_worker.id,
        ANNA,
    )
    jar.ask("POST", "/sign-in/begin", way="app", next="/account")
    assert jar.ask("GET", "/sign-in/back/app?code=right").headers["location"] == "/account"


def test_the_second_window_of_a_browser_goes_on_too(jar: Jar, organisation: SampleOrganisation) -> None:
    """The page that was left open and the return from the app: whichever comes second ends on the same page."""
    _ended(jar, organisation)
    assert _tick(jar).headers["hx-redirect"] == "/account"
    for path in ("/sign-in/flow", "/sign-in/back/app?code=right"):
        assert jar.ask("GET", path).headers["location"] == "/account"


def test_a_session_that_is_still_on_its_way_is_waited_for(
    jar: Jar, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second window asks before the first one's answer has come: it waits a moment only, and nothing lets it in."""
    _ended(jar, organisation)
    session = jar.cookies.pop("budkavle")
    assert _tick(jar).status_code == 204
    page = jar.ask("GET", "/sign-in/back/app?code=right")
    assert page.status_code == 200
    assert page.headers["refresh"] == "1"
    assert jar.ask("POST", "/sign-in", tick="1").headers["location"] == "/sign-in/flow"
    assert "budkavle" not in jar.cookies
    later = time.time() + 11
    monkeypatch.setattr("budkavle.web.identification.time.time", lambda: later)
    assert jar.ask("GET", "/sign-in/back/app?code=right").status_code == 422
    assert "Börja om från början" in _tick(jar).text
    jar.cookies["budkavle"] = session
    assert jar.ask("GET", "/sign-in/flow").headers["location"] == "/account"


def test_a_flow_that_has_ended_leads_nobody_else_on(
    jar: Jar, organisation: SampleOrganisation, colleague: SampleUser, browse: Callable[..., Any]
) -> None:
    """Another browser with both its names gets no session; another person in the same browser is not led either."""
    _ended(jar, organisation)
    thief, bo = Jar(browse()), Jar(browse(colleague))
    for other in (thief, bo):
        other.cookies |= {name: jar.cookies[name] for name in ("flow", "browser")}
        before = dict(other.cookies)
        pages = (other.ask("GET", path) for path in ("/sign-in/back/app?code=right", "/sign-in/flow"))
        for answer in (_tick(other), *pages):
            assert "location" not in answer.headers
            assert "hx-redirect" not in answer.headers
        assert other.cookies == before
    thief.cookies["browser"] = "another"
    assert thief.ask("GET", "/sign-in/back/app?code=right").status_code == 422


def test_a_rise_in_level_ends_in_both_windows(
    own: Jar, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The window with the old session is led on only once it has the new one."""
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, case_worker.id, ANNA)
    page = own.ask("GET", "/step-up?loa=3&next=/account")
    own.ask("POST", "/step-up", csrf=token(page), way="app", loa="3", next="/account")
    weak = sessions.start(platform, flow.SignedIn(case_worker.user, Loa.TWO, "password", "/"))
    own.ask("GET", "/sign-in/back/app?code=right")
    assert _tick(own).headers["hx-redirect"] == "/account"
    own.cookies["budkavle"] = weak
    assert _tick(own).status_code == 204


def test_a_guests_steps_show_whose_message_it_is(
    jar: Jar, platform: Platform, organisation: SampleOrganisation
) -> None:
    """The organisation's name and colour stand in the place of ours, also when a step has failed; not in a sign-in."""
    administrator = organisation.add_user("Ina", role=Role.ADMIN)
    in_work(platform, administrator, write_settings, InformationSettings, {"colour": "#7a1f5c"})
    turn = flow.begin(platform, "app", "theirs", guest=flow.GuestOf(organisation.id, "link:1"), return_to="/link/1")
    jar.cookies |= {"flow": turn.flow, "browser": "theirs"}
    for step in (jar.ask("GET", "/sign-in/flow"), jar.ask("GET", "/sign-in/flow?code=wrong")):
        assert f"<b>{organisation.name}</b>" in step.text
        assert "/brand/7a1f5c.css" in step.text
        assert f"/data-protection/{organisation.slug}" in step.text
    assert f"<b>{organisation.name}</b>" not in jar.ask("POST", "/sign-in/begin", way="app").text


def test_both_windows_of_a_guest_end_well(jar: Jar, platform: Platform, organisation: SampleOrganisation) -> None:
    """So does the flow of somebody without account: the second window goes on to the message, and to no other."""
    of = flow.GuestOf(organisation.id, "link:1")
    turn = flow.begin(platform, "app", "theirs", guest=of, return_to="/link/1", again="/link/1")
    jar.cookies |= {"flow": turn.flow, "browser": "theirs"}
    assert jar.ask("GET", "/sign-in/back/app?code=right").headers["location"] == "/link/1"
    assert _tick(jar).headers["hx-redirect"] == "/link/1"
    other = GuestIn(flow.GuestOf(organisation.id, "link:2"), Loa.THREE, "app", "/")
    jar.cookies["guest"] = guest_sessions.start(platform, other)
    assert _tick(jar).status_code == 204


@pytest.mark.parametrize("path", ["/sign-in/back/form?code=right", "/sign-in/back/gone?code=right"])
def test_the_way_back_is_the_providers_own(
    jar: Jar, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, path: str
) -> None:
    """Mix-up: another provider's address moves nothing, and the own one still works."""
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, case_worker.id, ANNA)
    jar.ask("POST", "/sign-in/begin", way="redirect")
    assert jar.ask("GET", path).status_code == 422
    assert "budkavle" not in jar.cookies
    assert jar.ask("GET", "/sign-in/back/redirect?code=right").status_code == 303


def test_a_peers_form_is_sent_once_more_from_our_own_page(
    jar: Jar, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """From another site no cookie of ours comes along; our page posts the same fields, and only then it counts."""
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, case_worker.id, ANNA)
    away = jar.ask("POST", "/sign-in/begin", way="form")
    assert away.status_code == 200
    assert 'action="https://idp.example/sso"' in away.text
    assert 'name="SAMLRequest" value="PHNhbWw+"' in html.unescape(away.text)
    policy = away.headers["content-security-policy"]
    assert "form-action https://idp.example;" in policy
    assert "unsafe" not in policy
    kept = dict(jar.cookies)
    jar.cookies.clear()
    foreign = jar.ask("POST", "/sign-in/back/form", site="cross-site", code="right", note='"><script>')
    assert foreign.status_code == 200
    assert "set-cookie" not in foreign.headers
    assert 'action="/sign-in/back/form"' in foreign.text
    assert "<script>" not in foreign.text.split("<main")[1].split("</main")[0]
    jar.cookies.update(kept)
    done = jar.ask("POST", "/sign-in/back/form", code="right")
    assert done.status_code == 303
    assert jar.cookies["budkavle"]


def test_a_form_leads_to_a_peer_by_a_page(
    own: Jar, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """A form of ours may end nowhere else, so after one a page leads on, with a link for those who wait."""
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, case_worker.id, ANNA)
    page = own.ask("GET", "/step-up?loa=3&next=/account")
    led = own.ask("POST", "/step-up", csrf=token(page), way="redirect", loa="3", next="/account")
    assert led.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=https://idp.example/authorize?x=1&amp;y=2"' in led.text
    assert 'href="https://idp.example/authorize?x=1&amp;y=2"' in led.text


@pytest.mark.feature("Y10")
def test_a_rise_in_level_gives_a_new_session(
    own: Jar, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The page offers what reaches the level; the old cookie is worth nothing afterwards."""
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, case_worker.id, ANNA)
    old = own.cookies["budkavle"]
    page = own.ask("GET", "/step-up?loa=3&next=/account")
    assert page.text.count('value="app"') == 1, "a way that will do is not offered once more, to be added"
    assert 'value="password"' not in page.text
    own.ask("POST", "/step-up", csrf=token(page), way="redirect", loa="3", next="/account")
    assert own.ask("GET", "/sign-in/back/redirect?code=right").headers["location"] == "/account"
    assert own.cookies["budkavle"] != old
    with pytest.raises(NotSignedIn):
        sessions.find(platform, old)
    assert own.ask("GET", "/step-up?loa=3&next=/account").headers["location"] == "/account"
    assert own.ask("GET", "/step-up?loa=3&next=//evil.example").headers["location"] == "/"
    assert own.ask("GET", "/step-up?loa=9").status_code == 422


def test_an_app_is_waited_for(
    jar: Jar, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """With a code and a link; the script's tick gets the step alone; without a script the page reloads itself."""
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, case_worker.id, ANNA)
    page = jar.ask("POST", "/sign-in/begin", way="app", next="/account").text
    assert "<svg" in page.split('class="qr"')[1][:200]
    assert 'href="bankid:///?autostarttoken=x"' in page
    assert "Öppna BankID" in page
    assert 'content="2;url=/sign-in/flow"' in page
    assert "bankid.x.1" not in page
    again = jar.ask("GET", "/sign-in/flow")
    assert again.status_code == 200
    headers = {"hx-request": "true", "sec-fetch-site": "same-origin"}
    headers["cookie"] = "; ".join(f"{name}={value}" for name, value in jar.cookies.items())
    tick = jar.browser.client.post("/sign-in", data={"tick": "1"}, headers=headers)
    assert tick.status_code == 200
    assert "<html" not in tick.text
    assert 'data-seconds="1.0"' in tick.text
    done = jar.browser.client.post("/sign-in", data={"code": "right"}, headers=headers)
    assert done.headers["hx-redirect"] == "/account"


def test_giving_up_leads_back(jar: Jar) -> None:
    """To the ways, with the wanted page remembered; a flow that is over leads there too."""
    jar.ask("POST", "/sign-in/begin", way="app", next="/account")
    for _ in range(2):
        answer = jar.ask("POST", "/sign-in/cancel")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


def test_somebody_with_two_accounts_chooses_on_a_page(
    jar: Jar, platform: Platform, administrator: SampleUser, case_worker: SampleUser, other_administrator: SampleUser
) -> None:
    """The organisations are named; the chosen one is signed in to."""
    for chief, user in ((administrator, case_worker), (other_administrator, other_administrator)):
        in_work(platform, system_actor(chief.organisation_id), administration.set_personnummer, user.id, ANNA)
    jar.ask("POST", "/sign-in/begin", way="redirect")
    page = jar.ask("GET", "/sign-in/back/redirect?code=right")
    assert "Vilket vill du använda?" in page.text
    assert "Mullsjö, eve@" in page.text
    assert jar.ask("POST", "/sign-in", choice=str(other_administrator.id)).status_code == 303
    assert other_administrator.email in jar.ask("GET", "/account").text


@pytest.mark.feature("U5")
def test_a_way_is_added_and_taken_away(
    own: Jar, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Added by identifying; once it is confirmed, changing anything needs it; signing out follows the removal."""
    page = own.ask("GET", "/account/methods")
    own.ask("POST", "/account/methods", csrf=token(page), way="redirect")
    back = own.ask("GET", "/sign-in/back/redirect?code=right")
    assert back.headers["location"] == "/account/methods?said=added"
    assert "Räknas som tillitsnivå 2" in own.ask("GET", "/account/methods?said=added").text
    low = Jar(own.browser)
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, case_worker.id, ANNA)
    assert "Räknas som" not in own.ask("GET", "/account/methods").text
    own.cookies["budkavle"] = at_three(organisation, case_worker)
    weak = sessions.start(platform, flow.SignedIn(case_worker.user, Loa.TWO, "password", "/"))
    low.cookies = {"budkavle": weak}
    led = low.ask("GET", "/account/code")
    assert led.headers["location"] == "/step-up?loa=3&next=/account/code"
    (one, number) = in_work(platform, case_worker, identities.linked)
    for identity in (one, number):
        page = own.ask("GET", "/account/methods")
        path = f"/account/methods/{identity.id}/remove"
        assert own.ask("POST", path, csrf=token(page)).headers["location"].endswith("said=removed")
    assert low.ask("GET", "/account").status_code == 303
    assert in_work(platform, case_worker, identities.linked) == []


def test_the_old_password_is_not_guessed(
    browse: Callable[..., Any], platform: Platform, case_worker: SampleUser
) -> None:
    """Whoever has found an open browser gets five guesses, and then not even the right one is heard."""
    ada, new = browse(case_worker), "en annan mening om våren"
    for _ in range(5):
        wrong = ada.post("/account/password", old="fel", password=new, again=new)
        assert "Det gamla lösenordet stämmer inte" in wrong.text
    blocked = ada.post("/account/password", old=PASSWORD, password=new, again=new)
    assert "För många försök" in blocked.text
    assert users.account(platform, case_worker.email) is not None


SIGN_OUT, CASES = "settings/budkavle.sign_out", "settings/budkavle.cases"


@pytest.mark.feature("Q2", "Q3", "Q4")
def test_the_menu_and_its_pages_by_role(
    browse: Callable[..., Any],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    colleague: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Nobody else reaches the pages of an administrator, and no administrator another organisation's users."""
    ada, root = browse(case_worker), browse(administrator)
    for path in ("/organisation", *(f"/organisation/{name}" for name in ("levels", "methods", SIGN_OUT, CASES))):
        assert ada.get(path).status_code == 403
        assert root.get(path).status_code == 200
        if path != "/organisation":
            assert ada.post(path).status_code == 403
    assert ada.get(f"/organisation/users/{colleague.id}").status_code == 403
    assert root.get(f"/organisation/users/{other_administrator.id}").status_code == 404
    assert root.get("/administration").status_code == 403
    in_work(platform, system_actor(organisation.id), users.update_user, colleague.id, role=Role.PLATFORM)
    assert "Mullsjö" in browse(colleague).get("/administration").text


@pytest.mark.feature("A11", "A12", "O5", "O6", "C2")
def test_an_organisation_decides(
    admin: Any, platform: Platform, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """What is saved stands in the settings; what cannot be stands at its field."""
    fields = {"on.2": "1", "text.2": "Kod i mobilen.", "on.3": "1", "text.3": ""}
    assert admin.post("/organisation/levels", **fields).status_code == 303
    assert (
        admin.post(f"/organisation/{SIGN_OUT}", session_idle_minutes="30", session_absolute_minutes="600").status_code
        == 303
    )
    kept = in_work(platform, administrator, organisations.organisation).settings
    assert kept["loa"]["2"] == {"on": True, "text": "Kod i mobilen."}  # type: ignore[index]
    assert kept["loa"]["1"]["on"] is False  # type: ignore[index]
    times = in_work(platform, administrator, read_settings, SignOutSettings)
    assert (times.session_idle_minutes, times.session_absolute_minutes) == (30, 600)
    assert "minst en" in admin.post("/organisation/levels").text
    swedish, admin.cookie = admin.cookie, admin.cookie + "; language=en"
    in_english = admin.get("/organisation/levels").text
    admin.cookie = swedish
    assert "Kod i mobilen." in in_english
    assert "E-legitimation. För känsliga uppgifter" not in in_english
    assert "E-identification. For sensitive and confidential" in in_english
    long = admin.post("/organisation/levels", **{**fields, "text.2": "x" * 301}).text
    assert re.search(r'id="text.2-error">.*?högst', long, re.DOTALL)
    assert 'id="text.3-error"' not in long
    for bad in ("", "x", "-1", "9" * 40, "²"):
        assert admin.post(f"/organisation/{SIGN_OUT}", session_idle_minutes=bad).status_code == 422
    assert admin.post("/organisation/methods", login_methods=["redirect"], guest_methods=["app"]).status_code == 422
    chosen = {"login_methods": ["password"], "guest_methods": ["app"]}
    assert admin.post("/organisation/methods", **chosen).headers["location"].startswith("/step-up?loa=3")
    admin.cookie = at_three(organisation, administrator)
    admin.csrf = sessions.find(platform, admin.cookie).csrf
    assert admin.post("/organisation/methods", **chosen).headers["location"].endswith("said=saved")
    assert admin.post(f"/organisation/{CASES}").status_code == 303
    kept = in_work(platform, administrator, organisations.organisation).settings
    assert not in_work(platform, administrator, read_settings, CaseSettings).join_by_reference
    assert (kept["login_methods"], kept["guest_methods"]) == (["password"], ["app"])


def test_what_a_session_has_left(own: Jar, platform: Platform, organisation: SampleOrganisation) -> None:
    """Asking is no sign of being there; staying is; whoever is signed out hears it."""
    told = own.ask("GET", "/session").json()
    assert 3500 < told["left"] <= 3600
    assert told["csrf"] == sessions.find(platform, own.cookies["budkavle"], touch=False).csrf
    with platform.database.transaction(organisation.id) as connection:
        connection.exec_driver_sql("UPDATE sessions SET seen_at = seen_at - interval '58 minutes'")
    assert own.ask("GET", "/session").json()["left"] <= 120
    assert own.ask("GET", "/session").json()["left"] <= 120
    assert own.ask("GET", "/session/stay").json()["left"] > 3500
    own.cookies["budkavle"] = ""
    assert own.ask("GET", "/session").status_code == 303


def test_a_stream_is_for_the_pages_of_one_session(own: Jar, browse: Callable[..., Any], colleague: SampleUser) -> None:
    """A page that was loaded in another session than the browser's hears nothing: that one may be somebody else's."""
    page = own.ask("GET", "/account")
    found = re.search(r'data-live="([^"]+)"', page.text)
    assert found
    assert own.ask("GET", "/session").json()["live"] == found[1]
    assert page.headers["cache-control"] == "no-store"
    bo = Jar(browse(colleague))
    headers = {"accept": "text/event-stream", "cookie": f"budkavle={bo.cookies['budkavle']}"}
    for url in (found[1], "/live"):
        assert bo.browser.client.get(url, headers=headers).status_code == 401


def test_a_form_that_comes_too_late_goes_on_later(
    own: Jar, browse: Callable[..., Any], platform: Platform, case_worker: SampleUser
) -> None:
    """All but passwords comes back in the page; only this browser, at this address, can send it once more."""
    own.cookies["browser"] = "ett"
    sessions.end(platform, own.cookies["budkavle"])
    late = own.ask("POST", "/account", csrf="gammal", name='Ada "Ny"', language="sv", password="hemligt")
    assert late.status_code == 401
    assert 'name="name" value="Ada &#34;Ny&#34;"' in late.text
    assert "hemligt" not in late.text
    resume = token(late)
    fresh = Jar(browse(case_worker))
    fresh.cookies["browser"] = "ett"
    assert fresh.ask("POST", "/account/signature", csrf=resume, text="x").status_code in {403, 404}
    other = Jar(browse(case_worker))
    other.cookies["browser"] = "annan"
    assert other.ask("POST", "/account", csrf=resume, name="Ada Ny", language="sv").status_code == 403
    del other.cookies["browser"]
    for word in (resume, ""):
        assert other.ask("POST", "/account", csrf=word, name="Ada Ny", language="sv").status_code == 403
    assert fresh.ask("POST", "/account", csrf=resume, name="Ada Ny", language="sv").status_code == 303
    assert "Ada Ny" in fresh.ask("GET", "/account").text


def test_saving_without_a_number_takes_none_away(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser, jar: Jar
) -> None:
    """The button of an empty field is no way to lose the one that is there; beside it stands another for that."""
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, case_worker.id, ANNA)
    jar.cookies["budkavle"], url = at_three(organisation, administrator), f"/organisation/users/{case_worker.id}"
    page = jar.ask("GET", url)
    assert "Nytt personnummer" in page.text
    answer = jar.ask("POST", f"{url}/personnummer", csrf=token(page), personnummer="")
    assert answer.status_code == 422
    assert 'id="personnummer-error"' in answer.text
    assert 'href="#personnummer"' in answer.text
    assert "Nytt personnummer" in jar.ask("GET", url).text


def _adding(own: Jar) -> None:
    """Begin to add a way to the account that this browser is signed in to."""
    page = own.ask("GET", "/account/methods")
    assert own.ask("POST", "/account/methods", csrf=token(page), way="app").status_code == 200


def test_what_is_begun_is_over_with_the_session(own: Jar, platform: Platform, case_worker: SampleUser) -> None:
    """At a shared computer the next one finds the step of who has signed out: it adds nothing to that account."""
    _adding(own)
    own.ask("POST", "/sign-out", csrf=token(own.ask("GET", "/account")))
    assert own.ask("GET", "/sign-in/back/app?code=right").status_code == 422
    assert in_work(platform, case_worker, identities.linked) == []


def test_nobody_adds_a_way_to_the_account_of_another(
    own: Jar, platform: Platform, colleague: SampleUser, case_worker: SampleUser
) -> None:
    """Somebody else has signed in to this browser meanwhile: what the first one began is over."""
    _adding(own)
    own.cookies["budkavle"] = sessions.start(platform, flow.SignedIn(colleague.user, Loa.TWO, "password", "/"))
    assert own.ask("GET", "/sign-in/back/app?code=right").status_code == 422
    assert in_work(platform, case_worker, identities.linked) == []
