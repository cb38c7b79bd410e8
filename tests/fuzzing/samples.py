"""Small documents of each kind that is opened, and others by chance whose shell holds though they are wrong inside.

What is changed in a zip or in compressed bytes is refused by the first checksum; the parser within never sees it.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import Final

from PIL import Image
from tests.fuzzing.mutations import mutated

NAMES: Final = ("[Content_Types].xml", "word/document.xml", "content.xml", "../a.xml", "a.bin", "\u00e5.xml")
TEXTS: Final = (
    "<w:p><w:t>Hej &amp; h\u00e5</w:t><w:tab/></w:p>".encode() * 20,
    b'<?xml version="1.0"?><a:p b="c">&#229;&#x110000;&lt;</a:p>',
    b"\xff\xfe<\0a\0>\0",
)
OBJECTS: Final = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Rotate 90/Contents 4 0 R/Resources"
        b"<</Font<</F 5 0 R>>/XObject<</I 6 0 R>>>>>>"
    ),
)
DRAWN: Final = (
    b"BT /F 18 Tf 20 100 Td (Hej) Tj [(a) -99999 (b)] TJ ET 0 0 9 9 re f /I Do",
    b"q 1e9 0 0 1e-9 0 0 cm 0 0 m 1 1 2 2 3 3 c S Q [1 2] 0 d 0.1 w /P gs sh BI /W 2 /H 2 /BPC 8 /CS /G ID abcd EI",
)
FONT: Final = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
PICTURE: Final = b"/Type/XObject/Subtype/Image/Width 9/Height 9/BitsPerComponent 8/ColorSpace/DeviceGray"
TAGS: Final[Mapping[int, Sequence[int]]] = {
    256: (1, 8, 216, 1_728, 70_000, 4_294_967_295),
    257: (0, 1, 100, 2_400, 4_294_967_295),
    258: (1, 2, 8, 16, 32),
    259: (1, 2, 3, 4, 5, 7, 8, 32_773, 34_712),
    262: (0, 1, 2, 3, 5, 6, 8),
    273: (8, 200, 4_294_967_295),
    277: (1, 3, 4, 65_535),
    278: (0, 1, 100, 4_294_967_295),
    279: (0, 1, 500, 4_294_967_295),
    292: (0, 1, 4, 7),
    317: (1, 2, 3),
    339: (1, 2, 3, 4),
}
"""Of a TIFF: width, length, bits, compression, meaning, strips, samples, rows, their sizes, fax, prediction, kind."""


@cache
def seeds() -> Sequence[bytes]:
    """Return a document of each kind."""
    pictures = [_picture(kind) for kind in ("TIFF", "PNG", "JPEG", "GIF", "BMP", "WEBP")]
    offices = [zipped([(NAMES[0], b"<Types/>"), (name, TEXTS[0])]) for name in NAMES[1:3]]
    return [_fax(), *pictures, pdf(OBJECTS, DRAWN[0]), *offices, "Hej\n\u00e5".encode()]


def made(chance: Random) -> bytes:
    """Return a document whose shell holds: a zip, a PDF with compressed streams, or a TIFF by its tags."""
    match chance.randrange(3):
        case 0:
            parts = [(chance.choice(NAMES), mutated(chance, TEXTS)) for _ in range(chance.randint(1, 3))]
            return zipped(parts, chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))
        case 1:
            objects = [mutated(chance, [each]) if chance.randrange(6) == 0 else each for each in OBJECTS]
            return pdf(objects, mutated(chance, DRAWN), chance.randbytes(chance.choice((0, 9, 81, 300))))
        case _:
            return tiff(chance)


def zipped(parts: Sequence[tuple[str, bytes]], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of parts by their names; the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in dict(parts).items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_STORED if name == "mimetype" else kind)
    return out.getvalue()


def pdf(objects: Sequence[bytes], drawn: bytes, dots: bytes = b"\x80" * 81) -> bytes:
    """Return a PDF of a catalogue, its pages and a page, with what is drawn there and a picture, both compressed."""
    whole = [*objects, _stream(b"", drawn), FONT, _stream(PICTURE, dots)]
    numbered = (b"%d 0 obj" % number + each + b"endobj\n" for number, each in enumerate(whole, 1))
    return b"%PDF-1.4\n" + b"".join(numbered) + b"trailer<</Root 1 0 R/Size 7>>\n%%EOF\n"


def tiff(chance: Random) -> bytes:
    """Return a TIFF of one to three pages with tags that may not fit each other; its pages may go in a circle."""
    order = chance.choice("<>")
    out = bytearray((b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8))
    for _ in range(chance.randint(1, 3)):
        tags = [tag for tag in TAGS if chance.randrange(8)]
        out += struct.pack(f"{order}H", len(tags))
        for tag in tags:
            value = chance.choice(TAGS[tag])
            out += struct.pack(f"{order}HHII", tag, chance.choice((3, 4)), chance.choice((1, 1, 1, 2, 9)), value)
        follows = len(out) + 4
        out += struct.pack(f"{order}I", chance.choice((0, follows, follows, 8)))
    return bytes(out) + chance.randbytes(chance.choice((0, 40, 600)))


def _stream(words: bytes, content: bytes) -> bytes:
    packed = zlib.compress(content)
    return b"<<%b/Length %d/Filter/FlateDecode>>stream\n%b\nendstream " % (words, len(packed), packed)


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((40, 40)).convert("RGB").save(out, kind)
    return out.getvalue()


def _fax() -> bytes:
    out = io.BytesIO()
    page = Image.linear_gradient("L").resize((216, 100)).convert("1")
    page.save(out, "TIFF", compression="group4", save_all=True, append_images=[page])
    return out.getvalue()
