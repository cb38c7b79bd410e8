"""Texts of messages are searched as they are, page by page, by the system alone (feature ZR5)."""

import io
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import typst

from budkavle import Bounds
from budkavle.cases.finding import files
from budkavle.messaging.message_list import search_texts
from budkavle.model.errors import Forbidden
from budkavle.model.loa import Loa
from budkavle.model.messages import File, Terms
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

MARIA = "maria@example.se"


@pytest.fixture
def platform(open_secure: Callable[..., Platform]) -> Platform:
    """With a way to people without an account."""
    return open_secure()


def found(organisation: SampleOrganisation, *texts: str, limit: int = 500) -> dict[str, set[UUID]]:
    """Return the cases in which texts stand, read to the end."""
    cases: dict[str, set[UUID]] = {}
    after, read = None, 0
    while True:
        page = in_work(organisation.platform, organisation.system, search_texts, texts, after=after, limit=limit)
        for text, ids in page.cases.items():
            cases.setdefault(text, set()).update(ids)
        read += page.read
        if page.last is None:
            break
        after = page.last
    (row,) = organisation.rows("SELECT count(*) AS messages FROM messages")
    assert read == row.messages
    return cases


@pytest.mark.feature("ZR5")
def test_whole_words_of_a_text_are_found(
    organisation: SampleOrganisation, other_organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """In capitals or not, over a line's end, in the name of a file; a part of a word is none."""
    text = organisation.arrive(body="Barnets mor heter ida\nAHL.")
    file = organisation.arrive(files=(File("Ida Ahl (intyg).txt", "text/plain", b"x"),))
    organisation.arrive(body="Ida Ahlberg och Frida Ahl")
    other_organisation.arrive(body="Ida Ahl")
    assert found(organisation, "Ida Ahl", " ", limit=1) == {"Ida Ahl": {text, file}}
    assert found(organisation, "i.a", "(intyg", "Ida  Ahl") == {"(intyg": {file}, "Ida  Ahl": {text, file}}
    with pytest.raises(Forbidden):
        in_work(organisation.platform, case_worker, search_texts, ["Ida"])


def office(path: str, xml: str) -> bytes:
    """Return a document as office programs write it."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(path, xml)
    return written.getvalue()


def pdf(text: str) -> bytes:
    return bytes(typst.compile(text.encode(), format="pdf"))  # type: ignore[arg-type]


FILES = {
    "a.pdf": lambda: pdf("Intyg för Ida \\ Ahl"),
    "utan ändelse": lambda: b"%PDF-1.7 trasig",
    "a.txt": lambda: "Barnets mor: Ida Ahl".encode("utf-16"),
    "a.csv": lambda: "namn;född\nIda Ahl;Östersund".encode("cp1252"),
    "a.html": lambda: b"<p>Ida <b>Ahl</b></p>",
    "a.docx": lambda: office("word/document.xml", "<w:p><w:r><w:t>I</w:t></w:r><w:r><w:t>da Ahl</w:t></w:r></w:p>"),
    "a.odt": lambda: office("content.xml", "<text:p>Mor</text:p><text:p>Ida Ahl</text:p>"),
    "fel.docx": lambda: b"PK\x03\x04Ida Ahl",
    "a.png": lambda: b"\x89PNG Ida Ahl",
}


@pytest.mark.feature("ZR5")
def test_what_files_say_is_found(organisation: SampleOrganisation) -> None:
    """Texts, PDFs and office documents; how many could not be read is counted."""
    cases = {name: organisation.arrive(files=(File(name, "", made()),)) for name, made in FILES.items()}
    readable = {case_id for name, case_id in cases.items() if name[:2] == "a." and name != "a.png"}
    assert found(organisation, "Ida Ahl") == {"Ida Ahl": readable}
    page = in_work(organisation.platform, organisation.system, search_texts, ["Ida Ahl"])
    assert page.unread_files == 3


@pytest.mark.feature("ZR5")
def test_a_file_that_brings_its_child_down_hides_no_other(
    organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is then read by itself; what could not be is counted."""
    monkeypatch.setattr(files, "FILE_BOUNDS", Bounds(cpu=5, wall=30, memory=150_000_000))
    bomb = office("word/document.xml", "<w:p>Ida Ahl</w:p>" + " " * 190_000_000)
    organisation.arrive(files=(File("bomb.docx", "", bomb),))
    case_id = organisation.arrive(files=(File("a.txt", "", b"Ida Ahl"),))
    page = in_work(organisation.platform, organisation.system, search_texts, ["Ida Ahl"])
    assert page.cases == {"Ida Ahl": frozenset({case_id})}
    assert page.unread_files == 1


@pytest.mark.feature("ZR5")
def test_the_number_that_a_reader_had_to_show_is_found(secure: Any, case_worker: SampleUser) -> None:
    """It lies sealed beside the delivery, and in no index."""
    message = secure.write(case_worker, MARIA, loa=Loa.THREE, terms={MARIA: Terms(personnummer="191212121212")})
    secure.write(case_worker, MARIA, loa=Loa.ONE, terms={MARIA: Terms()})
    assert found(secure.organisation, "191212121212", "191212121213") == {"191212121212": {message.case_id}}
