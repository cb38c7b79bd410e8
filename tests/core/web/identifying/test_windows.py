"""Two windows of one browser, and a guest's: where one ends, the other goes on."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.web.identifying.windows import ANNA, end_one, tick
from tests.core.web.jar import Jar, token

from budkavle.accounts.profile import InformationSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.identification import administration, flow, guest_sessions, sessions
from budkavle.identification.outcome import GuestIn
from budkavle.model.loa import Loa
from budkavle.model.people import Role
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


def test_the_second_window_of_a_browser_goes_on_too(jar: Jar, organisation: SampleOrganisation) -> None:
    """The page that was left open and the return from the app: whichever comes second ends on the same page."""
    end_one(jar, organisation)
    assert tick(jar).headers["hx-redirect"] == "/account"
    for path in ("/sign-in/flow", "/sign-in/back/app?code=right"):
        assert jar.ask("GET", path).headers["location"] == "/account"


def test_a_session_that_is_still_on_its_way_is_waited_for(
    jar: Jar, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second window asks before the first one's answer has come: it waits a moment only, and nothing lets it in."""
    end_one(jar, organisation)
    session = jar.cookies.pop("budkavle")
    assert tick(jar).status_code == 204
    page = jar.ask("GET", "/sign-in/back/app?code=right")
    assert page.status_code == 200
    assert page.headers["refresh"] == "1"
    assert jar.ask("POST", "/sign-in", tick="1").headers["location"] == "/sign-in/flow"
    assert "budkavle" not in jar.cookies
    later = time.time() + 11
    monkeypatch.setattr("budkavle.web.identification.time.time", lambda: later)
    assert jar.ask("GET", "/sign-in/back/app?code=right").status_code == 422
    assert "Börja om från början" in tick(jar).text
    jar.cookies["budkavle"] = session
    assert jar.ask("GET", "/sign-in/flow").headers["location"] == "/account"


def test_a_flow_that_has_ended_leads_nobody_else_on(
    jar: Jar, organisation: SampleOrganisation, colleague: SampleUser, browse: Callable[..., Any]
) -> None:
    """Another browser with both its names gets no session; another person in the same browser is not led either."""
    end_one(jar, organisation)
    thief, bo = Jar(browse()), Jar(browse(colleague))
    for other in (thief, bo):
        other.cookies |= {name: jar.cookies[name] for name in ("flow", "browser")}
        before = dict(other.cookies)
        pages = (other.ask("GET", path) for path in ("/sign-in/back/app?code=right", "/sign-in/flow"))
        for answer in (tick(other), *pages):
            assert "location" not in answer.headers
            assert "hx-redirect" not in answer.headers
        assert {name: value for name, value in other.cookies.items() if not name.startswith("proof-")} == before
    assert not any(name.startswith("proof-") for name in thief.cookies)
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
    assert tick(own).headers["hx-redirect"] == "/account"
    own.cookies["budkavle"] = weak
    assert tick(own).status_code == 204


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
    assert tick(jar).headers["hx-redirect"] == "/link/1"
    other = GuestIn(flow.GuestOf(organisation.id, "link:2"), Loa.THREE, "app", "/")
    jar.cookies["guest"] = guest_sessions.start(platform, other)
    assert tick(jar).status_code == 204
