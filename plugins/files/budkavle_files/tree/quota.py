"""How much space an owner's files take, and how much there is."""

from dataclasses import dataclass

from sqlalchemy import func, select

from budkavle import Conflict, Host, Work
from budkavle.accounts import read_settings
from budkavle_files.tables import uploads
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.sums import sums_of
from budkavle_files.tree.things import Owner

GIGABYTE = 10**9
MEGABYTE = 10**6
FULL = (
    "Utrymmet räcker inte: {used} {unit} av {most} GB används. Ta bort något och töm papperskorgen, eller be om mer"
    " utrymme."
)
FULL_IN_ALL = (
    "Organisationens utrymme för filer räcker inte: {used} {unit} av {most} GB används. Ta bort något och töm"
    " papperskorgen."
)


@dataclass(frozen=True, slots=True)
class Room:
    """The space of an owner, or of the whole organisation, in bytes.

    Attributes:
        used: The size of all versions, including those in the bin, and of unfinished uploads.
        most: The limit; 0 without one.
    """

    used: int
    most: int

    def holds(self, more: int) -> bool:
        """Tell whether there is space for this many more bytes."""
        return not self.most or self.used + more <= self.most


def room(host: Host, work: Work, owner: Owner | None = None) -> Room:
    """Return the space of an owner, or of the whole organisation."""
    subject_id = owner.id if owner else work.organisation_id
    coming = select(func.coalesce(func.sum(uploads.c.size), 0)).where(uploads.c.organisation_id == work.organisation_id)
    if owner is not None:
        coming = coming.where(uploads.c.owner_kind == owner.kind.value, uploads.c.owner_id == owner.id)
    used = sums_of(host, work, [subject_id])[subject_id].stored
    with host.tables(work) as connection:
        used += int(connection.execute(coming).scalar_one())
    settings = read_settings(work, FileSettings)
    return Room(used, (settings.quota if owner else settings.quota_in_all) * GIGABYTE)


def lock_room(host: Host, work: Work) -> None:
    """Lock reservations of space in the organisation until the transaction ends, so that no two take the same space."""
    with host.tables(work) as connection:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"files-room:{work.organisation_id}"))))


def require_room(host: Host, work: Work, owner: Owner, more: int) -> None:
    """Require space for this many more bytes.

    Raises:
        Conflict: There is too little; the sentence says how much is used.
    """
    if more <= 0:
        return
    for space, sentence in ((room(host, work, owner), FULL), (room(host, work), FULL_IN_ALL)):
        if not space.holds(more):
            unit, size = ("GB", GIGABYTE) if space.used >= GIGABYTE else ("MB", MEGABYTE)
            raise Conflict(sentence, used=round(space.used / size, 1), unit=unit, most=space.most // GIGABYTE)
