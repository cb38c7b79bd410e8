"""Creates a PDF from pictures of paper. It runs in a sandboxed child process, because the pictures are untrusted."""

import io
from dataclasses import dataclass

import img2pdf
from PIL import Image, ImageOps

from budkavle import Invalid

A4 = (img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297))
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2_340
"""Pixels: A4 at 200 per inch, at which small print is legible."""
QUALITY = 80
LEAST = 0.1
"""Fraction of a side that must remain."""
NO_PICTURE = "Sida {number} är ingen bild som går att använda. Ta bilden igen, som JPEG eller PNG."
CUT_AWAY = "Av sida {number} är nästan allt bortskuret. Flytta kanterna och försök igen."
NO_PAGES = "Ta minst en bild."


@dataclass(frozen=True)
class Cut:
    """How much of a picture is cropped at each edge, in hundredths of its side; `turns` are quarters to the right."""

    top: int = 0
    right: int = 0
    bottom: int = 0
    left: int = 0
    turns: int = 0


def warm_up() -> None:
    """Load what pictures need, before the child process is sandboxed."""
    Image.init()
    for form in FORMATS:
        picture, made = Image.new("RGB", (8, 8)), io.BytesIO()
        picture.save(made, form)
        Image.open(io.BytesIO(made.getvalue())).load()
    pages_to_pdf([_as_jpeg(Image.new("RGB", (8, 8)))], [])


def pages_to_pdf(pictures: list[bytes], cuts: list[Cut]) -> bytes:
    """Return a PDF with a page for each picture, in order.

    Args:
        pictures: JPEG, PNG or WebP.
        cuts: The crop of each picture; a missing one means no crop.

    Raises:
        Invalid: There is no picture, or one of them is invalid.
    """
    if not pictures:
        raise Invalid(NO_PAGES)
    padded = [*cuts, *[Cut()] * (len(pictures) - len(cuts))]
    pages = [
        _page(picture, cut, number) for number, (picture, cut) in enumerate(zip(pictures, padded, strict=False), 1)
    ]
    made = img2pdf.convert(pages, layout_fun=img2pdf.get_layout_fun(A4, auto_orient=True), nodate=True)
    if made is None:
        raise TypeError("img2pdf did not return the document")
    return bytes(made)


def _page(content: bytes, cut: Cut, number: int) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Invalid(NO_PICTURE, number=number)
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Invalid(NO_PICTURE, number=number) from error
    cropped = upright.crop(_box(upright, cut, number)).rotate(-90 * (cut.turns % 4), expand=True)
    cropped.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return _as_jpeg(cropped)


def _box(picture: Image.Image, cut: Cut, number: int) -> tuple[int, int, int, int]:
    edges = [max(0, min(edge, 100)) / 100 for edge in (cut.left, cut.top, cut.right, cut.bottom)]
    left, top, right, bottom = edges
    if left + right > 1 - LEAST or top + bottom > 1 - LEAST:
        raise Invalid(CUT_AWAY, number=number)
    width, height = picture.size
    box = (round(width * left), round(height * top), round(width * (1 - right)), round(height * (1 - bottom)))
    return box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1)


def _as_jpeg(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=QUALITY)  # without the camera's metadata: place, time, device
    return made.getvalue()
