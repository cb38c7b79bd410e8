"""The steps of a way, and the way back from a peer: by redirect, by a form, by an app that is waited for."""

import html

import pytest
from tests.core.web.identifying.windows import ANNA
from tests.core.web.jar import Jar, token

from budkavle.identification import administration
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


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
