"""What programs wrote of people and places is gone from office documents, and every other part lies as it did."""

import io
import zipfile
from collections.abc import Callable
from random import Random
from typing import NoReturn

import pytest
from lxml.etree import fromstring
from PIL import Image
from tests.core.cases.file_metadata import documents
from tests.core.cases.file_metadata.pictures import SECRET
from tests.fuzzing.mutations import mutated

from budkavle.cases.file_metadata import apart
from budkavle.cases.file_metadata.nested import Nested
from budkavle.plugins import closed_child
from budkavle.previews.office import office_pdf

KINDS: dict[str, Callable[[], bytes]] = {
    "docx": lambda: documents.zipped(documents.docx_parts()),
    "strict.docx": lambda: documents.zipped(documents.docx_parts(strict=True)),
    "streamed.docx": lambda: documents.zipped(documents.docx_parts(), streamed=True),
    "stored.docx": lambda: documents.zipped(documents.docx_parts(), stored=True),
    "full.docx": lambda: documents.zipped(documents.full_docx_parts()),
    "xlsx": lambda: documents.zipped(documents.xlsx_parts()),
    "full.odt": lambda: documents.zipped(documents.full_odt_parts()),
    "odt": lambda: documents.zipped(documents.odt_parts()),
    "streamed.odt": lambda: documents.zipped(documents.odt_parts(), streamed=True),
}
GROWTH = 4000
"""Bytes of parts that are no longer packed."""
TOLD = {"docProps/core.xml", "docProps/app.xml", "docProps/custom.xml", "docProps/thumbnail.jpeg"}
TOLD |= {"meta.xml", "Thumbnails/thumbnail.png"}


def cleaned(data: bytes) -> bytes:
    """Return the bytes that are kept, here and not in a child."""
    return Nested(apart.write_document).cleaned(data) or data


def parts(data: bytes) -> dict[str, bytes]:
    """Return the parts by their names, each judged by its checksum."""
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


@pytest.mark.parametrize("kind", KINDS)
def test_who_wrote_it_goes_and_all_else_stays(kind: str) -> None:
    """Author, company, template, own properties and the picture of the first page; the title is the document's."""
    before, after = KINDS[kind](), cleaned(KINDS[kind]())
    old, new = parts(before), parts(after)
    assert list(old) == list(new)
    assert SECRET in b"".join(old.values())
    assert SECRET not in b"".join(new.values()) + after
    assert {name for name in old if old[name] != new[name]} - TOLD_WITHIN == TOLD & set(old)
    for name in TOLD & set(new):
        if name.endswith(".xml"):
            root, was = fromstring(new[name]), fromstring(old[name])
            assert root.tag == was.tag
            assert "".join(root.itertext()) == (documents.TITLE if name in {"docProps/core.xml", "meta.xml"} else "")
        else:
            with Image.open(io.BytesIO(new[name])) as picture:
                assert picture.size == (1, 1)
    assert cleaned(after) == after


TOLD_WITHIN = {
    "word/_rels/settings.xml.rels",
    "word/media/image1.jpg",
    "word/embeddings/Microsoft_Excel.xlsx",
    "customXml/item1.xml",
    "xl/workbook.xml",
    "xl/printerSettings/printerSettings1.bin",
    "settings.xml",
    "Pictures/10000.jpg",
    "Object 1/meta.xml",
    "docProps/thumbnail.emf",
    "docProps/thumbnail.wmf",
}


@pytest.mark.parametrize("kind", ["full.docx", "xlsx", "full.odt"])
def test_folders_printers_and_what_lies_within_tell_nothing(kind: str) -> None:
    """Where a file and its template lay, who reserved it, what was printed on, with whom it is shared."""
    old, new = parts(KINDS[kind]()), parts(cleaned(KINDS[kind]()))
    assert SECRET in b"".join(old.values())
    told = b"".join(new.values())
    assert SECRET not in told
    assert SECRET.decode().encode("utf-16-le") not in told
    assert {name for name in old if old[name] != new[name]} - TOLD == TOLD_WITHIN & set(old)
    for kept in (b'Target="Normal.dotm" TargetMode="External"', b">Habo</Kept>"):
        assert (kept in told) == (kind == "full.docx")
    assert (b'config:type="short">100<' in told) == (kind == "full.odt")
    assert (b'<fileSharing readOnlyRecommended="1"/>' in told) == (kind != "full.odt")
    assert (b'absPath url=""' in told) == (kind != "full.odt")


def test_a_picture_of_the_first_page_is_a_drawing_of_nothing() -> None:
    """A reader of the format takes it."""
    new = parts(cleaned(KINDS["full.docx"]()))
    for name, size in (("docProps/thumbnail.emf", 108), ("docProps/thumbnail.wmf", 46)):
        assert len(new[name]) == size
        with Image.open(io.BytesIO(new[name])) as picture:
            assert picture.format in {"EMF", "WMF"}
            assert max(picture.size) <= 100


def test_documents_lie_in_each_other_no_deeper_than_bounded() -> None:
    """And no more files, and no larger ones, are looked at than bounded."""
    inner = documents.zipped(documents.docx_parts(), stored=True)
    outer = documents.zipped({**documents.docx_parts(), "word/embeddings/a.docx": inner}, stored=True)
    for nested in (
        Nested(apart.write_document, depth=1),
        Nested(apart.write_document, files=1),
        Nested(apart.write_document, size=len(outer) + 10),
    ):
        made = nested.cleaned(outer)
        assert made is not None
        assert parts(made)["word/embeddings/a.docx"] == inner
    made = Nested(apart.write_document).cleaned(outer)
    assert made is not None
    assert SECRET not in made


@pytest.mark.parametrize("kind", documents.COMMENTED)
def test_names_at_comments_and_changes_are_told(kind: str) -> None:
    """They stay, and who attaches the file can be told."""
    nested = Nested(apart.write_document)
    made = nested.cleaned(documents.commented(kind))
    assert nested.names_people
    assert made is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_without_comments_names_nobody(kind: str) -> None:
    """Who wrote it is no comment."""
    nested = Nested(apart.write_document)
    nested.cleaned(KINDS[kind]())
    assert not nested.names_people


SEALED: dict[str, Callable[[], bytes]] = {
    "signed": lambda: documents.zipped({**documents.docx_parts(), "_xmlsignatures/sig1.xml": "<Signature/>"}),
    "signed odt": lambda: documents.zipped({**documents.odt_parts(), "META-INF/documentsignatures.xml": "<a/>"}),
    "signed macros": lambda: documents.zipped({**documents.odt_parts(), "META-INF/macrosignatures.xml": "<a/>"}),
    "signed xps": lambda: documents.zipped(
        {**documents.docx_parts(), "package/services/digital-signature/origin.psdor": ""}
    ),
    "signed package": lambda: documents.zipped({**documents.docx_parts(), ".signature.p7s": "0"}),
    "signed otherwise": lambda: documents.zipped({**documents.odt_parts(), "META-INF/signatures001.xml": "<a/>"}),
    "asic": lambda: documents.zipped({**documents.odt_parts(), "mimetype": "application/vnd.etsi.asic-e+zip"}),
    "locked": lambda: documents.zipped(documents.odt_parts("<manifest:encryption-data/>")),
    "long manifest": lambda: documents.zipped({**documents.odt_parts(), "META-INF/manifest.xml": bytes(2 << 20)}),
    "a zip": lambda: documents.zipped({"docProps/core.xml": SECRET, "meta.xml": SECRET}),
    "a comment behind": lambda: KINDS["docx"]() + b"more",
    "overlapping": documents.overlapping,
    "reaching": documents.reaching,
}


@pytest.mark.parametrize("kind", SEALED)
def test_what_is_sealed_or_no_plain_document_is_left_alone(kind: str) -> None:
    """Byte for byte: a signature counts these parts, a lock hides them, and nobody mends a file of two readings."""
    data = SEALED[kind]()
    assert cleaned(data) == data


@pytest.mark.parametrize("make", [documents.bomb, documents.packed_wrong])
def test_what_cannot_be_unpacked_here_goes_unread(make: Callable[[], bytes]) -> None:
    """Properties that are too long or broken go whole, the title with them."""
    after = cleaned(make())
    assert SECRET not in after
    assert not "".join(fromstring(parts(after)["docProps/core.xml"]).itertext())


@pytest.mark.parametrize("kind", KINDS)
def test_broken_documents_end(kind: str) -> None:
    """However one is broken or cut, it is walked to an end and hardly grows."""
    chance = Random(kind)  # noqa: S311 - the same inputs each time
    whole = KINDS[kind]()
    for broken in (*(whole[:at] for at in range(0, len(whole), 97)), *(mutated(chance, [whole]) for _ in range(300))):
        assert len(cleaned(broken)) <= len(broken) + GROWTH


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["docx", "streamed.docx", "odt"])
def test_libreoffice_opens_it(kind: str, program: Callable[..., str], missing: Callable[[str], NoReturn]) -> None:
    """What is left is a document to a program of others."""
    if not closed_child.can_fence():
        missing("the kernel has no Landlock")
    program("soffice", "libreoffice")
    name = f"a.{kind.rpartition('.')[2]}"
    assert office_pdf(name, cleaned(KINDS[kind]())).startswith(b"%PDF-")
