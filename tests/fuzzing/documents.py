"""Documents of strangers in the child process that opens them: whatever they are, the parent gets a verdict in time.

A child takes many documents, since starting one costs more than most of them; where one brings it down, each gets a
child of its own, and then the verdict is judged.
"""

import io
import sys
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from PIL import Image

from budkavle import Invalid, TooLarge
from budkavle.file_texts import ForeignFile, read_texts
from budkavle.file_texts import warm_up as warm_up_texts
from budkavle.plugins.bounded_process import Bounds, bounded
from budkavle.previews.drawing import draw
from budkavle.previews.drawing import warm_up as warm_up_drawing
from budkavle_fax.documents.received import received

_ROOT: Final = str(Path(__file__).parents[2])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)  # the child looks for this module where its parent does

SEPARATOR: Final = b"\r\n--another document--\r\n"
TOGETHER: Final = 64
"""Documents of one child."""
_ALONE: Final = Bounds(cpu=4, wall=8, memory=400_000_000, closed=True)
_MANY: Final = Bounds(cpu=30, wall=60, memory=800_000_000, closed=True)


class Refused(Exception):
    """No document of all could be opened."""


def warm_up() -> None:
    """Import all that the work needs, as both modules have it."""
    warm_up_drawing()
    warm_up_texts()
    received(b"")


def open_all(documents: list[bytes]) -> int:
    """Draw each document, read its texts and take it for a fax; return how many could be opened in some way."""
    return sum(_is_opened(document) for document in documents)


def _is_opened(document: bytes) -> bool:
    text = read_texts([ForeignFile("a", document)]) != [None]
    if document.startswith((b"II*\0", b"MM\0*")):
        received(document)
    try:
        drawn = draw(document, "a.txt", "text/plain", 400, 2, 0)
    except Exception:  # noqa: BLE001 - its kind alone leaves the child, and the parent says that it cannot be opened
        return text
    return bool(drawn.pages or drawn.text) or text


def read(data: bytes) -> None:
    """Open documents that stand after one another.

    Raises:
        Refused: None of them could be opened.
    """
    documents = data.split(SEPARATOR)
    try:
        opened = bounded(open_all, documents, bounds=_MANY)
    except (Invalid, TooLarge):
        opened = sum(_alone(document) for document in documents)
    if not opened:
        raise Refused


def _alone(document: bytes) -> int:
    try:
        return bounded(open_all, [document], bounds=_ALONE)
    except (Invalid, TooLarge):
        return 0


@cache
def seeds() -> Sequence[bytes]:
    """Return small documents of each kind that is opened."""
    pictures = [_picture(kind) for kind in ("TIFF", "PNG", "JPEG", "GIF", "BMP", "WEBP")]
    return [_fax(), *pictures, _PDF, _office("word/document.xml"), _office("content.xml"), "Hej\nå".encode()]


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((40, 40)).convert("RGB").save(out, kind)
    return out.getvalue()


def _fax() -> bytes:
    out = io.BytesIO()
    page = Image.linear_gradient("L").resize((216, 100)).convert("1")
    page.save(out, "TIFF", compression="group4", save_all=True, append_images=[page])
    return out.getvalue()


def _office(part: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), "<Types/>")
        archive.writestr(zipfile.ZipInfo(part), "<w:p><w:t>Hej &amp; h\u00e5</w:t></w:p>" * 20)
    return out.getvalue()


_PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
    b"4 0 obj<</Length 42>>stream\nBT /F 18 Tf 20 100 Td (Hej) Tj ET 0 0 9 9 re f\nendstream endobj\n"
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n"
)
