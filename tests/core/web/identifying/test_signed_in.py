"""The session of who is signed in: its level, what it has left, and its end."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.web.identifying.windows import ANNA
from tests.core.web.jar import Jar, token
from tests.docs.api_fields import check_fields

from budkavle.identification import administration, sessions
from budkavle.model.errors import NotSignedIn
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


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


def test_what_a_session_has_left(own: Jar, platform: Platform, organisation: SampleOrganisation) -> None:
    """Asking is no sign of being there; staying is; whoever is signed out hears it."""
    told = own.ask("GET", "/session").json()
    check_fields("Session", told)
    assert 3500 < told["left"] <= 3600
    assert told["csrf"] == sessions.find(platform, own.cookies["budkavle"], touch=False).csrf
    with platform.database.transaction(organisation.id) as connection:
        connection.exec_driver_sql("UPDATE sessions SET seen_at = seen_at - interval '58 minutes'")
    assert own.ask("GET", "/session").json()["left"] <= 120
    assert own.ask("GET", "/session").json()["left"] <= 120
    stayed = own.ask("GET", "/session/stay").json()
    check_fields("Session", stayed)
    assert stayed["left"] > 3500
    own.cookies["budkavle"] = ""
    assert own.ask("GET", "/session").status_code == 303


def test_a_stream_is_for_the_pages_of_one_session(own: Jar, browse: Callable[..., Any], colleague: SampleUser) -> None:
    """A page that was loaded in another session than the browser's hears nothing: that one may be somebody else's."""
    page = own.ask("GET", "/account")
    live = re.search(r'data-live="([^"]+)"', page.text)
    assert live
    assert own.ask("GET", "/session").json()["live"] == live[1]
    assert page.headers["cache-control"] == "no-store"
    bo = Jar(browse(colleague))
    headers = {"accept": "text/event-stream", "cookie": f"budkavle={bo.cookies['budkavle']}"}
    for url in (live[1], "/live"):
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
