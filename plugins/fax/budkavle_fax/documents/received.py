"""A fax that came in, as a PDF that has exactly the dots of its pages; what is broken is kept beside it."""

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
"""Of one page: an A3 at 400 dots per inch has some thirty millions."""
MOST_IN_ALL = 2_000_000_000
"""Of all pages together: five hundred of a fine fax."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of the pages.

    Attributes:
        files: The PDF, and the file as it came where something in it cannot be read.
        pages: How many pages can be read.
        warnings: What a reader must know, in words.
    """

    files: tuple[File, ...]
    pages: int
    warnings: tuple[str, ...] = ()


def received(content: bytes) -> Received:
    """Return a TIFF (or a PDF of a service) as the files of a message; nothing is lost whatever it is.

    It is a stranger's: `apart.opened` bounds what it may take.
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
    """Whether the file says of its pages that they are more than a fax can be; none of them is read."""
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
    except Exception:  # noqa: BLE001 - it has no more pages, or is broken: what can be read is read
        return False
    return True


def _pages(content: bytes) -> tuple[list[bytes], bool]:
    """Return the pages that can be read, each as a G4 TIFF, and whether they are all."""
    pages: list[bytes] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # faxes have odd fields
            with Image.open(io.BytesIO(content)) as opened:
                for frame in ImageSequence.Iterator(opened):
                    frame.load()
                    pages.append(_page(frame))
    except Exception:  # noqa: BLE001 - Pillow raises anything of a file that is not what it says
        return pages, False
    return pages, bool(pages) and _ends_well(content)


def _ends_well(content: bytes) -> bool:
    """Whether the chain of a TIFF's pages comes to its end inside the file (TIFF 6.0, section 2)."""
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
    """Return a PDF of the images' own dots; None where it cannot be made."""
    try:
        made = img2pdf.convert(list(images), nodate=True)
    except Exception:  # noqa: BLE001 - it raises anything of a picture that lacks something, and it is kept as it came
        return None
    return made if isinstance(made, bytes) else None
