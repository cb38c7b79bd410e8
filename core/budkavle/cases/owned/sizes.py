"""The largest file of a message: the limits of the installation, the organisation and the scanners."""

from uuid import UUID

from budkavle.accounts.message_settings import MEGABYTE, FileSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.cases.owned import screening
from budkavle.model.errors import Invalid, TooLarge
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.storage.platform import Platform

ENVELOPE = 10_000
"""The most bytes that a form has around its one file."""


def most_bytes(platform: Platform, organisation_id: UUID, name: str) -> int:
    """Return the largest file that an organisation may send.

    Raises:
        Invalid: The organisation does not allow files of this type.
    """
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        rules = read_settings(work, FileSettings)
    if not rules.allows(name):
        sentence = Sentence("{name} är av en filtyp som er organisation inte låter någon bifoga.", name=name)
        raise Invalid("Filen kan inte bifogas.", fields={"attachments": sentence})
    return min(most_of_installation(platform), rules.largest_mb * MEGABYTE)


def most_of_installation(platform: Platform) -> int:
    """Return the largest file that the installation and its scanners accept."""
    most = platform.settings.uploads.max_bytes
    return min(most, screening.most_bytes(platform) or most)


def check_length(platform: Platform, length: str) -> None:
    """Refuse a form with one file before it is read if it is larger than the installation and its scanners accept.

    Args:
        platform: The installation.
        length: The header `content-length`.

    Raises:
        TooLarge: It is larger.
    """
    size = int(length) - ENVELOPE if length.isascii() and length.isdecimal() else 0
    if size > most_of_installation(platform):
        raise too_large(Sentence("Filen"), most_of_installation(platform))


def too_large(name: str, most: int) -> TooLarge:
    """Return the error for a file that is too large."""
    sentence = Sentence(
        "{name} är större än {most} MB. Dela upp filen eller skicka den på annat sätt.",
        name=name,
        most=most // 1_000_000,
    )
    return TooLarge("Filen är för stor.", fields={"attachments": sentence})
