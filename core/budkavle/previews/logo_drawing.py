"""The child's part of reading a logo: a picture is checked and written as a new PNG. Called by `organisation.logos`."""

import io
import warnings
from typing import TYPE_CHECKING, Final

from budkavle.model.errors import Invalid

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS: Final = 4_000
"""The greatest width and height of the chosen file."""
LEAST_PIXELS: Final = 16
SIDE: Final = 320
"""The greatest width and height of the stored logo: enough for 40 pixels on a dense screen, and for paper."""
NOT_A_PICTURE: Final = "Filen är ingen bild som går att använda. Välj en PNG- eller JPEG-bild."
TOO_LARGE: Final = "Bilden är för stor. Den får vara högst 2 MB och 4 000 × 4 000 bildpunkter."
TOO_SMALL: Final = "Bilden är för liten. Den ska vara minst 16 × 16 bildpunkter."


def warm_up() -> None:
    """Import all that reading and writing needs: a closed child imports nothing."""
    from PIL import Image

    Image.init()  # a JPEG's metadata is read by the TIFF reader
    for kind in ("JPEG", "PNG"):
        written = io.BytesIO()
        _new((LEAST_PIXELS, LEAST_PIXELS)).convert("RGB").save(written, kind)
        draw(written.getvalue())


def draw(content: bytes) -> bytes:
    """Return a picture as a new PNG, without anything but the pixels.

    Raises:
        Invalid: It is not a PNG or JPEG, or is damaged, too large or too small.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Only these two decoders see the bytes; the size is known from the header, before anything is unpacked.
            picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
            if max(picture.size) > MOST_PIXELS:
                raise Invalid(TOO_LARGE)
            if min(picture.size) < LEAST_PIXELS:
                raise Invalid(TOO_SMALL)
            return _written(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Invalid(TOO_LARGE) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise Invalid(NOT_A_PICTURE) from error


def _written(picture: "Image") -> bytes:
    from PIL.Image import Resampling

    whole = picture.convert("RGBA")
    whole.thumbnail((SIDE, SIDE), Resampling.LANCZOS)
    # A new picture, without comments, colour profiles and other chunks of the file.
    clean = _new(whole.size)
    clean.paste(whole)
    written = io.BytesIO()
    clean.save(written, "PNG", optimize=True)
    return written.getvalue()


def _new(size: tuple[int, int]) -> "Image":
    from PIL import Image

    return Image.new("RGBA", size)
