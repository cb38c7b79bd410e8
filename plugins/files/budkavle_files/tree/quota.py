"""How much room an owner's files take, and how much there is."""

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
    """The room of an owner, or of the whole organisation, in bytes.

    Attributes:
        used: What all versions take, also of what is in the bin, and what uploads on their way will take.
        most: What there is; 0 without a limit.
    """

    used: int
    most: int

    def holds(self, more: int) -> bool:
        """Tell whether so many bytes more have room."""
        return not self.most or self.used + more <= self.most


def room(host: Host, work: Work, owner: Owner | None = None) -> Room:
    """Return the room of an owner, or of the whole organisation."""
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
    """Let nobody else of the organisation reserve room until the transaction ends: two would take the same."""
    with host.tables(work) as connection:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"files-room:{work.organisation_id}"))))


def require_room(host: Host, work: Work, owner: Owner, more: int) -> None:
    """Require that so many bytes more have room.

    Raises:
        Conflict: They have not; the sentence says how much is used.
    """
    if more <= 0:
        return
    for space, sentence in ((room(host, work, owner), FULL), (room(host, work), FULL_IN_ALL)):
        if not space.holds(more):
            unit, size = ("GB", GIGABYTE) if space.used >= GIGABYTE else ("MB", MEGABYTE)
            raise Conflict(sentence, used=round(space.used / size, 1), unit=unit, most=space.most // GIGABYTE)
