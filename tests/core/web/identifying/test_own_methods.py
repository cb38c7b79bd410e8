"""The ways of one's own account: added, taken away, and nobody else's to change."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.core.web.identifying.windows import ANNA, PASSWORD, at_three
from tests.core.web.jar import Jar, token

from budkavle.accounts import users
from budkavle.identification import administration, flow, identities, sessions
from budkavle.model.loa import Loa
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


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


def test_saving_without_a_number_takes_none_away(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser, jar: Jar
) -> None:
    """The button of an empty field is no way to lose the one that is there; beside it stands another for that."""
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, case_worker.id, ANNA)
    jar.cookies["budkavle"], url = at_three(organisation, administrator), f"/organisation/users/{case_worker.id}"
    page = jar.ask("GET", url)
    assert "Nytt personnummer" in page.text
    answer = jar.ask("POST", f"{url}/personnummer", csrf=token(page), personnummer="", reason="Körkort visat")
    assert answer.status_code == 422
    assert 'id="personnummer-error"' in answer.text
    assert 'href="#personnummer"' in answer.text
    assert 'value="Körkort visat"' in answer.text, "what was typed is still there"
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


def test_a_later_session_of_the_same_person_finishes_nothing_of_an_earlier_one(
    own: Jar, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Begun at level 3: whoever has only the password gets no way of level 3 by finishing it at the same computer."""
    own.cookies["budkavle"] = at_three(organisation, case_worker)
    _adding(own)
    own.ask("POST", "/sign-out", csrf=token(own.ask("GET", "/account")))
    own.cookies["budkavle"] = sessions.start(platform, flow.SignedIn(case_worker.user, Loa.TWO, "password", "/"))
    assert own.ask("GET", "/sign-in/back/app?code=right").status_code == 422
    assert in_work(platform, case_worker, identities.linked) == []
