"""The register of processing: its rows come from the plugins that are on; the organisation says the rest."""

from collections.abc import Callable

import pytest

from budkavle.accounts.core_settings import BinSettings
from budkavle.accounts.message_settings import MessageSettings
from budkavle.accounts.profile import ProcessingSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.csv_files import CsvColumn, read_csv
from budkavle.model.people import Role
from budkavle.organisation import processing
from budkavle.plugins.protocols.personal_data import People, PersonalData
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module

Browse = Callable[..., Browser]
HERE = "/organisation/processing"
ROW = f"{HERE}/budkavle.messages"
FLIGHTS = PersonalData(
    name="flights",
    title="Flygningar",
    purpose="Veta vilken duva som bar ett brev.",
    people=(People.CORRESPONDENTS,),
    data="Adresser.",
    kept="En dag.",
    recipients="Duvslaget i Norge.",
    third_countries="Inga, men [duvor] & <vingar> #1.",
)


@pytest.fixture
def flying(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with one plugin that tells, and one that does not."""
    told = plugin_module("pigeon", personal_data=lambda: [FLIGHTS])
    silent = plugin_module("owl", jobs=lambda host: [])
    return budkavle_open(offer(pigeon=told, owl=silent), enabled=("pigeon", "owl"))


@pytest.mark.feature("Z11")
def test_the_rows_are_those_of_the_core_and_of_the_plugins_that_are_on(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """Each with what article 30 asks for, and with the setting that decides how long."""
    in_work(organisation.platform, administrator, write_settings, BinSettings, {"bin_days": 17})
    in_work(organisation.platform, administrator, write_settings, MessageSettings, {"retention_days": 91})
    shown = browse(administrator).get(HERE).text
    for words in (
        "Meddelanden och ärenden",
        "Händelselogg",
        "Dagar i papperskorgen: 17 dagar.",
        "försvinner: 91 dagar.",
    ):
        assert words in shown
    assert "Flygningar" not in shown
    assert "säger inte vilka personuppgifter de behandlar: fake" in shown  # the fakes of these tests do not


@pytest.mark.feature("Z11")
def test_a_plugin_brings_its_rows_and_one_that_does_not_tell_is_named(flying: Platform) -> None:
    """Nobody believes that a plugin handles nothing because it does not say so."""
    town = SampleOrganisation.create(flying, "Habo")
    register = in_work(flying, town.add_user("Anna Admin", Role.ADMIN), processing.read_register)
    assert [activity.key for activity in register.activities][-1] == "pigeon.flights"
    assert register.silent == ["owl"]


@pytest.mark.feature("Z11")
def test_the_organisation_says_its_own_part(
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    administrator: SampleUser,
    browse: Browse,
) -> None:
    """The ground of each row, a note, and what stands first and last; the log has it, and others do not see it."""
    browser = browse(administrator)
    assert "Förslag" in browser.get(HERE).text
    assert browser.post(ROW, ground="Socialtjänstlagen, 6.1 e", note="Artikel 9.2 h.").status_code == 303
    own = {"joint": "Jönköpings kommun", "additions": "Utskrifter i pärmar."}
    in_work(organisation.platform, administrator, write_settings, ProcessingSettings, own)
    shown = browser.get(HERE).text
    for words in ("Socialtjänstlagen, 6.1 e", "Artikel 9.2 h.", "Jönköpings kommun", "Utskrifter i pärmar."):
        assert words in shown
    assert "Registret över behandlingar ändrades: budkavle.messages" in browser.get("/events").text
    assert "Socialtjänstlagen" in browser.get(ROW).text
    theirs = browse(other_organisation.add_user("Olle Annan", Role.ADMIN)).get(HERE).text
    assert "Socialtjänstlagen" not in theirs
    assert browser.post(ROW, ground="", note="").status_code == 303
    assert "Socialtjänstlagen" not in browser.get(HERE).text


@pytest.mark.feature("Z11")
def test_what_is_too_long_or_unknown_is_refused(administrator: SampleUser, browse: Browse) -> None:
    """At its field, with what was typed kept; a row that is none does not exist."""
    browser = browse(administrator)
    answer = browser.post(ROW, ground="x" * 501, note="Kvar.")
    assert answer.status_code == 422
    assert 'id="ground-error"' in answer.text
    assert "Kvar." in answer.text
    assert browser.get(f"{HERE}/budkavle.nothing").status_code == 404
    assert browser.post(f"{HERE}/pigeon.flights", ground="x", note="").status_code == 404


@pytest.mark.feature("Z11")
@pytest.mark.parametrize("who", ["case_worker", "mailbox_administrator", "outsider", "nobody"])
def test_only_administrators_reach_it(browse: Browse, request: pytest.FixtureRequest, who: str) -> None:
    """Reading, downloading and changing."""
    browser = browse(None if who == "nobody" else request.getfixturevalue(who))
    for path in (HERE, ROW, f"{HERE}/register.pdf", f"{HERE}/register.csv"):
        assert browser.get(path).status_code == (303 if who == "nobody" else 403), path
    assert browser.post(ROW, ground="x", note="").status_code in {401, 403}


@pytest.mark.feature("Z11")
def test_it_is_given_as_csv_and_pdf(administrator: SampleUser, browse: Browse) -> None:
    """The same rows; the PDF sets what is written as it is, never as markup."""
    browser = browse(administrator)
    browser.post(ROW, ground='#import "x" $y$ *z*', note="")
    given = browser.get(f"{HERE}/register.csv")
    columns = [CsvColumn("title", ("behandling",), True), CsvColumn("ground", ("rättslig grund",), True)]
    rows = {row.values["title"]: row.values["ground"] for row in read_csv(given.content, columns).rows}
    assert rows["Meddelanden och ärenden"] == '#import "x" $y$ *z*'
    assert len(rows) >= 5
    pdf = browser.get(f"{HERE}/register.pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["content-disposition"] == 'attachment; filename="personuppgifter.pdf"'
