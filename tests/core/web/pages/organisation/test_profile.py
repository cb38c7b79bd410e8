"""Information, logo, accessibility statement and licence: who sees them, who changes them, and what everybody sees."""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from PIL import Image

from budkavle.accounts import organisations
from budkavle.accounts.profile import AccessibilitySettings, InformationSettings
from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.model.people import Role
from budkavle.model.times import ZONE
from budkavle.organisation import licences, logos
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser

Browse = Callable[..., Browser]
INFORMATION, LOGO, STATEMENT = "/organisation/information", "/organisation/logo", "/organisation/accessibility"
FIELDS = {
    "name": "Håbo kommun",
    "number": "16 212000 0142",
    "address": "Box 1\r\n123 45 Håbo",
    "email": "kontakt@habo.example",
    "phone": "010-900 10 00",
    "website": "https://habo.example",
    "contact": "Är du osäker, ring vår växel på 010-900 10 00.",
    "dpo_name": "Dora Dataskydd",
    "dpo_email": "dso@habo.example",
    "dpo_phone": "",
    "support": "Ring 1234.",
}
LICENCE = {"users": "0", "mailboxes": "0", "storage": "0", "channels": "fake", "until": "2031-12-31", "note": "Avtal 7"}


def png(colour: str = "#0a5c36") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(written, "PNG")
    return written.getvalue()


def upload(content: bytes) -> dict[str, tuple[str, bytes, str]]:
    return {"logo": ("arms.svg", content, "image/svg+xml")}


@pytest.mark.feature("E31")
def test_an_organisations_colour_is_on_the_pages_for_everybody(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """As a style sheet of its own, since no page has styles in its markup; in the dark it is a lighter one."""
    browser = browse(administrator)
    public = f"/accessibility/{organisation.slug}"
    assert "branded" not in browse().get(public).text
    assert browser.post(INFORMATION, **FIELDS, colour="#C8102E").status_code == 303
    page = browse().get(public).text
    assert 'class="branded"' in page
    assert "/brand/c8102e.css" in page
    styles = browse().get("/brand/c8102e.css")
    assert styles.headers["content-type"].startswith("text/css")
    assert "--accent: light-dark(#c8102e, #f25972);" in styles.text
    assert "brand-preview branded" in browser.get("/organisation").text
    assert 'class="branded"' not in browser.get("/organisation").text, "our own pages keep our colour"


@pytest.mark.feature("E31")
@pytest.mark.parametrize(
    ("colour", "sentence"),
    [
        ("#ffcc00", "Färgen är för ljus: vit text syns inte på den. Närmaste som går är #806600."),
        ("röd", "Skriv färgen som # och sex tecken (0–9 och a–f), till exempel #0b5566."),
        ("#12345", "Skriv färgen som # och sex tecken (0–9 och a–f), till exempel #0b5566."),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused(
    administrator: SampleUser, browse: Browse, colour: str, sentence: str
) -> None:
    """With the nearest one that can, and nothing is saved."""
    browser = browse(administrator)
    answer = browser.post(INFORMATION, **FIELDS, colour=colour)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Dora Dataskydd" not in browser.get("/organisation").text


@pytest.mark.feature("E31")
@pytest.mark.parametrize("name", ["c8102e", "C8102E.css", "c8102.css", "%23c8102e.css", "red;}body{.css"])
def test_nothing_but_a_colour_makes_a_style_sheet(browse: Browse, name: str) -> None:
    """The address is all that it is made of."""
    assert browse().get(f"/brand/{name}").status_code == 404


@pytest.mark.feature("O3", "O4")
def test_an_administrator_changes_the_information(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """Name, number and the rest; the event log says what changed, and the page shows it."""
    browser = browse(administrator)
    assert browser.post(INFORMATION, **FIELDS).status_code == 303
    shown = browser.get("/organisation").text
    for words in ("Håbo kommun", "212000-0142", "Box 1", "Dora Dataskydd", "Ring 1234."):
        assert words in shown
    assert "Ring 1234." in browser.get("/help").text
    changed = organisation.log_entries("settings.changed")[-1]
    assert "Dora Dataskydd" in changed
    assert '"after":"Håbo kommun"' in organisation.log_entries("organisation.renamed")[-1]
    log = browser.get("/events").text
    assert "Organisationen bytte namn från Habo till Håbo kommun" in log
    assert browser.post(INFORMATION, **FIELDS).status_code == 303
    assert len(organisation.log_entries("settings.changed")) == 1, "what does not change is not noted"


@pytest.mark.feature("O4")
def test_what_is_wrong_stands_at_its_field_and_nothing_is_stored(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """Name and the rest are stored together or not at all, and what was typed stays."""
    wrong = {**FIELDS, "number": "212000-0143", "email": "kontakt", "website": "http://habo.example", "name": " "}
    answer = browse(administrator).post(INFORMATION, **wrong)
    assert answer.status_code == 422
    for name in ("number", "email", "website", "name"):
        assert f'id="{name}-error"' in answer.text
    assert "212000-0143" in answer.text
    answer = browse(administrator).post(INFORMATION, **{**FIELDS, "dpo_email": "@"})
    assert answer.status_code == 422
    assert in_work(organisation.platform, administrator, organisations.organisation).name == "Habo"
    assert in_work(organisation.platform, administrator, read_settings, InformationSettings).number == ""


@pytest.mark.feature("O3", "O4", "O16")
@pytest.mark.parametrize("who", ["case_worker", "mailbox_administrator", "outsider", "nobody"])
def test_only_administrators_reach_the_pages(
    organisation: SampleOrganisation, browse: Browse, request: pytest.FixtureRequest, who: str
) -> None:
    """Others are refused, whatever they send; and who is not signed in is led to sign in."""
    person = None if who == "nobody" else request.getfixturevalue(who)
    browser = browse(person)
    refused = 303 if who == "nobody" else 403
    licence = f"/administration/organisations/{organisation.id}/licence"
    for path in ("/organisation", INFORMATION, STATEMENT, "/organisation/licence", licence):
        assert browser.get(path).status_code == refused, path
    for path in (INFORMATION, STATEMENT, f"{LOGO}/remove", licence):
        assert browser.post(path, **FIELDS).status_code in {401, 403}, path
    assert browser.post(LOGO, files=upload(png())).status_code in {401, 403}
    assert in_work(organisation.platform, organisation.system, logos.find_logo) is None
    assert in_work(organisation.platform, organisation.system, organisations.organisation).name == "Habo"


@pytest.mark.feature("O16")
def test_a_licence_is_set_by_the_installation_alone(
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    administrator: SampleUser,
    browse: Browse,
) -> None:
    """Neither an organisation's administrator nor one of another; an unknown organisation does not exist."""
    path = f"/administration/organisations/{organisation.id}/licence"
    for browser in (browse(administrator), browse(other_organisation.add_user("Olle Annan", Role.ADMIN))):
        assert browser.get(path).status_code == 403
        assert browser.post(path, users="9").status_code == 403
    boss = browse(other_organisation.add_user("Ivar Installation", Role.PLATFORM))
    wrong = boss.post(path, users="många", storage="-1")
    assert wrong.status_code == 422
    for name, label in (("users", "Användare"), ("storage", "Lagring")):
        assert f'<a href="#{name}">{label}: Skriv ett tal mellan' in wrong.text
    assert boss.get(f"/administration/organisations/{uuid4()}/licence").status_code == 404
    assert boss.post(f"/administration/organisations/{uuid4()}/licence", users="9").status_code == 404
    answer = boss.post(path, **{**LICENCE, "users": "tolv", "until": "i jul"})
    assert answer.status_code == 422
    assert 'id="users-error"' in answer.text
    assert 'id="until-error"' in answer.text
    assert boss.post(path, **{**LICENCE, "users": "12"}).status_code == 303
    shown = browse(administrator).get("/organisation/licence").text
    assert "Avtal 7" in shown
    assert "31 december 2031" in shown
    assert in_work(other_organisation.platform, other_organisation.system, licences.read_licence).is_agreed is False


@pytest.mark.feature("O16")
def test_the_page_warns_before_the_licence_is_used_up(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """Its page and the information say how much is used and how many days are left."""
    until = (datetime.now(ZONE).date() + timedelta(days=34)).isoformat()
    licences.set_licence(organisation.platform, organisation.system, organisation.id, {"users": 4, "until": until})
    browser = browse(administrator)
    shown = browser.get("/organisation/licence").text
    assert "34 dagar kvar" in shown
    assert "av 4 avtalade användare används" in shown
    assert "1 mer än avtalat" in browser.get("/organisation").text


@pytest.mark.feature("O16")
def test_a_mailbox_by_hand_beyond_the_licence_asks_once(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """The first press asks and keeps what was typed, the second goes through."""
    licences.set_licence(organisation.platform, organisation.system, organisation.id, {"mailboxes": 1})
    browser, fields = browse(administrator), {"name": "Elevhälsan", "language": "sv", "kinds": "fake"}
    asked = browser.post("/mailboxes/new", **fields)
    assert asked.status_code == 409
    assert "har avtalat 1" in asked.text
    assert 'value="Elevhälsan"' in asked.text
    assert 'name="over_licence" value="1"' in asked.text
    assert browser.post("/mailboxes/new", **fields, over_licence="1").status_code == 303


@pytest.mark.feature("E31", "O4")
def test_a_logo_is_shown_to_everybody_as_a_picture_and_nothing_else(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """Its type is fixed, whatever was said of the file, and no page of ours can be made of it."""
    browser = browse(administrator)
    assert browser.post(LOGO, files=upload(png())).status_code == 303
    url = re.search(r'src="(/logo/[^"]+)"', browser.get("/organisation").text)
    assert url is not None
    answer = browse().get(url[1])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.content.startswith(b"\x89PNG")
    assert browse().get(f"/logo/{organisation.id}/0123456789abcdef").status_code == 404
    assert browse().get(f"/logo/{uuid4()}/{url[1].rpartition('/')[2]}").status_code == 404
    assert url[1] in browse().get(f"/accessibility/{organisation.slug}").text


@pytest.mark.feature("O4")
@pytest.mark.parametrize("content", [b"", b"<svg/>", b"x" * (logos.MOST_BYTES + 200_000)], ids=["none", "svg", "large"])
def test_a_file_that_is_no_logo_is_refused_at_its_field(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse, content: bytes
) -> None:
    """In words, and without the token nothing is read at all."""
    browser = browse(administrator)
    answer = browser.post(LOGO, files=upload(content))
    assert answer.status_code == 422
    assert 'id="logo-error"' in answer.text
    assert browser.post(LOGO, csrf="wrong", files=upload(png())).status_code == 403
    assert in_work(organisation.platform, administrator, logos.find_logo) is None


@pytest.mark.feature("O3")
def test_everybody_reads_the_statement(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """What Digg asks for stands on it, in both languages; a Swedish text on the English page is marked as Swedish."""
    statement = {
        "status": "partial",
        "shortcomings": "Diagrammen i gamla PDF-filer saknar text.\r\nKartan går inte att styra med tangenter.",
        "burden": "Inlästa fax från före 2020.",
        "assessed_on": "2026-11-01",
        "method": "own_expert",
        "email": "webb@habo.example",
    }
    browser = browse(administrator)
    assert "axe-core" in browser.get(STATEMENT).text
    assert browser.post(STATEMENT, **statement).status_code == 303
    shown = browse().get(f"/accessibility/{organisation.slug}", **{"accept-language": "sv"}).text
    for words in (
        "Habo",
        "delvis förenlig",
        "<li>Kartan går inte att styra med tangenter.</li>",
        "enligt 12 §",
        "Senaste bedömning: 2026-11-01",
        f"uppdaterades: {datetime.now(ZONE).date()}",
        "En expert hos oss",
        "webb@habo.example",
        'href="https://www.digg.se/tdosanmalan"',
    ):
        assert words in shown, words
    english = browse().get(f"/accessibility/{organisation.slug}", **{"accept-language": "en"}).text
    assert "partially compliant" in english
    assert 'lang="sv"' in english
    in_work(
        organisation.platform, administrator, write_settings, AccessibilitySettings, {"shortcomings_en": "Old charts."}
    )
    assert (
        "<li>Old charts.</li>" in browse().get(f"/accessibility/{organisation.slug}", **{"accept-language": "en"}).text
    )


@pytest.mark.feature("O3")
def test_nothing_says_that_all_is_well_by_itself(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """Until a person has chosen, the page says that nothing is assessed; a choice needs its day and its list."""
    assert "har inte bedömt" in browse().get(f"/accessibility/{organisation.slug}").text
    answer = browse(administrator).post(STATEMENT, status="partial", method="own")
    assert answer.status_code == 422
    assert 'id="shortcomings-error"' in answer.text
    assert 'id="assessed_on-error"' in answer.text
    tomorrow = (datetime.now(ZONE).date() + timedelta(days=1)).isoformat()
    early = browse(administrator).post(STATEMENT, status="full", method="own", assessed_on=tomorrow)
    assert early.status_code == 422
    assert "Dagen då tjänsten bedömdes ska ha varit." in early.text


@pytest.mark.feature("O3")
def test_the_statement_is_linked_where_people_are(
    organisation: SampleOrganisation, other_organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """From signing in, and from the foot and the menu of pages; each leads to the right one."""
    assert 'href="/accessibility"' in browse().get("/sign-in").text
    assert "egen tillgänglighetsredogörelse" in browse().get("/accessibility").text
    browser = browse(case_worker)
    assert browser.get("/account").text.count('href="/accessibility"') == 2
    assert browser.get("/accessibility").headers["location"] == f"/accessibility/{organisation.slug}"
    assert browse().get("/accessibility/finns-inte").status_code == 404


@pytest.mark.feature("O3")
def test_everybody_reads_who_answers_for_personal_data(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """The organisation, its number, its officer, and where to complain."""
    browse(administrator).post(INFORMATION, **FIELDS)
    shown = browse().get(f"/data-protection/{organisation.slug}").text
    for words in ("Håbo kommun", "212000-0142", "Dora Dataskydd", "dso@habo.example", "Integritetsskyddsmyndigheten"):
        assert words in shown


@pytest.mark.feature("O16")
def test_an_account_by_hand_beyond_the_licence_asks_once(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """The first press asks and keeps what was typed, the second goes through."""
    licences.set_licence(organisation.platform, organisation.system, organisation.id, {"users": 1})
    browser = browse(administrator)
    fields = {"name": "Ny Person", "email": "ny@habo.example", "role": "user", "language": "sv", "open": "now"}
    asked = browser.post("/organisation/users/new", **fields)
    assert asked.status_code == 409
    assert "har avtalat 1" in asked.text
    assert 'value="ny@habo.example"' in asked.text
    assert browser.post("/organisation/users/new", **fields, over_licence="1").status_code == 303


def test_errors_of_the_form_are_told_before_the_licence_is_asked_about(
    organisation: SampleOrganisation, administrator: SampleUser, browse: Browse
) -> None:
    """Empty fields of an account, and a name of a mailbox that is taken."""
    organisation.add_mailbox("Elevhälsan")
    licences.set_licence(organisation.platform, organisation.system, organisation.id, {"users": 1, "mailboxes": 1})
    browser = browse(administrator)
    empty = {"name": "", "email": "", "role": "user", "language": "sv", "open": "now"}
    taken = {"name": "Elevhälsan", "language": "sv", "kinds": "fake"}
    for page, fields, field in (("/organisation/users", empty, "email"), ("/mailboxes", taken, "name")):
        answer = browser.post(f"{page}/new", **fields)
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        assert "har avtalat" not in answer.text
