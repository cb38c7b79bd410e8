"""How much room an owner's files take, and how much there is."""

from dataclasses import dataclass

from sqlalchemy import func, select

from budkavle import Conflict, Host, Work
from budkavle.accounts import read_settings
from budkavle_files.tables import entries
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.things import Owner

GIGABYTE = 10**9
FULL = "Utrymmet är slut: {used} GB av {most} GB används. Ta bort något och töm papperskorgen, eller be om mer utrymme."


@dataclass(frozen=True, slots=True)
class Room:
    """The room of an owner in bytes.

    Attributes:
        used: What all versions take, also of what is in the bin.
        most: What there is; 0 without a limit.
    """

    used: int
    most: int


def room(host: Host, work: Work, owner: Owner) -> Room:
    """Return the room of an owner."""
    query = select(func.coalesce(func.sum(entries.c.stored), 0)).where(
        entries.c.organisation_id == work.organisation_id,
        entries.c.owner_kind == owner.kind.value,
        entries.c.owner_id == owner.id,
    )
    with host.tables(work) as connection:
        used = int(connection.execute(query).scalar_one())
    return Room(used, read_settings(work, FileSettings).quota * GIGABYTE)


def require_room(host: Host, work: Work, owner: Owner, more: int) -> None:
    """Require that so many bytes more have room.

    Raises:
        Conflict: They have not; the sentence says how much is used.
    """
    if more <= 0:
        return
    left = room(host, work, owner)
    if left.most and left.used + more > left.most:
        raise Conflict(FULL, used=round(left.used / GIGABYTE, 1), most=left.most // GIGABYTE)
