"""How much a person, and an organisation, may have in uploads without a message (ASVS 5.0, 2.4.1 and 5.2.6).

Uploads that are never sent are deleted after `uploads.keep_hours`, so this is also a daily limit.
"""

from typing import Final

from sqlalchemy import case, func, select

from budkavle.cases.owned import sizes, uploaders
from budkavle.model.errors import TooLarge
from budkavle.model.people import Actor
from budkavle.storage import locks
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import attachments

MINE: Final = (
    "Du har laddat upp filer på {megabytes} MB som inte är skickade, och fler får inte plats."
    " Skicka eller ta bort några av dem, eller försök igen i morgon."
)
OF_ALL: Final = (
    "I organisationen väntar uppladdade filer på {megabytes} MB som inte är skickade, och fler får inte plats."
    " Försök igen senare, eller säg till den som sköter Budkavle."
)


def most_bytes(platform: Platform, actor: Actor, name: str) -> int:
    """Return the most bytes that a file may have, if there is any space left; called before anything is read.

    Args:
        platform: The installation.
        actor: The user who uploads.
        name: The file's name.

    Raises:
        TooLarge: As for `require_room`.
    """
    with platform.work(actor) as work:
        _require(work, 1)
    return sizes.most_bytes(platform, actor.organisation_id, name)


def require_room(work: Work, size: int) -> None:
    """Require that there is space for an upload besides the waiting ones.

    Other uploads in the organisation wait until the transaction ends; it writes the row and is short. So uploads at the
    same moment are counted one after the other.

    Args:
        work: The uploader's unit of work.
        size: Bytes of the upload.

    Raises:
        TooLarge: The space of the person or of the organisation is used up; a system without an account has a
            person's space.
    """
    locks.one_at_a_time(work.connection, f"uploads {work.organisation_id}")
    _require(work, size)


def _require(work: Work, size: int) -> None:
    limits = work.platform.settings.uploads
    own_size = case((uploaders.is_of(work.actor), attachments.c.size), else_=0)
    query = select(func.coalesce(func.sum(own_size), 0), func.coalesce(func.sum(attachments.c.size), 0))
    waiting = (attachments.c.organisation_id == work.organisation_id, attachments.c.message_id.is_(None))
    own_bytes, all_bytes = work.connection.execute(query.where(*waiting)).one()
    if own_bytes + size > limits.waiting_bytes:
        raise TooLarge(MINE, megabytes=int(own_bytes) // 1_000_000)
    if all_bytes + size > limits.waiting_bytes_of_all:
        raise TooLarge(OF_ALL, megabytes=int(all_bytes) // 1_000_000)
