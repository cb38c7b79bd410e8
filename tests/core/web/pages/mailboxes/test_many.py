"""The pages for many mailboxes at once: a file with a preview, and the file of all."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
FILE = "Namn;Användare;Färg\nElevhälsan;ada@habo.example;blå\nKultur;ingen@habo.example;röd\n".encode("cp1252")


def _preview(browser: Any, content: bytes) -> Any:
    """Send a file as a form does."""
    return browser.post("/mailboxes/import", files={"file": ("brev.csv", content, "text/csv")})


def _hidden(page: str, name: str) -> str:
    (value,) = re.findall(rf'name="{name}" value="([^"]*)"', page)
    return str(value)


@pytest.mark.feature("O14", "OX2")
def test_a_file_is_shown_and_then_carried_out(admin: Any, organisation: SampleOrganisation) -> None:
    """Each row with what it does or what is wrong; the right ones are carried out, the others left out."""
    page = _preview(admin, FILE)
    assert page.status_code == 200
    assert "Elevhälsan" in page.text
    assert "Här finns inget öppet konto med adressen ingen@habo.example." in page.text
    assert "Kolumner som inte används: Färg" in page.text
    assert "Elevhälsan" not in admin.get("/mailboxes").text
    packed = _hidden(page.text, "content")
    refused = admin.post("/mailboxes/import/confirm", content=packed, told="2")
    assert refused.status_code == 409
    assert "Något har ändrats sedan du såg raderna" in refused.text
    done = admin.post("/mailboxes/import/confirm", content=packed, told=_hidden(page.text, "told"))
    assert done.headers["location"] == "/mailboxes?said=imported"
    after = admin.get(done.headers["location"]).text
    assert "Raderna i filen är införda" in after
    assert "Elevhälsan" in after
    assert "Kultur" not in after
    assert organisation


@pytest.mark.feature("OX2")
def test_a_long_preview_has_pages(admin: Any) -> None:
    """A hundred rows each; those with faults can be seen alone."""
    lines = [f"Enhet {number:04};{'ingen@habo.example' if number % 100 == 0 else ''}" for number in range(250)]
    page = _preview(admin, ("Namn;Användare\n" + "\n".join(lines)).encode()).text
    assert "Enhet 0099" in page
    assert "Enhet 0100" not in page
    packed = _hidden(page, "content")
    assert "Enhet 0249" in admin.post("/mailboxes/import", content=packed, **{"from": "200"}).text
    faulty = admin.post("/mailboxes/import", content=packed, faulty="1").text
    assert all(f"Enhet {number}" in faulty for number in ("0000", "0100", "0200"))
    assert "Enhet 0001" not in faulty


@pytest.mark.feature("OX2")
@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"Rubrik\nNy\n", "Filen saknar kolumnen namn."),
        (b"Namn\n", "Filen har inga rader"),
        (b"PK\x03\x04", "arbetsbok"),
        (b"", "Filen"),
    ],
    ids=["no names", "no rows", "a workbook", "nothing"],
)
def test_a_file_that_is_none_is_told_at_the_field(admin: Any, content: bytes, fault: str) -> None:
    """With what to do."""
    answer = _preview(admin, content)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    assert fault in answer.text


def test_what_is_packed_wrongly_is_refused(admin: Any) -> None:
    """Nothing is unpacked that would fill the memory, and nothing that is no file."""
    for packed in ("", "åäö", "AAAA", "eJw="):
        assert admin.post("/mailboxes/import/confirm", content=packed, told="1").status_code == 422


@pytest.mark.feature("OX2")
def test_all_mailboxes_are_fetched_as_a_file(admin: Any, organisation: SampleOrganisation) -> None:
    """As a spreadsheet opens it, and noted in the log."""
    answer = admin.post("/mailboxes/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.content.decode("utf-8-sig")
    assert text.startswith("Namn;Beskrivning;Språk;")
    assert "Socialnämnden;;sv;ja;cleo@habo.example;ada@habo.example, bo@habo.example\r\n" in text
    assert "mailboxes.exported" in organisation.log_kinds()


@pytest.mark.parametrize("who", ["case_worker", "mailbox_administrator", "outsider"])
def test_files_are_for_administrators(
    browse: Callable[..., Any], mailbox: FunctionMailbox, request: pytest.FixtureRequest, who: str
) -> None:
    """Nobody else sees the pages, sends a file or fetches one."""
    person: SampleUser = request.getfixturevalue(who)
    browser = browse(person)
    assert browser.get("/mailboxes/import").status_code == 403
    assert _preview(browser, FILE).status_code == 403
    assert browser.post("/mailboxes/import/confirm", content="x", told="1").status_code == 403
    assert browser.post("/mailboxes/export").status_code == 403
    assert "/mailboxes/export" not in browser.get("/mailboxes").text
