"""The thread as PDF/A: what a validator and a look at its structure say, its characters, its length, the same bytes."""

import io
import unicodedata
from datetime import timedelta

import pikepdf
import pytest
from tests.conftest import PdfAFaults
from tests.plugins.records.archive.conftest import BY, make_case, make_message

from budkavle_records.archive.package import thread_pdf
from budkavle_records.archive.package.thread_pdf import DRAWABLE, write


def faults(content: bytes, part: str) -> list[str]:
    """Return what is grossly wrong with a PDF/A of level A; no more than its structure is looked at."""
    told = []
    with pikepdf.open(io.BytesIO(content)) as pdf:
        root, meta = pdf.Root, pdf.open_metadata()
        if (meta.get("pdfaid:part"), meta.get("pdfaid:conformance")) != (part, "A"):
            told.append("XMP says another level")
        if "/Encrypt" in pdf.trailer or "/ID" not in pdf.trailer:
            told.append("encrypted, or without an id")
        if not any("/DestOutputProfile" in intent for intent in root.OutputIntents):  # type: ignore[attr-defined]
            told.append("no output intent")
        if not root.MarkInfo.Marked or "/StructTreeRoot" not in root or "/Lang" not in root:
            told.append("no tags or no language")
        if "/Names" in root and "/EmbeddedFiles" in root.Names:
            told.append("a file inside")
        for each in pdf.objects:
            if not isinstance(each, pikepdf.Dictionary):
                continue
            if each.get("/Type") == "/FontDescriptor" and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(each):
                told.append("a font that is not embedded")
            if each.get("/S") in ("/JavaScript", "/Launch"):
                told.append("an action")
    return told


@pytest.mark.feature("ZR4")
def test_the_thread_is_a_pdf_of_level_1a() -> None:
    content, name = write(make_case(), BY, [])
    assert name == "PDF/A-1a"
    assert faults(content, "1") == []


def test_a_thread_that_is_too_long_for_1a_becomes_2a() -> None:
    """The limits of PDF/A-1 end at some thousand paragraphs; an archive takes the other as well."""
    lines = "\n".join(f"Rad {number}" for number in range(9_000))
    content, name = write(make_case(make_message(1, body=lines)), BY, [])
    assert name == "PDF/A-2a"
    assert faults(content, "2") == []


@pytest.mark.feature("ZR4")
@pytest.mark.parametrize(
    "body", ["Hej", "Hej \N{WAVING HAND SIGN}\x01\N{CJK UNIFIED IDEOGRAPH-4E2D}", "# Rubrik\n\n- a\n- b"]
)
def test_a_validator_finds_the_thread_to_be_1a(body: str, pdf_a_faults: PdfAFaults) -> None:
    content, _ = write(make_case(make_message(1, body=body)), BY, [])
    assert pdf_a_faults(content, "1a") == []


@pytest.mark.feature("ZR4")
def test_a_validator_finds_what_a_long_thread_becomes_to_be_2a(
    pdf_a_faults: PdfAFaults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some pages show it: thousands of paragraphs are many thousand times the same checks."""
    monkeypatch.setattr(thread_pdf, "STANDARDS", {"a-2a": "PDF/A-2a"})
    lines = "\n".join(f"Rad {number}" for number in range(200))
    content, name = write(make_case(make_message(1, body=lines)), BY, [])
    assert name == "PDF/A-2a"
    assert pdf_a_faults(content, "2a") == []


def test_the_validator_does_find_faults(pdf_a_faults: PdfAFaults) -> None:
    """A script that is added, and a language that is taken away."""
    content, _ = write(make_case(), BY, [])
    changed = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.save(changed)
    assert any("JavaScript" in fault for fault in pdf_a_faults(changed.getvalue(), "1a"))


def test_the_same_case_gives_the_same_bytes_and_another_one_others() -> None:
    case = make_case()
    assert write(case, BY, []) == write(make_case(), BY, [])
    later = make_case(closed_at=case.closed_at + timedelta(days=1))
    assert write(later, BY, []) != write(case, BY, [])


def test_the_table_of_glyphs_is_that_of_the_fonts() -> None:
    """Every character of the table is drawn: a document with all of them is made at once, without another try."""
    drawable = "".join(chr(point) for point in sorted(DRAWABLE))
    assert {"å", "ä", "ö", "Č", "ŋ", "م", "Ж", "€"} <= set(drawable)
    assert not {char for char in drawable if unicodedata.category(char) in {"Cc", "Co", "Cs", "Cn"}}
    lines = "\n".join(drawable[start : start + 60] for start in range(0, len(drawable), 60))
    import typst

    tried = 0
    compile_once = typst.compile

    def counted(*given: object, **more: object) -> object:
        nonlocal tried
        tried += 1
        return compile_once(*given, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typst, "compile", counted)
        write(make_case(make_message(1, body=lines)), BY, [])
    assert tried == 1


def test_characters_without_a_glyph_have_their_names() -> None:
    """They do not stop the document, and it says at its end what the brackets are."""
    plain, _ = write(make_case(make_message(1, body="Hej")), BY, [])
    named, _ = write(
        make_case(make_message(1, body="Hej \N{WAVING HAND SIGN}\x01\N{CJK UNIFIED IDEOGRAPH-4E2D}")), BY, []
    )
    assert faults(named, "1") == []
    assert len(named) > len(plain)
