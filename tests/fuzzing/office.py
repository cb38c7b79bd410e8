"""Office documents of strangers in LibreOffice: the product has a PDF or says that it cannot, in time.

Texts alone: Writer is what `make peers` brings. Each starts it anew, which takes seconds, so there are few; most are
whole as zips and wrong within.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import Final

from tests.fuzzing.mutations import mutated
from tests.fuzzing.samples import zipped

from budkavle.previews.office import BOUNDS, office_pdf

PROGRAMS: Final = ("soffice", "libreoffice")
MOST: Final = 200
"""Documents of a long run."""
PATIENCE: Final = BOUNDS.wall + 10.0
MARKS: Final = {"rtf": rb"{\rtf", "odt": b"opendocument.text", "docx": b""}
"""By the ending of a name, what such a document holds."""
RTF: Final = rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\trowd\cellx900 Hej fr\'e5n\cell\row {\field{\*\fldinst DATE}}\par}"
_ODT: Final = b"application/vnd.oasis.opendocument.text"
_OASIS: Final = b"urn:oasis:names:tc:opendocument:xmlns:"
_KIND: Final = b"application/vnd.openxmlformats-officedocument."
_PACKAGE: Final = b"http://schemas.openxmlformats.org/package/2006/"
_LINKED: Final = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORDS: Final = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def read(document: bytes) -> None:
    """Have a document as PDF.

    Raises:
        Invalid: It cannot be opened.
        TooLarge: It would take too much.
    """
    ending = next(ending for ending, mark in MARKS.items() if mark in document)
    assert office_pdf(f"a.{ending}", document).startswith(b"%PDF-")


@cache
def seeds() -> Sequence[bytes]:
    """Return a small document of each kind."""
    return [RTF, *(zipped(list(parts.items())) for parts in _packages())]


def made(chance: Random) -> bytes:
    """Return a document whose zip holds, with one of its parts changed."""
    parts = dict(chance.choice(_packages()))
    name = chance.choice([name for name in parts if name != "mimetype"])
    parts[name] = mutated(chance, [parts[name]])
    return zipped(list(parts.items()))


@cache
def _packages() -> Sequence[Mapping[str, bytes]]:
    """Return the parts of a text of Microsoft's and of one of OpenDocument, by their names."""
    text = b"<w:p><w:pPr><w:jc w:val='left'/></w:pPr><w:r><w:t>Hej</w:t></w:r></w:p>"
    table = b"<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>%b</w:tc></w:tr></w:tbl>" % text
    word = b'<w:document xmlns:w="%b"><w:body>%b%b</w:body></w:document>' % (_WORDS, text, table)
    links = b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    main = b'<Override PartName="/word/document.xml" ContentType="%bwordprocessingml.document.main+xml"/>' % _KIND
    link = b'<Relationship Id="r1" Type="%b/officeDocument" Target="word/document.xml"/>' % _LINKED
    written = (
        b'<office:document-content xmlns:office="%boffice:1.0" xmlns:text="%btext:1.0" office:version="1.2">'
        b"<office:body><office:text><text:h>Hej</text:h><text:list><text:list-item><text:p>a</text:p></text:list-item>"
        b"</text:list></office:text></office:body></office:document-content>" % (_OASIS, _OASIS)
    )
    return (
        {
            "[Content_Types].xml": b'<Types xmlns="%bcontent-types">%b%b</Types>' % (_PACKAGE, links, main),
            "_rels/.rels": b'<Relationships xmlns="%brelationships">%b</Relationships>' % (_PACKAGE, link),
            "word/document.xml": word,
        },
        {"mimetype": _ODT, "META-INF/manifest.xml": _manifest(), "content.xml": written},
    )


def _manifest() -> bytes:
    entry = b'<manifest:file-entry manifest:full-path="%b" manifest:media-type="%b"/>'
    entries = entry % (b"/", _ODT) + entry % (b"content.xml", b"text/xml")
    return b'<manifest:manifest xmlns:manifest="%bmanifest:1.0">%b</manifest:manifest>' % (_OASIS, entries)
