"""A case as PDF can be read aloud: what PDF/UA-1 (ISO 14289-1) asks that a program can see.

No validator of PDF/UA is at hand; each rule here names its clause.
"""

import io
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pikepdf
import pytest

from budkavle import File
from budkavle.testing.organisations import SampleOrganisation, SampleUser

Browse = Callable[..., Any]
FILES = (File("Lista.txt", "text/plain", b"ett"), File("Plan.pdf", "application/pdf", b"%PDF-1.7\n%%EOF\n"))


@pytest.fixture(params=["sv", "en"])
def case_pdf(
    request: pytest.FixtureRequest, organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> Iterator[tuple[str, pikepdf.Pdf]]:
    """The PDF of a case with two messages' worth of text and files, in a language."""
    case_id = organisation.arrive("Begäran om plats", body="Rad ett\n\nRad två", files=FILES)
    browser = browse(case_worker)
    browser.cookie += f"; language={request.param}"
    answer = browser.get(f"/c/{case_id}/pdf")
    assert answer.status_code == 200
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        yield request.param, pdf


def elements(node: Any) -> Iterator[Any]:
    """Yield the elements of the structure, in reading order."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from elements(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node.K)


@pytest.mark.feature("E16")
def test_the_document_says_its_language_and_title(case_pdf: tuple[str, pikepdf.Pdf]) -> None:
    """7.1: tagged, a title that the window shows, nothing suspect; 7.2: the language in which it was asked for."""
    language, pdf = case_pdf
    root = pdf.Root
    assert root.MarkInfo.Marked
    assert not root.MarkInfo.get("/Suspects", False)
    assert str(root.Lang) == language
    assert root.ViewerPreferences.DisplayDocTitle
    with pdf.open_metadata() as metadata:
        assert metadata["dc:title"] == "Begäran om plats"


@pytest.mark.feature("E16")
def test_headings_and_lists_are_tagged(case_pdf: tuple[str, pikepdf.Pdf]) -> None:
    """7.4: headings in order, none left out, the title first; 7.6: lists with items; 7.3: no picture without words."""
    _, pdf = case_pdf
    names = [str(element.S) for element in elements(pdf.Root.StructTreeRoot.K)]
    headings = [int(name[2:]) for name in names if name[:2] == "/H" and name[2:].isdigit()]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    assert {2, 3} <= set(headings)
    assert names.count("/L") >= 2
    assert names.count("/LI") >= len(FILES) + 1
    assert "/P" in names
    figures = [element for element in elements(pdf.Root.StructTreeRoot.K) if str(element.S) == "/Figure"]
    assert all(str(figure.get("/Alt", "")) for figure in figures)


@pytest.mark.feature("E16")
def test_all_that_is_drawn_is_tagged_or_decoration(case_pdf: tuple[str, pikepdf.Pdf]) -> None:
    """7.1: every text stands in marked content; 7.21: every font is embedded and says its characters."""
    _, pdf = case_pdf
    for page in pdf.pages:
        depth, loose = 0, 0
        for instruction in pikepdf.parse_content_stream(page):
            operator = str(instruction.operator)
            depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(operator, 0)
            loose += operator in {"Tj", "TJ"} and depth == 0
        assert loose == 0
        for font in page.resources.Font.values():
            assert "/ToUnicode" in font
            (inner,) = font.DescendantFonts
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner.FontDescriptor.keys())


@pytest.mark.feature("E16")
def test_the_files_in_it_have_names_and_descriptions(case_pdf: tuple[str, pikepdf.Pdf]) -> None:
    """7.11: a file's specification has both of its names."""
    _, pdf = case_pdf
    for specification in pdf.Root.AF:
        assert str(specification.F)
        assert str(specification.UF)
