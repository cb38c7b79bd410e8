"""The logo of an organisation: an image that is decoded, checked and re-encoded, so that it contains nothing else.

It is shown to people who are not signed in, so it is not encrypted.
"""

import hashlib
from dataclasses import dataclass

from budkavle.accounts.permissions import require_admin
from budkavle.model.errors import Invalid
from budkavle.model.errors import TooLarge as TooMuch
from budkavle.plugins.bounded_process import Bounds, bounded
from budkavle.previews import logo_drawing
from budkavle.previews.logo_drawing import NOT_A_PICTURE, TOO_LARGE, TOO_SMALL
from budkavle.storage import audit
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work

MOST_BYTES = 2_000_000
"""The most bytes of an uploaded file."""
CONTENT_TYPE = "image/png"
SVG = "SVG-bilder kan innehålla program och tas inte emot. Spara logotypen som PNG."
SENTENCES = {NOT_A_PICTURE, TOO_LARGE, TOO_SMALL}
BOUNDS = Bounds(cpu=4, wall=15, memory=300_000_000, closed=True)
"""For the largest image, the child process has all pixels in memory twice, 64 MB each."""


class _Queries(QueryFile):
    find_logo: Statement
    store_logo: Statement
    remove_logo: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo as stored.

    Attributes:
        content: A PNG.
        version: The first characters of its SHA-256 checksum, used in its URL.
    """

    content: bytes
    version: str


def read_picture(content: bytes) -> Logo:
    """Decode an image in a sandboxed child process, and return it as a logo. Call it outside of any transaction.

    Args:
        content: The uploaded file.

    Raises:
        Invalid: It is not a PNG or JPEG, damaged, too large or too small; `fields` has the sentence at `logo`.
        Temporary: Too many files are being processed at the moment.
    """
    if len(content) > MOST_BYTES:
        raise _invalid(TOO_LARGE)
    if b"<svg" in content[:4_000].lower():
        raise _invalid(SVG)
    try:
        png = bounded(logo_drawing.draw, content, bounds=BOUNDS)
    except TooMuch as error:
        raise _invalid(TOO_LARGE) from error
    except Invalid as error:
        raise _invalid(error.message if error.message in SENTENCES else NOT_A_PICTURE) from error
    return Logo(png, hashlib.sha256(png).hexdigest()[:16])


def set_logo(work: Work, logo: Logo) -> None:
    """Store the organisation's logo, as returned by `read_picture`.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
    """
    require_admin(work.actor)
    values = {"organisation": work.organisation_id, "content": logo.content, "version": logo.version}
    QUERIES.store_logo.enqueue(work.connection, values)
    audit.record(work, "organisation.logo-changed", work.organisation_id, sha256=logo.version)


def remove_logo(work: Work) -> None:
    """Delete the logo, if there is one.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
    """
    require_admin(work.actor)
    if QUERIES.remove_logo.all(work.connection, {"organisation": work.organisation_id}):
        audit.record(work, "organisation.logo-removed", work.organisation_id)


def find_logo(work: Work) -> Logo | None:
    """Return the organisation's logo, for any actor; None if it has none."""
    row = QUERIES.find_logo.one_or_none(work.connection, {"organisation": work.organisation_id})
    return Logo(bytes(row.content), row.version) if row else None


def _invalid(sentence: str) -> Invalid:
    return Invalid("Logotypen kunde inte sparas.", fields={"logo": sentence})
