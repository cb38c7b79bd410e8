"""What programs wrote of people is gone from a PDF, its pages look as they did, and a sealed one is never touched."""

import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pikepdf
import pypdfium2
import pytest
from tests.core.cases.file_metadata import pdfs
from tests.core.cases.file_metadata.pictures import SECRET
from tests.fuzzing.mutations import mutated

from budkavle.cases import file_metadata
from budkavle.cases.file_metadata import apart, xmp
from budkavle.cases.file_metadata.nested import Nested
from budkavle.plugins.bounded_process import Bounds, bounded

KINDS: dict[str, Callable[[], bytes]] = {
    "plain": pdfs.plain,
    "packed": pdfs.packed,
    "linearized": pdfs.linearized,
    "archived": pdfs.archived,
    "revised": pdfs.revised,
}


def cleaned(data: bytes) -> bytes:
    """Return the bytes that are kept, here and not in a child."""
    return Nested(apart.write_document, depth=3).cleaned(data) or data


def cleaned_apart(data: bytes, piece: int = 50_000) -> bytes:
    """Return the bytes that are kept, as the product makes them."""

    def source(start: int) -> Iterator[bytes]:
        return (data[at : at + piece] for at in range(start, len(data), piece))

    kept = file_metadata.cleaned(source, len(data))
    return data if kept.pieces is None else b"".join(kept.pieces)


def words(data: bytes) -> bytes:
    """Return all that stands in a document, unpacked."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        told = [repr(thing).encode() for thing in (*pdf.objects, pdf.trailer)]
        return b"\n".join([data, *told, *map(content, pdf.objects)])


def content(thing: pikepdf.Object) -> bytes:
    """Return what a stream holds, unpacked as far as it is no picture; nothing of all else."""
    if not isinstance(thing, pikepdf.Stream):
        return b""
    is_packed = "/Filter" in thing and "/DCTDecode" not in repr(thing.Filter)
    return thing.read_bytes() if is_packed else thing.read_raw_bytes()


def pixels(data: bytes) -> list[bytes]:
    """Return each page as it is seen."""
    with pypdfium2.PdfDocument(data) as opened:
        return [page.render(scale=1).to_pil().tobytes() for page in opened]


@pytest.mark.parametrize("kind", KINDS)
def test_who_made_it_goes_and_pages_stay(kind: str) -> None:
    """Author, program, times and own keys; notes of pages and pictures; thumbnails; what it was before."""
    before = KINDS[kind]()
    assert SECRET in words(before)
    after = cleaned(before)
    told = words(after)
    for gone in (SECRET, b"PieceInfo", b"LastModified", b"Thumb", b"20200102", b"CreationDate"):
        assert gone not in told
    assert pixels(after) == pixels(before)
    assert all(len(set(page)) > 1 for page in pixels(after))
    assert after.count(b"%%EOF") == (2 if kind == "linearized" else 1)
    assert cleaned(after) == after
    with pikepdf.open(io.BytesIO(after)) as pdf:
        assert str(pdf.Root.Lang) == "sv-SE"
        assert pdf.is_linearized == (kind == "linearized")
        assert not pdf.check_pdf_syntax()


def test_a_drawing_is_no_note_whatever_its_name() -> None:
    """Pages call pictures and drawings by names that they make up."""
    pdf = pdfs.document()
    drawings = pdf.make_indirect(pikepdf.Dictionary(Metadata=pdf.pages[0].Resources.XObject.P))
    pdf.pages[0].Resources.XObject = drawings
    pdf.pages[0].Contents = pdf.make_stream(b"q 100 0 0 60 10 100 cm /Metadata Do Q")
    before = pdfs.written(pdf)
    assert pixels(cleaned(before)) == pixels(before)
    assert len(set(pixels(before)[0])) > 1


@pytest.mark.parametrize(("kind", "names_people"), [("Text", True), ("Widget", False), ("Link", False)])
def test_names_at_comments_are_told(kind: str, names_people: bool) -> None:
    """They stay, since who said what is what a reader looks for; a field of a form has a name of its own."""
    nested = Nested(apart.write_document)
    made = nested.cleaned(pdfs.annotated(kind))
    assert nested.names_people == names_people
    with pikepdf.open(io.BytesIO(made or b"")) as after:
        assert str(after.pages[0].Annots[0].T) == "Åsa"


def test_what_a_standard_needs_stays() -> None:
    """Which standard it is, its title, and how the files in it belong to it; PDF/A-3 wants a time of each."""
    with pikepdf.open(io.BytesIO(cleaned(pdfs.archived()))) as pdf:
        assert dict(pdf.docinfo) == {"/Title": pdfs.TITLE}
        told = pdf.Root.Metadata.read_bytes().decode()
        for kept in ('part="3"', ">1</pdfuaid:part>", ">INVOICE</fx:DocumentType>", "invoice:1p0#\n</pdfaSchema:names"):
            assert kept in told
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] == pdfs.TITLE
            assert "dc:creator" not in metadata
            assert metadata.pdfa_status == "3B"
        assert pdf.Root.Metadata.Type == pikepdf.Name.Metadata
        assert "/Filter" not in pdf.Root.Metadata
        assert set(pdf.attachments) == {"a.docx", "factur-x.xml"}
        (specification,) = pdf.Root.AF
        assert specification.AFRelationship == pikepdf.Name.Data
        assert specification.EF.F.read_bytes() == b"<a/>"
        assert str(specification.EF.F.Params.ModDate) == "D:20000101000000Z"
        document = pdf.attachments["a.docx"].obj.EF.F
        assert document.Params.Size == len(document.read_bytes())
        assert "/CheckSum" not in document.Params
        assert "/CheckSum" in specification.EF.F.Params


def test_a_title_goes_that_nothing_shows() -> None:
    """Many programs put the name of the file there, with its folder."""
    with pikepdf.open(io.BytesIO(cleaned(pdfs.plain()))) as pdf:
        assert dict(pdf.docinfo) == {}
        assert "/Metadata" not in pdf.Root


@pytest.mark.parametrize("kind", pdfs.SEALED)
def test_what_is_sealed_or_cannot_be_read_keeps_every_byte(kind: str) -> None:
    """A signature holds for bytes; what is locked or torn cannot be written anew without guessing."""
    data = pdfs.SEALED[kind]()
    assert cleaned(data) == data


def test_a_sealed_file_in_a_document_keeps_every_byte() -> None:
    """And one that is not sealed does not, though documents lie in each other no deeper than bounded."""
    signed = pdfs.SEALED["byte range"]()
    within = pikepdf.new()
    within.add_blank_page()
    for name, content in (("signed.pdf", signed), ("plain.pdf", pdfs.plain())):
        within.attachments[name] = pikepdf.AttachedFileSpec(within, content, filename=name)
    data = pdfs.written(within)
    with pikepdf.open(io.BytesIO(cleaned(data))) as pdf:
        assert pdf.attachments["signed.pdf"].get_file().read_bytes() == signed
        assert SECRET not in words(pdf.attachments["plain.pdf"].get_file().read_bytes())


def test_no_more_files_within_are_looked_at_than_bounded() -> None:
    """The document itself is the first one; its photos and the text in it come after."""
    made = Nested(apart.write_document, files=1).cleaned(pdfs.plain())
    assert made is not None
    assert SECRET in words(made)


def test_a_child_cleans_it(tmp_path: Path) -> None:
    """Closed in, as all that opens foreign documents; the same comes out in pieces of any size."""
    before = pdfs.archived()
    assert cleaned_apart(before) == cleaned_apart(before, 97) == cleaned(before)
    assert cleaned_apart(b"junk\n" + before) == cleaned(before)
    signed = pdfs.SEALED["byte range"]()
    assert cleaned_apart(signed) == signed


def test_the_child_is_closed_and_bounded() -> None:
    """A bomb gets no more than a page does to be drawn; an honest file of the largest size has what it needs."""
    small, large = apart.bounds_of(1_000_000), apart.bounds_of(apart.LARGEST)
    assert small == Bounds(cpu=2, wall=10, memory=195_000_000, closed=True)
    assert large == Bounds(cpu=12, wall=60, memory=600_000_000, closed=True)
    assert cleaned_apart(b"%PDF-1.7" + bytes(10)) == b"%PDF-1.7" + bytes(10)


@pytest.mark.parametrize("kind", ["EmbeddedFile", "Metadata"])
def test_a_bomb_is_kept_as_it_came(kind: str) -> None:
    """Hundreds of megabytes in less than one end with the child."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    bomb = pikepdf.Stream(pdf, zlib.compress(bytes(600_000_000)), Type=pikepdf.Name(f"/{kind}"))
    bomb.Filter = pikepdf.Name.FlateDecode
    pdf.Root.X = pdf.make_indirect(bomb)
    pdf.Root.Metadata = bomb
    data = pdfs.written(pdf)
    assert cleaned_apart(data) == data


def test_what_is_too_large_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No child starts for it."""
    monkeypatch.setattr(apart, "LARGEST", 500)
    assert cleaned_apart(pdfs.plain()) == pdfs.plain()


def test_an_unreadable_packet_goes() -> None:
    """Whatever it says, nothing of it is taken over, and nothing is fetched for it."""
    for packet in (b"", b"<a", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", bytes(2_000_000)):
        assert xmp.what_standards_need(packet, title=True) is None


def broken(number: int) -> list[bytes]:
    """Return documents that are changed by chance."""
    chance = Random(number)  # noqa: S311 - the same inputs each time
    return [mutated(chance, [pdfs.plain(), pdfs.archived(), pdfs.packed()]) for _ in range(100)]


def clean_broken(number: int) -> int:
    """Clean them, and tell how many have changed."""
    return sum(cleaned(data) != data for data in broken(number))


def test_broken_documents_raise_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is written anew or kept; a child tries them, since a library parses them."""
    monkeypatch.syspath_prepend(root)
    assert 0 < bounded(clean_broken, 7, bounds=Bounds(cpu=60, wall=120)) < 100
