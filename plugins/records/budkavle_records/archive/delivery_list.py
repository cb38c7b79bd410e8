"""The list of a whole transfer: which package contains which case, its size, and its checksum."""

from collections.abc import Iterator
from uuid import UUID

from budkavle import Host, Work, write_csv
from budkavle_records.archive.store import StoredPackage, list_packages

BATCH = 500
HEADINGS = ("paket", "ärende", "storlek i byte", "sha-256", "status", "gjort", "kvittens")


def checksum_lines(host: Host, work: Work, transfer_id: UUID) -> Iterator[str]:
    """Yield a line for each package that has been made, in the format that `sha256sum --check` reads."""
    for package in _every(host, work, transfer_id):
        if package.sha256:
            yield f"{package.sha256}  {package.name}.zip\n"


def csv_list(host: Host, work: Work, transfer_id: UUID) -> bytes:
    """Return the list of a transfer as a CSV file."""
    rows: list[tuple[object, ...]] = [HEADINGS]
    rows += [
        (
            f"{package.name}.zip",
            package.case_number,
            package.size or "",
            package.sha256,
            package.state.value,
            package.made_at.isoformat(timespec="seconds") if package.made_at else "",
            package.answered_on.isoformat() if package.answered_on else "",
        )
        for package in _every(host, work, transfer_id)
    ]
    return write_csv(rows)


def _every(host: Host, work: Work, transfer_id: UUID) -> Iterator[StoredPackage]:
    offset = 0
    while page := list_packages(host, work, transfer_id, offset, BATCH):
        yield from page
        offset += len(page)
