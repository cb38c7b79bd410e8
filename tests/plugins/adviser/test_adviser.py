from typing import Any

import pytest
from litestar.testing import TestClient

from budkavle import Advice, Adviser, Draft, Forbidden, Host, Invalid, Loa, Platform
from budkavle.accounts.users import user
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.messaging import drafts
from budkavle.model.people import Actor
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.contracts import AdviserContract
from budkavle.web.app import create_app
from budkavle_adviser import word_list
from budkavle_adviser.standard_word_list import STANDARD

NUMBER = "19811218-9876"
PAGE = "/plugin/adviser/words"


def draft(subject: str = "Hej", body: str = "Vi ses på tisdag.", **more: Any) -> Draft:
    return Draft((), subject, body, **{"loa": Loa.ONE, **more})


class TestContract(AdviserContract):
    @pytest.fixture
    def adviser(self, platform: Platform, organisation: SampleOrganisation) -> Adviser:
        return platform.plugins.advisers["adviser"]  # type: ignore[no-any-return]

    @pytest.fixture
    def risky(self) -> Draft:
        return draft(body=f"Det gäller {NUMBER}.")


@pytest.fixture
def advise(platform: Platform, case_worker: SampleUser) -> Any:
    return lambda one: in_work(platform, case_worker, drafts.advise, one)


@pytest.mark.feature("A4", "Z5")
def test_a_personal_number_asks_for_level_two(advise: Any) -> None:
    """On level 1 there is a warning, on 2 and 3 none."""
    said = [advise(draft(body=f"Det gäller {NUMBER}.", loa=loa)) for loa in (Loa.ONE, Loa.TWO, Loa.THREE)]
    assert [[(one.field, one.loa) for one in those] for those in said] == [[("body", Loa.TWO)], [], []]


@pytest.mark.feature("A5", "Z5")
def test_sensitive_words_ask_for_level_three(advise: Any) -> None:
    """The sentence names the words, so that the writer can judge."""
    said = advise(draft(body="Utredningen och diagnosen bifogas.", loa=Loa.TWO))
    assert [(one.field, one.loa) for one in said] == [("body", Loa.THREE)]
    assert "diagnos…" in str(said[0])
    assert advise(draft(body="Utredningen bifogas.", loa=Loa.THREE)) == []


@pytest.mark.feature("X5", "Z5")
def test_the_open_text_is_warned_of_at_every_level(advise: Any) -> None:
    """It goes unencrypted, whatever level the message has."""
    said = advise(draft(open_text=f"Din diagnos, {NUMBER}", loa=Loa.THREE))
    assert [(one.field, one.loa) for one in said] == [("open_text", Loa.NONE)] * 2


@pytest.mark.feature("Z5")
def test_a_message_without_levels_is_let_alone(advise: Any) -> None:
    """SDK goes from function to function; personal numbers are what it is for."""
    assert advise(draft(body=NUMBER, loa=Loa.NONE)) == []


@pytest.mark.feature("PL5")
def test_an_adviser_that_fails_is_passed_over(
    organisation: SampleOrganisation, advise: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing goes on."""
    monkeypatch.setattr(word_list, "of_organisation", lambda *_: 1 / 0)
    assert advise(draft()) == []


@pytest.mark.feature("Z5")
def test_each_organisation_has_its_own_list(
    host: Host, administrator: SampleUser, case_worker: SampleUser, advise: Any
) -> None:
    """Its administrator changes it, and may go back to the standard one; a case worker may not."""
    word_list.keep(host, administrator, ["Tisdag", ""])
    assert [one.loa for one in advise(draft())] == [Loa.THREE]
    assert advise(draft(body="Diagnosen")) == []
    with pytest.raises(Forbidden):
        word_list.keep(host, case_worker, [])
    with pytest.raises(Invalid, match="kunde inte sparas") as fault:
        word_list.keep(host, administrator, ["två ord"])
    assert "två ord" in fault.value.fields["words"]
    word_list.forget(host, administrator)
    assert word_list.of_organisation(host, administrator.organisation_id) == STANDARD


def post(client: TestClient[Any], organisation: SampleOrganisation, actor: Actor, fields: dict[str, str]) -> Any:
    assert actor.user_id is not None
    person = in_work(organisation.platform, system_actor(actor.organisation_id), user, actor.user_id)
    cookie = sessions.start(organisation.platform, SignedIn(person, Loa.TWO, "password", "/"))
    client.cookies.set("budkavle", cookie)
    data = {"csrf": sessions.find(organisation.platform, cookie).csrf, **fields}
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    return client.post(PAGE, data=data, headers=headers, follow_redirects=False)


@pytest.mark.feature("Z5")
def test_the_list_is_changed_on_its_page(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """Saved, refused at the field with what was typed, and given back to the standard; not for others."""
    with TestClient(create_app(platform)) as client:
        kept = post(client, organisation, administrator, {"words": "fredag\nmåndag*"})
        assert kept.headers["location"] == f"{PAGE}?said=saved"
        assert "fredag\nmåndag*" in client.get(PAGE, headers={"accept": "text/html"}).text
        wrong = post(client, organisation, administrator, {"words": "två ord"})
        assert wrong.status_code == 422
        assert "två ord" in wrong.text
        post(client, organisation, administrator, {"standard": "", "words": ""})
        assert "diagnos*" in client.get(PAGE, headers={"accept": "text/html"}).text
        assert post(client, organisation, case_worker, {"words": ""}).status_code == 403


def test_advice_fills_in_its_facts() -> None:
    """A sentence can be translated before the facts go in."""
    assert str(Advice("body", "Se upp med {words}.", facts={"words": "hot"})) == "Se upp med hot."
