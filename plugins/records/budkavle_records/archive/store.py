"""Reads rows of transfers and packages into objects, and has the one function that changes a package's state."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, update

from budkavle import Conflict, Host, NotFound, Sentence, Work
from budkavle.cases import OwnedFiles
from budkavle_records.archive.tables import ACTIVE, MOVES, UNANSWERED, PackageState, packages, transfers

FILES = OwnedFiles("records", limit=1 << 44)
"""Packages are stored under their own IDs, and so are the archive's receipts. 16 TiB is no limit in practice."""
MEDIA_TYPE = "application/zip"
GONE = "Leveransen finns inte."


@dataclass(frozen=True, slots=True)
class Transfer:
    """A delivery of packages to the archive.

    Attributes:
        number: The number that users see: 1, 2, 3 within the organisation.
        packages: How many packages it has.
        counts: How many of them are in each state.
        size: The total size in bytes of those that have been made.
        to_folder: Whether packages are also written to the installation's folder.
    """

    id: UUID
    number: int
    begun_at: datetime
    asked_by: str
    approved_by: str
    reason: str
    packages: int
    to_folder: bool
    counts: dict[PackageState, int]
    size: int

    def count(self, *states: PackageState) -> int:
        """Return how many packages are in any of the given states."""
        return sum(self.counts.get(state, 0) for state in states)


@dataclass(frozen=True, slots=True)
class StoredPackage:
    """A package of a transfer.

    Attributes:
        failure: Why it could not be made, as a sentence.
        answered_on: The day of the archive's receipt.
        answer: The archive's answer: its own number, or why it refuses.
        receipt_id: The file of the archive's receipt, if there is one.
    """

    id: UUID
    transfer_id: UUID
    position: int
    case_id: UUID
    case_number: str
    state: PackageState
    size: int
    sha256: str
    made_at: datetime | None
    failure: str
    delivered_at: datetime | None
    answered_on: date | None
    answered_by: str
    answer: str
    file_id: UUID | None
    receipt_id: UUID | None

    @property
    def name(self) -> str:
        """The name of its folder and of its file without the extension: `mets/@OBJID`."""
        return f"uuid-{self.id}"


def list_transfers(host: Host, work: Work, offset: int = 0, limit: int = 50) -> tuple[list[Transfer], int]:
    """Return a page of the transfers, the latest first, and the total number."""
    in_organisation = transfers.c.organisation_id == work.organisation_id
    query = select(transfers).where(in_organisation).order_by(transfers.c.number.desc()).offset(offset).limit(limit)
    with host.tables(work) as connection:
        rows = connection.execute(query).all()
        total = connection.execute(select(func.count()).select_from(transfers).where(in_organisation)).scalar_one()
        counts = _counts(connection, work.organisation_id, [row.id for row in rows])
    return [_transfer(work, row, counts) for row in rows], total


def find_transfer(host: Host, work: Work, transfer_id: UUID) -> Transfer:
    """Return one transfer.

    Raises:
        NotFound: There is no such transfer.
    """
    query = select(transfers).where(transfers.c.organisation_id == work.organisation_id, transfers.c.id == transfer_id)
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound(GONE)
        counts = _counts(connection, work.organisation_id, [transfer_id])
    return _transfer(work, row, counts)


def list_packages(
    host: Host, work: Work, transfer_id: UUID, offset: int = 0, limit: int = 50
) -> Sequence[StoredPackage]:
    """Return a page of the packages of a transfer, in order."""
    query = select(packages).where(
        packages.c.organisation_id == work.organisation_id, packages.c.transfer_id == transfer_id
    )
    with host.tables(work) as connection:
        rows = connection.execute(query.order_by(packages.c.position).offset(offset).limit(limit)).all()
    return [_package(work, row) for row in rows]


def find_package(host: Host, work: Work, package_id: UUID) -> StoredPackage:
    """Return one package.

    Raises:
        NotFound: There is no such package.
    """
    query = select(packages).where(packages.c.organisation_id == work.organisation_id, packages.c.id == package_id)
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("Paketet finns inte.")
    return _package(work, row)


def move(connection: Connection, organisation_id: UUID, package_id: UUID, new: PackageState, **values: Any) -> None:
    """Change a package's state, if its present state allows that.

    Args:
        connection: A connection to the plugin's tables.
        organisation_id: The organisation that owns the package.
        package_id: The package.
        new: The new state.
        **values: Other columns that change at the same time.

    Raises:
        Conflict: The change is not allowed from its present state.
    """
    old = [state.value for state, follow in MOVES.items() if new in follow]
    this = (packages.c.organisation_id == organisation_id, packages.c.id == package_id, packages.c.state.in_(old))
    if connection.execute(update(packages).where(*this).values(state=new.value, **values)).rowcount == 0:
        raise Conflict("Paketet har ändrats sedan sidan visades. Läs in sidan igen.")


def archived(host: Host, work: Work, case_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the given cases that the archive has: a receipt accepted a package of each.

    Args:
        host: The plugin's host.
        work: Work in the organisation that owns the cases.
        case_ids: The cases.

    Example:
        held = set(case_ids) - archived(host, work, case_ids)
    """
    return _cases_in(host, work, case_ids, (PackageState.ACCEPTED,))


def archived_whole(
    host: Host, work: Work, messages: Mapping[UUID, Collection[UUID]], last_at: Mapping[UUID, datetime]
) -> set[UUID]:
    """Return those of the given cases that the archive has in their present form, without messages added since.

    Args:
        host: The plugin's host.
        work: Work in the organisation that owns the cases.
        messages: The messages received in each case.
        last_at: When the last message of each case was received or sent.
    """
    of_cases = (packages.c.organisation_id == work.organisation_id, packages.c.case_id.in_(list(messages)))
    columns = (packages.c.case_id, packages.c.made_at, packages.c.message_ids)
    query = select(*columns).where(*of_cases, packages.c.state == PackageState.ACCEPTED.value)
    with host.tables(work) as connection:
        rows = connection.execute(query).all()
    return {
        row.case_id
        for row in rows
        if row.made_at is not None
        and last_at[row.case_id] <= row.made_at
        and set(messages[row.case_id]) <= set(row.message_ids or ())
    }


def in_transfer(host: Host, work: Work, case_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the given cases that are on their way: a package waits, or the archive has not answered."""
    return _cases_in(host, work, case_ids, UNANSWERED)


def already_chosen(host: Host, work: Work, case_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the given cases that are on their way or archived."""
    return _cases_in(host, work, case_ids, ACTIVE)


def _cases_in(host: Host, work: Work, case_ids: Collection[UUID], states: Sequence[PackageState]) -> set[UUID]:
    if not case_ids:
        return set()
    query = select(packages.c.case_id).where(
        packages.c.organisation_id == work.organisation_id,
        packages.c.case_id.in_(list(case_ids)),
        packages.c.state.in_([state.value for state in states]),
    )
    with host.tables(work) as connection:
        return set(connection.execute(query).scalars())


def _counts(connection: Connection, organisation_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    query = select(
        packages.c.transfer_id,
        packages.c.state,
        func.count().label("many"),
        func.coalesce(func.sum(packages.c.size), 0).label("size"),
    ).where(packages.c.organisation_id == organisation_id, packages.c.transfer_id.in_(ids))
    counts: dict[UUID, list[Any]] = {}
    for row in connection.execute(query.group_by(packages.c.transfer_id, packages.c.state)):
        counts.setdefault(row.transfer_id, []).append(row)
    return counts


def seal_text(work: Work, label: str, text: str) -> bytes:
    """Encrypt a text that a person has written about a transfer or a package."""
    return work.vault.seal_small(work.organisation_id, label, text.encode())


def _opened(work: Work, label: str, sealed: bytes | None) -> str:
    return work.vault.open_small(work.organisation_id, label, sealed).decode() if sealed else ""


def _transfer(work: Work, row: Row[Any], counts: dict[UUID, list[Any]]) -> Transfer:
    mine = counts.get(row.id, [])
    return Transfer(
        id=row.id,
        number=row.number,
        begun_at=row.begun_at,
        asked_by=row.asked_by,
        approved_by=row.approved_by,
        reason=_opened(work, f"records-transfer:{row.id}", row.reason),
        packages=row.packages,
        to_folder=row.to_folder,
        counts={PackageState(each.state): int(each.many) for each in mine},
        size=sum(int(each.size) for each in mine),
    )


def _package(work: Work, row: Row[Any]) -> StoredPackage:
    return StoredPackage(
        id=row.id,
        transfer_id=row.transfer_id,
        position=row.position,
        case_id=row.case_id,
        case_number=row.case_number,
        state=PackageState(row.state),
        size=row.size or 0,
        sha256=row.sha256 or "",
        made_at=row.made_at,
        failure=Sentence.from_stored(row.failure),
        delivered_at=row.delivered_at,
        answered_on=row.answered_on,
        answered_by=row.answered_by,
        answer=_opened(work, f"records-receipt:{row.id}", row.answer),
        file_id=row.file_id,
        receipt_id=row.receipt_id,
    )
