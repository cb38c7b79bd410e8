"""What programs wrote of people and places is gone from office documents, and every other part lies as it did."""

import io
import zipfile
from collections.abc import Callable, Iterator
from random import Random
from typing import NoReturn

import pytest
from lxml.etree import fromstring
from PIL import Image
from tests.core.cases.file_metadata import documents
from tests.core.cases.file_metadata.pictures import SECRET
from tests.fuzzing.mutations import mutated

from budkavle.cases import file_metadata
from budkavle.plugins import closed_child
from budkavle.previews.office import office_pdf

KINDS: dict[str, Callable[[], bytes]] = {
    "docx": lambda: documents.zipped(documents.docx_parts()),
    "strict.docx": lambda: documents.zipped(documents.docx_parts(strict=True)),
    "streamed.docx": lambda: documents.zipped(documents.docx_parts(), streamed=True),
    "stored.docx": lambda: documents.zipped(documents.docx_parts(), stored=True),
    "odt": lambda: documents.zipped(documents.odt_parts()),
    "streamed.odt": lambda: documents.zipped(documents.odt_parts(), streamed=True),
}
TOLD = {"docProps/core.xml", "docProps/app.xml", "docProps/custom.xml", "docProps/thumbnail.jpeg"}
TOLD |= {"meta.xml", "Thumbnails/thumbnail.png"}


def cleaned(data: bytes, piece: int = 1000) -> bytes:
    """Return the bytes that are kept."""

    def source(start: int) -> Iterator[bytes]:
        return (data[at : at + piece] for at in range(start, len(data), piece))

    pieces = file_metadata.cleaned(source, len(data))
    return data if pieces is None else b"".join(pieces)


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
    assert {name for name in old if old[name] != new[name]} == TOLD & set(old)
    for name in TOLD & set(new):
        if name.endswith(".xml"):
            root, was = fromstring(new[name]), fromstring(old[name])
            assert root.tag == was.tag
            assert "".join(root.itertext()) == (documents.TITLE if name in {"docProps/core.xml", "meta.xml"} else "")
        else:
            with Image.open(io.BytesIO(new[name])) as picture:
                assert picture.size == (1, 1)
    assert cleaned(after) == after


@pytest.mark.parametrize("kind", KINDS)
def test_size_of_pieces_changes_nothing(kind: str) -> None:
    """Whether the store gives a byte or the whole file at a time, the same comes out."""
    data = KINDS[kind]()
    assert cleaned(data, 1) == cleaned(data, 64) == cleaned(data, len(data))


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
        assert len(cleaned(broken, 4096)) <= len(broken) + 2000


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["docx", "streamed.docx", "odt"])
def test_libreoffice_opens_it(kind: str, program: Callable[..., str], missing: Callable[[str], NoReturn]) -> None:
    """What is left is a document to a program of others."""
    if not closed_child.can_fence():
        missing("the kernel has no Landlock")
    program("soffice", "libreoffice")
    name = f"a.{kind.rpartition('.')[2]}"
    assert office_pdf(name, cleaned(KINDS[kind]())).startswith(b"%PDF-")
