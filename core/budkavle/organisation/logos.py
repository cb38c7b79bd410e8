"""The logo of an organisation: a picture that is read, judged and written anew, so that nothing else comes along.

It is shown to people who are not signed in, so it lies in clear.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from budkavle.accounts.permissions import require_admin
from budkavle.model.errors import Invalid
from budkavle.storage import audit
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work

MOST_BYTES = 2_000_000
"""Of the file that is chosen."""
MOST_PIXELS = 4_000
"""The greatest width and height of the file that is chosen."""
LEAST_PIXELS = 16
SIDE = 320
"""The greatest width and height of what is kept: enough for 40 pixels on a dense screen, and for paper."""
CONTENT_TYPE = "image/png"
NOT_A_PICTURE = "Filen är ingen bild som går att använda. Välj en PNG- eller JPEG-bild."
SVG = "SVG-bilder kan innehålla program och tas inte emot. Spara logotypen som PNG."
TOO_LARGE = "Bilden är för stor. Den får vara högst 2 MB och 4 000 × 4 000 bildpunkter."
TOO_SMALL = "Bilden är för liten. Den ska vara minst 16 × 16 bildpunkter."


class _Queries(QueryFile):
    find_logo: Statement
    store_logo: Statement
    remove_logo: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo as it is kept.

    Attributes:
        content: A PNG.
        version: The first letters of its SHA-256, which stand in its address.
    """

    content: bytes
    version: str


def read_picture(content: bytes) -> bytes:
    """Return a picture as a PNG of ours, without anything that its file had beside the pixels.

    Args:
        content: The file as it was sent.

    Raises:
        Invalid: It is no PNG or JPEG, damaged, too large or too small; `fields` has the sentence at `logo`.
    """
    if len(content) > MOST_BYTES:
        raise _invalid(TOO_LARGE)
    if b"<svg" in content[:4_000].lower():
        raise _invalid(SVG)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Only these two decoders see the bytes; the size is known from the header, before anything is unpacked.
            picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
            if max(picture.size) > MOST_PIXELS:
                raise _invalid(TOO_LARGE)
            if min(picture.size) < LEAST_PIXELS:
                raise _invalid(TOO_SMALL)
            return _written(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _invalid(TOO_LARGE) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise _invalid(NOT_A_PICTURE) from error


def set_logo(work: Work, content: bytes) -> Logo:
    """Keep a picture as the organisation's logo.

    Args:
        work: The unit of work.
        content: The file as it was sent, PNG or JPEG.

    Raises:
        Forbidden: The actor does not administer the organisation.
        Invalid: As `read_picture`.
    """
    require_admin(work.actor)
    png = read_picture(content)
    logo = Logo(png, hashlib.sha256(png).hexdigest()[:16])
    values = {"organisation": work.organisation_id, "content": logo.content, "version": logo.version}
    QUERIES.store_logo.enqueue(work.connection, values)
    audit.record(work, "organisation.logo-changed", work.organisation_id, sha256=logo.version)
    return logo


def remove_logo(work: Work) -> None:
    """Take the logo away; nothing happens where there is none.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    require_admin(work.actor)
    if QUERIES.remove_logo.all(work.connection, {"organisation": work.organisation_id}):
        audit.record(work, "organisation.logo-removed", work.organisation_id)


def find_logo(work: Work) -> Logo | None:
    """Return the organisation's logo, for anybody; None where it has none."""
    row = QUERIES.find_logo.one_or_none(work.connection, {"organisation": work.organisation_id})
    return Logo(bytes(row.content), row.version) if row else None


def _written(picture: Image.Image) -> bytes:
    whole = picture.convert("RGBA")
    whole.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    # A new picture: comments, colour profiles and other chunks of the file stay behind.
    clean = Image.new("RGBA", whole.size)
    clean.paste(whole)
    written = io.BytesIO()
    clean.save(written, "PNG", optimize=True)
    return written.getvalue()


def _invalid(sentence: str) -> Invalid:
    return Invalid("Logotypen kunde inte sparas.", fields={"logo": sentence})
