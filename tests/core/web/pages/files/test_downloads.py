"""All files of a case at once, the whole case as a PDF, and what is noted of prints."""

import io
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader

from budkavle import File
from budkavle.model.loa import Loa
from budkavle.testing.organisations import SampleOrganisation, SampleUser

Browse = Callable[..., Any]
FILES = (
    File("Lista.txt", "text/plain", b"ett"),
    File("lista.txt", "text/plain", "två".encode()),
    File("..\\..\\ont.txt", "text/plain", b"tre"),
)


def prints(organisation: SampleOrganisation) -> int:
    """Return how often the logs say that the case was printed."""
    return len(organisation.rows("SELECT 1 FROM case_events WHERE kind = 'printed'"))


@pytest.mark.feature("E16")
def test_all_files_come_as_one_zip_with_names_that_are_safe_and_differ(
    organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """Those of the case or of one message; each counts as taken."""
    conversation = str(uuid4())
    case_id = organisation.arrive(files=FILES, conversation_id=conversation)
    organisation.arrive(files=(File("Sist.txt", "text/plain", b"fyra"),), conversation_id=conversation)
    browser = browse(case_worker)
    answer = browser.get(f"/c/{case_id}/zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        contents = {name: packed.read(name).decode() for name in packed.namelist()}
    assert sorted(contents.values()) == ["ett", "fyra", "tre", "två"]
    assert len({name.casefold() for name in contents}) == len(contents)
    assert not [name for name in contents if "\\" in name or ".." in name]
    first = organisation.rows("SELECT id FROM messages ORDER BY created_at")[0].id
    with zipfile.ZipFile(io.BytesIO(browser.get(f"/c/{case_id}/zip?message={first}").content)) as packed:
        assert len(packed.namelist()) == len(FILES)
    assert {row.state for row in organisation.rows("SELECT state FROM messages")} == {"DOWNLOADED"}


@pytest.mark.feature("E16")
def test_the_whole_case_is_a_pdf_with_its_files_in_it(
    organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """Its words, what has happened, and each file byte for byte, as PDF/UA-1 and PDF/A-3a."""
    case_id = organisation.arrive("Begäran 😀", body="Rad ett\n\nRad två", files=FILES, confidential=True)
    answer = browse(case_worker).get(f"/c/{case_id}/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    made = PdfReader(io.BytesIO(answer.content))
    text = "\n".join(page.extract_text() for page in made.pages)
    for words in ("Begäran [grinning face]", "Rad två", "Sekretess", "Lista.txt", "Händelser", "skrev ut ärendet"):
        assert words in text
    assert sorted(content for (content,) in made.attachments.values()) == sorted(file.content for file in FILES)
    about = made.trailer["/Root"]
    assert len(about["/AF"]) == len(FILES)
    assert {one.get_object()["/AFRelationship"] for one in about["/AF"]} == {"/Supplement"}
    assert about["/MarkInfo"]["/Marked"]
    metadata = about["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert prints(organisation) == 1


@pytest.mark.feature("E16")
@pytest.mark.parametrize("path", ["zip", "pdf"])
def test_neither_others_nor_a_lower_level_get_them(
    organisation: SampleOrganisation, case_worker: SampleUser, outsider: SampleUser, browse: Browse, path: str
) -> None:
    """Who may not read the case gets nothing of it; what asks for a higher level leads to a stronger way."""
    case_id = organisation.arrive(files=FILES, loa=Loa.THREE)
    assert browse(outsider).get(f"/c/{case_id}/{path}").status_code == 404
    answer = browse(case_worker.at(Loa.TWO)).get(f"/c/{case_id}/{path}")
    assert 300 <= answer.status_code < 400
    assert "identify" in answer.headers["location"] or "step" in answer.headers["location"]


@pytest.mark.feature("E16")
def test_a_print_that_is_opened_again_within_a_minute_is_noted_once(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, browse: Browse
) -> None:
    """For each person; a minute later it is a new one."""
    case_id = organisation.arrive()
    for _ in range(3):
        browse(case_worker).get(f"/c/{case_id}/print")
    assert prints(organisation) == 1
    browse(colleague).get(f"/c/{case_id}/print")
    assert prints(organisation) == 2
    organisation.rows("UPDATE case_events SET at = at - interval '2 minutes' WHERE kind = 'printed'")
    browse(case_worker).get(f"/c/{case_id}/print")
    assert prints(organisation) == 3


@pytest.mark.feature("E16")
def test_the_pdf_has_every_message_with_its_files(
    organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """What came first and last, and what was answered."""
    conversation = str(uuid4())
    for number, file in enumerate(FILES):
        case_id = organisation.arrive(body=f"Brev nr {number}", files=(file,), conversation_id=conversation)
    (last,) = organisation.rows("SELECT id FROM messages ORDER BY created_at DESC LIMIT 1")
    organisation.send(case_worker, body="Svaret är ja.", reply_to=last.id)
    made = PdfReader(io.BytesIO(browse(case_worker).get(f"/c/{case_id}/pdf").content))
    text = "\n".join(page.extract_text() for page in made.pages)
    for words in ("Brev nr 0", "Brev nr 1", "Brev nr 2", "Svaret är ja."):
        assert words in text
    assert sorted(content for (content,) in made.attachments.values()) == sorted(file.content for file in FILES)
