"""How much a person, and an organisation, may have uploaded that belongs to no message yet (ASVS 5.0, 2.4.1 and 5.2.6).

What is never sent goes after `uploads.keep_hours`, so this is also a limit for each day.
"""

from typing import Final

from sqlalchemy import case, func, select

from budkavle.cases.owned import sizes
from budkavle.model.errors import TooLarge
from budkavle.model.people import Actor
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
    """Return the most that a file may have, where there is room for any: it is asked before anything is read.

    Args:
        platform: The installation.
        actor: Who uploads.
        name: The file's name.

    Raises:
        TooLarge: As `require_room` does.
    """
    with platform.work(actor) as work:
        require_room(work, 1)
    return sizes.most_bytes(platform, actor.organisation_id, name)


def require_room(work: Work, size: int) -> None:
    """Let through an upload that there is room for beside what waits already.

    Uploads at the same moment do not see each other, so the limits may be passed by as many files as one may send at
    once.

    Args:
        work: Of who uploads.
        size: Bytes of the upload.

    Raises:
        TooLarge: The person's, or the organisation's, room is used up.
    """
    limits = work.platform.settings.uploads
    mine = case((attachments.c.uploaded_by == work.actor.user_id, attachments.c.size), else_=0)
    query = select(func.coalesce(func.sum(mine), 0), func.coalesce(func.sum(attachments.c.size), 0))
    waits = (attachments.c.organisation_id == work.organisation_id, attachments.c.message_id.is_(None))
    own, everybodys = work.connection.execute(query.where(*waits)).one()
    if own + size > limits.waiting_bytes:
        raise TooLarge(MINE, megabytes=int(own) // 1_000_000)
    if everybodys + size > limits.waiting_bytes_of_all:
        raise TooLarge(OF_ALL, megabytes=int(everybodys) // 1_000_000)
