from collections.abc import Callable, Mapping
from string import ascii_lowercase
from typing import Any

import pytest

from budkavle import Advice, Adviser, Draft, Forbidden, Host, Invalid, Loa, Platform, SettingsSection
from budkavle.accounts import write_settings
from budkavle.messaging import drafts
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.contracts import AdviserContract, SettingsSectionContract
from budkavle_adviser import word_list
from budkavle_adviser.standard_word_list import STANDARD
from budkavle_adviser.word_list import WordList

NUMBER = "19811218-9876"
MANY_WORDS = [a + b + c for a in ascii_lowercase for b in ascii_lowercase for c in "xy"]
PAGE = "/organisation/settings/adviser.words"


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
    platform: Platform, host: Host, administrator: SampleUser, case_worker: SampleUser, advise: Any
) -> None:
    """Its administrator changes it, and may go back to the standard one; a case worker may not."""
    in_work(platform, administrator, write_settings, WordList, {"words": "Tisdag\n"})
    assert [one.loa for one in advise(draft())] == [Loa.THREE]
    assert advise(draft(body="Diagnosen")) == []
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, write_settings, WordList, {"words": ""})
    with pytest.raises(Invalid, match="kunde inte sparas") as fault:
        in_work(platform, administrator, write_settings, WordList, {"words": "två ord"})
    assert "två ord" in fault.value.fields["words"]
    with pytest.raises(Invalid) as fault:
        in_work(platform, administrator, write_settings, WordList, {"words": "\n".join(MANY_WORDS)})
    assert "högst 1000 ord" in str(fault.value.fields["words"]).replace("\u00a0", "")
    in_work(platform, administrator, write_settings, WordList, None)
    assert set(word_list.of_organisation(host, administrator.organisation_id)) == set(STANDARD)


@pytest.mark.feature("Z5", "OX4")
def test_the_list_is_changed_on_its_page(
    administrator: SampleUser, case_worker: SampleUser, browse: Callable[..., Any], advise: Any
) -> None:
    """Saved, refused at the field with what was typed, and given back to the standard; not for others."""
    browser = browse(administrator)
    assert browser.get("/plugin/adviser/words").headers["location"] == PAGE
    assert browser.post(PAGE, words="fredag\r\nmåndag*").headers["location"] == f"{PAGE}?said=saved"
    assert "fredag\nmåndag*" in browser.get(PAGE).text
    assert [one.loa for one in advise(draft(body="Vi ses på fredag."))] == [Loa.THREE]
    wrong = browser.post(PAGE, words="två ord")
    assert wrong.status_code == 422
    assert "Det här går inte: två ord" in wrong.text
    browser.post(PAGE, words="", usual="1")
    assert "diagnos*" in browser.get(PAGE).text
    assert browse(case_worker).post(PAGE, words="").status_code == 403
    assert browse(case_worker).get("/plugin/adviser/words").status_code == 403


class TestWordList(SettingsSectionContract):
    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["adviser.words"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        return {"words": "fredag\nmåndag*"}

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"words": "två ord"}


def test_advice_fills_in_its_facts() -> None:
    """A sentence can be translated before the facts go in."""
    assert str(Advice("body", "Se upp med {words}.", facts={"words": "hot"})) == "Se upp med hot."
