"""The pages as they are faxed: a G4 TIFF of 1728 by 2292 dots a page, drawn by Ghostscript (ITU-T T.4, T.6).

The preview before sending shows exactly the dots that are sent.
"""

import io
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from PIL import Image, ImageSequence

from budkavle import File, Invalid, Sentence, Temporary
from budkavle_fax.documents.conversion import as_pdf, pages_of
from budkavle_fax.documents.cover import Cover, cover_page
from budkavle_fax.documents.memory_files import RamFile
from budkavle_fax.language import Say

WIDTH: Final = 1728
HEIGHT: Final = 2292
SECONDS: Final = 300
"""Timeout for Ghostscript."""
MISSING: Final = (
    "Programmet Ghostscript (gs) saknas på servern, så inget kan faxas. Be er IT-avdelning installera ghostscript."
)
TOO_MANY: Final = "Faxet blir {pages} sidor. Gränsen är {most}; dela upp det, eller skicka det på annat sätt."
FAILED: Final = "Sidorna kunde inte ritas för fax. Spara om bilagorna som PDF, och försök igen."
_DRAW: Final = (
    *("-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=tiffg4", "-r204x196", "-dAdjustWidth=1"),
    *("-dFIXEDMEDIA", "-dPDFFitPage", "-dDEVICEWIDTHPOINTS=595", "-dDEVICEHEIGHTPOINTS=842"),
)


class NoGhostscript(Temporary):
    """Ghostscript is not installed."""


def ghostscript() -> str:
    """Return the path of Ghostscript.

    Raises:
        NoGhostscript: It is not installed; the message says what to do.
    """
    path = shutil.which("gs")
    if path is None:
        raise NoGhostscript(MISSING)
    return path


def prepare(cover: Cover | None, files: Iterable[File], most_pages: int, say: Say = str) -> bytes:
    """Return the whole fax, cover first, as one TIFF.

    Args:
        cover: The first page; None for the documents alone.
        files: The documents, in order.
        most_pages: The largest number of pages in a fax.
        say: Translates the cover's own words.

    Raises:
        Invalid: A document cannot be faxed, or there are too many pages.
        NoGhostscript: Ghostscript is not installed.
    """
    documents = [as_pdf(file, most_pages) for file in files]
    pages = sum(pages_of(document) for document in documents)
    if cover is not None:
        front = cover_page(cover, pages, say)
        documents.insert(0, front)
        pages += pages_of(front)
    if pages > most_pages:
        message = Sentence(TOO_MANY, pages=pages, most=most_pages)
        raise Invalid(message, fields={"attachments": message})
    return draw(documents)


def draw(documents: Sequence[bytes]) -> bytes:
    """Draw PDF documents, one after the other, as one TIFF, in one run of Ghostscript.

    Raises:
        Invalid: Ghostscript made no pages of them.
    """
    program = ghostscript()
    sources = [RamFile(document) for document in documents]
    with RamFile() as target:
        try:
            readable = [f"--permit-file-read={memory_file.path}" for memory_file in sources]
            command = [
                program,
                *readable,
                *_DRAW,
                f"-sOutputFile={target.path}",
                *(memory_file.path for memory_file in sources),
            ]
            numbers = (target.number, *(memory_file.number for memory_file in sources))
            subprocess.run(  # noqa: S603 - the program is looked up, and we choose the file names
                command, pass_fds=numbers, capture_output=True, timeout=SECONDS, check=True
            )
        except subprocess.SubprocessError as error:
            raise Invalid(FAILED, fields={"attachments": FAILED}) from error
        finally:
            for memory_file in sources:
                memory_file.close()
        drawn = target.read()
    if not drawn:
        raise Invalid(FAILED, fields={"attachments": FAILED})
    return drawn


def count(tiff: bytes) -> int:
    """Return the number of pages in one of our TIFF files."""
    with Image.open(io.BytesIO(tiff)) as opened:
        return int(getattr(opened, "n_frames", 1))


def previews(tiff: bytes, width: int) -> Iterator[bytes]:
    """Yield each page as a PNG of this width, in true proportions: the dots are closer horizontally than vertically."""
    with Image.open(io.BytesIO(tiff)) as opened:
        for frame in ImageSequence.Iterator(opened):
            x, y = frame.info.get("dpi", (204, 196))
            height = round(frame.height * width / frame.width * x / y)
            smaller = frame.convert("L").resize((width, height), Image.Resampling.BOX)
            png = io.BytesIO()
            smaller.quantize(16).save(png, "PNG", optimize=True)
            yield png.getvalue()
