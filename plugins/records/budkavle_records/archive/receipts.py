"""The archive's receipts for packages. An accepted case is archived, and its package is removed some days later."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from budkavle import Host, Invalid, Work, record
from budkavle.accounts import read_settings, require_admin
from budkavle_records.archive.package.xml_parts import LOCAL
from budkavle_records.archive.settings import ArchiveSettings
from budkavle_records.archive.store import FILES, StoredPackage, find_package, find_transfer, move, seal_text
from budkavle_records.archive.tables import PackageState, packages

LONGEST = 2000
BATCH = 200
ANSWERED = (PackageState.ACCEPTED, PackageState.REFUSED)


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """The archive's receipt as a file."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ArchiveReceipt:
    """The archive's answer about packages.

    Attributes:
        accepted: Whether the archive accepts them.
        day: The day of the receipt.
        text: The archive's own number for what it accepted, or the reason for its refusal.
        file: The receipt itself, if there is a file.
    """

    accepted: bool
    day: date
    text: str = ""
    file: ReceiptFile | None = None


def note_receipt(host: Host, work: Work, package_id: UUID, receipt: ArchiveReceipt) -> None:
    """Store the archive's answer about one package; a later receipt with the opposite answer corrects an earlier one.

    A receipt with the same answer changes nothing, except that its file is kept if there is none yet.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is an administrator of the organisation.
        package_id: The package.
        receipt: The archive's answer.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
        NotFound: There is no such package.
        Invalid: The archive refuses without a reason, or the day is in the future.
        Conflict: The package has not been made.
    """
    require_admin(work.actor)
    _check(receipt)
    _note(host, work, find_package(host, work, package_id), receipt)


def note_for_all(host: Host, work: Work, transfer_id: UUID, receipt: ArchiveReceipt) -> int:
    """Store the archive's answer about all packages of a transfer that it has not answered for.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is an administrator of the organisation.
        transfer_id: The transfer.
        receipt: The archive's answer.

    Returns:
        The number of packages.

    Raises:
        Forbidden: As for `note_receipt`; the same applies to Invalid.
        NotFound: There is no such transfer.
    """
    require_admin(work.actor)
    _check(receipt)
    find_transfer(host, work, transfer_id)
    made = (packages.c.transfer_id == transfer_id, packages.c.state == PackageState.MADE.value)
    with host.tables(work) as connection:
        query = select(packages.c.id).where(packages.c.organisation_id == work.organisation_id, *made)
        ids = list(connection.execute(query.order_by(packages.c.position)).scalars())
    for package_id in ids:
        _note(host, work, find_package(host, work, package_id), receipt)
    return len(ids)


def _check(receipt: ArchiveReceipt) -> None:
    faults = {}
    if not receipt.accepted and not receipt.text.strip():
        faults["text"] = "Skriv varför arkivet inte tar emot."
    if len(receipt.text) > LONGEST:
        faults["text"] = "Skriv högst 2 000 tecken."
    if receipt.day > datetime.now(LOCAL).date():
        faults["day"] = "Dagen har inte varit än."
    if faults:
        raise Invalid("Kvittensen kunde inte sparas.", fields=faults)


def _note(host: Host, work: Work, package: StoredPackage, receipt: ArchiveReceipt) -> None:
    new = PackageState.ACCEPTED if receipt.accepted else PackageState.REFUSED
    if new is package.state and (receipt.file is None or package.receipt_id is not None):
        return  # the first one applies
    file_id = _keep(work, package.id, receipt.file)
    if new is package.state:
        _add_file(host, work, package, file_id)
        return
    values = {
        "answered_on": receipt.day,
        "answered_at": func.now(),
        "answered_by": work.actor.name,
        "answer": seal_text(work, f"records-receipt:{package.id}", receipt.text.strip()),
        "receipt_id": file_id or package.receipt_id,
    }
    with host.tables(work) as connection:
        move(connection, work.organisation_id, package.id, new, **values)
    if file_id and package.receipt_id:
        FILES.destroy(work, package.receipt_id)
    kind = "records.archive-accepted" if receipt.accepted else "records.archive-refused"
    record(work, kind, package.case_id, package=str(package.id), day=receipt.day.isoformat())


def _add_file(host: Host, work: Work, package: StoredPackage, file_id: UUID | None) -> None:
    """Add the file to a receipt that was stored without one."""
    this = (packages.c.organisation_id == work.organisation_id, packages.c.id == package.id)
    with host.tables(work) as connection:
        connection.execute(update(packages).where(*this).values(receipt_id=file_id))
    record(work, "records.receipt-added", package.case_id, package=str(package.id))


def _keep(work: Work, package_id: UUID, file: ReceiptFile | None) -> UUID | None:
    if file is None:
        return None
    return FILES.keep(work, package_id, file.name, file.content_type, _pieces(file.content)).id


def _pieces(content: bytes) -> Iterable[bytes]:
    yield content


class Clearing:
    """Removes packages some days after the archive's receipt.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def run(self) -> int:
        """Remove the packages that are due in every organisation, and return how many; run as a job."""
        return self._host.platform.in_each_organisation(self._clear, paused=False)

    def _clear(self, organisation_id: UUID) -> int:
        with self._host.work(self._host.system(organisation_id)) as work:
            days = read_settings(work, ArchiveSettings).keep_days
            due = (
                packages.c.organisation_id == organisation_id,
                packages.c.state.in_([state.value for state in ANSWERED]),
                packages.c.file_id.is_not(None),
                packages.c.answered_at < datetime.now(UTC) - timedelta(days=days),
            )
            with self._host.tables(work) as connection:
                rows = connection.execute(
                    select(packages.c.id, packages.c.file_id, packages.c.case_id).where(*due).limit(BATCH)
                ).all()
                these_packages = packages.c.id.in_([row.id for row in rows])
                this_organisation = packages.c.organisation_id == organisation_id
                connection.execute(update(packages).where(this_organisation, these_packages).values(file_id=None))
            FILES.destroy(work, *(row.file_id for row in rows))
            for row in rows:
                record(work, "records.package-removed", row.case_id, package=str(row.id))
        return len(rows)
