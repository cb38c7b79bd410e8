"""A received fax as a PDF with exactly the dots of its pages; a damaged file is attached as well."""

import io
import warnings
from dataclasses import dataclass
from typing import Literal

import img2pdf
from PIL import Image, ImageSequence

from budkavle import File

BROKEN_PAGES = "Alla sidor gick inte att läsa. Filen som den kom är bifogad."
UNREADABLE = "Sidorna gick inte att läsa. Filen som den kom är bifogad; be avsändaren skicka faxet igen."
NAME = "fax.pdf"
TOO_LARGE = "Faxet är för stort att öppna som sidor. Filen som den kom är bifogad; be avsändaren skicka det i delar."
MOST_PAGES = 2_000
MOST_PIXELS = 50_000_000
"""For one page: an A3 at 400 dots per inch has about thirty million."""
MOST_IN_ALL = 2_000_000_000
"""For all pages together: five hundred pages of a fine fax."""


@dataclass(frozen=True, slots=True)
class Received:
    """The result of opening a received fax.

    Attributes:
        files: The PDF, and the original file if something in it cannot be read.
        pages: Number of readable pages.
        warnings: Warnings to the reader, in words.
    """

    files: tuple[File, ...]
    pages: int
    warnings: tuple[str, ...] = ()


def received(content: bytes) -> Received:
    """Return a TIFF (or a service's PDF) as the files of a message; nothing is lost, whatever the file contains.

    The file comes from a stranger: `sandbox.opened` bounds the resources it may use.
    """
    if content.startswith(b"%PDF-"):
        return Received((File(NAME, "application/pdf", content),), 0)
    original = File("fax.tif", "image/tiff", content)
    if _is_too_large(content):
        return Received((original,), 0, (TOO_LARGE,))
    pages, whole = _pages(content)
    if whole and (pdf := _lossless(content)):
        return Received((File(NAME, "application/pdf", pdf),), len(pages))
    if not pages:
        return Received((original,), 0, (UNREADABLE,))
    pdf = _lossless(*pages)
    readable = (File(NAME, "application/pdf", pdf),) if pdf else ()
    return Received((*readable, original), len(pages), (BROKEN_PAGES,))


def _is_too_large(content: bytes) -> bool:
    """Whether the file declares more pages or dots than a fax can have; no page is read."""
    total = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content)) as opened:
                for number in range(MOST_PAGES + 1):
                    opened.seek(number)
                    dots = opened.width * opened.height
                    total += dots
                    if dots > MOST_PIXELS or total > MOST_IN_ALL:
                        return True
    except Image.DecompressionBombError:
        return True
    except Exception:  # noqa: BLE001 - there are no more pages, or the file is broken: read what can be read
        return False
    return True


def _pages(content: bytes) -> tuple[list[bytes], bool]:
    """Return the readable pages, each as a G4 TIFF, and whether they are all of them."""
    pages: list[bytes] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # faxes have odd fields
            with Image.open(io.BytesIO(content)) as opened:
                for frame in ImageSequence.Iterator(opened):
                    frame.load()
                    pages.append(_page(frame))
    except Exception:  # noqa: BLE001 - Pillow may raise anything for a file that is not what it claims
        return pages, False
    return pages, bool(pages) and _ends_well(content)


def _ends_well(content: bytes) -> bool:
    """Whether the chain of a TIFF's pages ends inside the file (TIFF 6.0, section 2)."""
    order: Literal["little", "big"] = "little" if content[:2] == b"II" else "big"
    at = int.from_bytes(content[4:8], order)
    for _ in range(MOST_PAGES):
        if at == 0:
            return True
        entries = int.from_bytes(content[at : at + 2], order)
        at += 2 + 12 * entries
        if entries == 0 or at + 4 > len(content):
            return False
        at = int.from_bytes(content[at : at + 4], order)
    return False


def _page(frame: Image.Image) -> bytes:
    buffer = io.BytesIO()
    frame.convert("1").save(buffer, "TIFF", compression="group4", dpi=frame.info.get("dpi", (204, 196)))
    return buffer.getvalue()


def _lossless(*images: bytes) -> bytes | None:
    """Return a PDF with the images' own dots; None if it cannot be made."""
    try:
        made = img2pdf.convert(list(images), nodate=True)
    except Exception:  # noqa: BLE001 - it may raise anything for a bad picture; the original is kept instead
        return None
    return made if isinstance(made, bytes) else None
