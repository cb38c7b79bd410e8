"""The child's part: opens a document, draws its first pages as WebP, and extracts its text. Only `looking` calls it.

Sizes are checked before any work. Whatever else a document costs is stopped by the child's limits.
"""

import codecs
import io
import math
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from budkavle.model.errors import Invalid

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS: Final = ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP")
MOST_PIXELS: Final = 16_000_000
"""Of a picture that is opened, after a JPEG has been asked for a smaller scale."""
DRAWN_PIXELS: Final = 2_000_000
"""Of a page of a PDF."""
LONGEST: Final = 20_000
"""The most characters of a text."""
QUALITY: Final = 72
LOCKED: Final = "Filen är skyddad med lösenord, så den kan inte förhandsvisas. Ladda ner den för att läsa den."
TOO_MANY_PIXELS: Final = "Bilden är för stor för att förhandsvisas. Ladda ner den för att se den."
OTHER: Final = "Den här sortens fil kan inte förhandsvisas. Ladda ner den för att öppna den."
_TEXT_ENDINGS: Final = (".txt", ".md", ".markdown", ".csv", ".log", ".json", ".xml", ".ini", ".yaml", ".yml")
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM", b"RIFF")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Page:
    """A drawn page.

    Attributes:
        picture: As WebP.
        text: The text on it, as far as the document has text.
    """

    picture: bytes
    width: int
    height: int
    text: str = ""


@dataclass(frozen=True)
class Drawn:
    """The result of drawing a document.

    Attributes:
        pages: The first pages, or the picture; empty for a text.
        count: How many pages the document has; 0 if not counted.
        text: The beginning of a text file.
        more: Whether the document has more than this.
    """

    pages: list[Page]
    count: int = 0
    text: str = ""
    more: bool = False


def warm_up() -> None:
    """Import all that drawing needs: a closed child imports nothing."""
    import codecs

    import PIL.ImageOps
    import pypdfium2
    from PIL import Image

    Image.init()
    for name in ("utf_16_le", "utf_16", "utf_8_sig", "cp1252", "latin_1", "ascii", "cp437"):
        codecs.lookup(name)
    empty = pypdfium2.PdfDocument.new()
    empty.new_page(10, 10).render().to_pil().save(io.BytesIO(), "WEBP")
    empty.close()
    PIL.ImageOps.exif_transpose(Image.new("L", (1, 1)))


def draw(content: bytes, name: str, content_type: str, width: int, most: int, first: int) -> Drawn:
    """Draw a document.

    Args:
        content: Its bytes, which determine its format.
        name: Its name; its ending identifies a text.
        content_type: Its claimed media type; only `text/...` matters.
        width: The width of a drawn page, in pixels.
        most: How many pages to draw.
        first: The first of them, counted from 0.

    Raises:
        Invalid: It is of another format, encrypted, or has too many pixels.
    """
    if b"%PDF-" in content[:1024]:
        return _pdf(content, width, range(first, first + most))
    if content.startswith(_PICTURES):
        return _pictures(content, width, range(first, first + most))
    if (content_type.startswith("text/") or name.lower().endswith(_TEXT_ENDINGS)) and _is_text(content):
        return _text(content)
    raise Invalid(OTHER)


def _pdf(content: bytes, width: int, numbers: range) -> Drawn:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise Invalid(LOCKED) from error
        raise
    count = len(document)
    pages = [_pdf_page(document[number], width) for number in numbers if number < count]
    return Drawn(pages, count, more=count > numbers.stop)


def _pdf_page(page: Any, width: int) -> Page:
    page_width, page_height = page.get_size()
    area = max(page_width * page_height, 1)
    scale = min(width / max(page_width, 1), math.sqrt(DRAWN_PIXELS / area))
    picture = page.render(scale=scale, may_draw_forms=False).to_pil()
    words = page.get_textpage()
    text = words.get_text_range(0, min(words.count_chars(), LONGEST))
    return _page(picture, _clean(text.replace("\r\n", "\n")))


def _pictures(content: bytes, width: int, numbers: range) -> Drawn:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # checked here, frame by frame
    warnings.simplefilter("ignore")
    opened = Image.open(io.BytesIO(content), formats=FORMATS)
    opened.draft("RGB", (width, width))
    pages: list[Page] = []
    for number in range(numbers.start, numbers.stop + 1):
        try:
            opened.seek(number)
        except EOFError:
            return Drawn(pages, number if pages else 0)
        if number == numbers.stop or (number and opened.format != "TIFF"):  # only the first frame of an animation
            break
        if opened.width * opened.height > MOST_PIXELS:
            raise Invalid(TOO_MANY_PIXELS)
        pages.append(_page(_on_white(ImageOps.exif_transpose(_smaller(opened, width)))))
    return Drawn(pages, 0 if opened.format == "TIFF" else 1, more=opened.format == "TIFF")


def _smaller(picture: "Image", width: int) -> "Image":
    """Return a picture scaled to at most this width and twice this height; black and white becomes grey."""
    if picture.mode not in {"L", "LA", "RGB", "RGBA"}:
        picture = picture.convert(
            "RGBA" if picture.mode == "P" else "RGB" if picture.mode in {"CMYK", "YCbCr"} else "L"
        )
    ratio = min(1, width / picture.width, 2 * width / picture.height)
    size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
    return picture.resize(size, reducing_gap=2.0)


def _on_white(picture: "Image") -> "Image":
    """Return a picture in colours that WebP has, on white if it is transparent."""
    from PIL import Image

    if picture.mode not in {"RGBA", "LA"}:
        return picture
    clear = picture.convert("RGBA")
    white = Image.new("RGB", clear.size, "white")
    white.paste(clear, mask=clear.getchannel("A"))
    return white


def _page(picture: "Image", text: str = "") -> Page:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=2)
    return Page(out.getvalue(), picture.width, picture.height, text)


def _is_text(content: bytes) -> bool:
    return content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in content[:4096]


def _text(content: bytes) -> Drawn:
    start = content[: 4 * LONGEST]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = start.decode("utf_16", "replace")
    else:
        try:
            # The cut may go through a letter, which is left out; any other foreign byte means another encoding.
            text = codecs.getincrementaldecoder("utf_8_sig")().decode(start, final=len(start) == len(content))
        except UnicodeDecodeError:
            text = start.decode("cp1252", "replace")
    return Drawn(
        [], 0, _clean(text[:LONGEST].replace("\r\n", "\n")), more=len(text) > LONGEST or len(start) < len(content)
    )


def _clean(text: str) -> str:
    """Remove control characters, including those that change the writing direction."""
    return _UNPRINTABLE.sub("", text)
