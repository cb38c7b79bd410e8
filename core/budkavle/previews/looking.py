"""Gets a preview of a file from a closed child process, or says in a sentence why there is none."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from budkavle.model.errors import Invalid, TooLarge
from budkavle.plugins.bounded_process import Bounds, bounded
from budkavle.previews import drawing, office
from budkavle.previews.drawing import Drawn, Page

BOUNDS: Final = Bounds(cpu=2, wall=15, memory=180_000_000, closed=True)
LARGEST: Final = 20_000_000
"""The most bytes of a previewed file."""
WIDTH: Final = 900
MOST_PAGES: Final = 5
TOO_MUCH: Final = "Filen är för stor eller för invecklad för att förhandsvisas. Ladda ner den för att öppna den."
BROKEN: Final = "Filen går inte att förhandsvisa: den är skadad, eller något annat än den säger sig vara."


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview of a file: its first pages as pictures, or its text.

    Attributes:
        pages: Some pages of a document, or the picture, each as WebP with its text.
        count: How many pages the document has; 0 if not counted.
        text: The beginning of a text.
        more: Whether the file has more than this.
    """

    pages: tuple[Page, ...]
    count: int
    text: str
    more: bool

    @property
    def size(self) -> int:
        """How many bytes the preview takes."""
        return sum(len(page.picture) for page in self.pages) + len(self.text)


def preview_file(
    name: str,
    content_type: str,
    size: int,
    pieces: Iterable[bytes],
    *,
    pages: range = range(MOST_PAGES),
    width: int = WIDTH,
) -> Preview:
    """Preview an untrusted file: PDF, PNG, JPEG, GIF, TIFF, BMP, WebP, text, or an office document.

    The file is opened in its own child process, with 2 seconds of processor time and 180 MB. If the kernel has Landlock
    or seccomp, the child opens no other file, reaches no network and starts no program. Nothing is written to a disk.
    Office documents are first converted to PDF by LibreOffice, if it is installed and the kernel has Landlock, in a
    child that reaches only a folder in memory. Call it outside of any transaction; the caller checks who may read the
    file.

    Args:
        name: The file's name.
        content_type: Its claimed media type.
        size: How many bytes it has.
        pieces: The bytes; not read if there are too many.
        pages: Which pages to draw, counted from 0.
        width: The width of the drawn pages, in pixels.

    Raises:
        Invalid: It cannot be shown; the sentence says why.
        TooLarge: It is too large, or would have exceeded the limits.
        Temporary: Too many files are being previewed just now.

    Example:
        preview = preview_file(file.name, file.content_type, file.size, files.open(work, file.id))
    """
    if size > LARGEST:
        raise TooLarge(TOO_MUCH)
    content = b"".join(pieces)
    try:
        if office.is_office(name, content):
            content = office.office_pdf(name, content)
        drawn: Drawn = bounded(drawing.draw, content, name, content_type, width, len(pages), pages.start, bounds=BOUNDS)
    except TooLarge as error:
        raise TooLarge(TOO_MUCH) from error
    except Invalid as error:
        sentences = {drawing.LOCKED, drawing.OTHER, drawing.TOO_MANY_PIXELS, office.MISSING, office.UNREADABLE}
        raise Invalid(error.message if error.message in sentences else BROKEN) from error
    return Preview(tuple(drawn.pages), drawn.count, drawn.text, drawn.more)
