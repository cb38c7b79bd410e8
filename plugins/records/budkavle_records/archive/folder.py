"""Writes packages to a folder named in the installation's settings, for an archive that fetches them from there.

They are stored there in clear text: the operator of the installation has decided that. Each one is written under
another name first, so that nobody ever fetches half a package; a list with all the checksums is written last.
"""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select, update

from budkavle import ActorScope, Host, Temporary, Work, record
from budkavle.accounts import find_organisation
from budkavle_records.archive.delivery_list import checksum_lines
from budkavle_records.archive.store import FILES, Transfer, find_package, find_transfer
from budkavle_records.archive.tables import PackageState, packages, transfers

LIST = "SHA256SUMS"


class HandingOver:
    """Writes the packages of the transfers that use the folder to the installation's folder.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def run(self) -> int:
        """Write one package for each organisation that has one waiting, and return how many; run as a job."""
        base: Path | None = self._host.settings.archive_folder
        if base is None:
            return 0
        return self._host.platform.in_each_organisation(partial(self._next, base), paused=False)

    def _next(self, base: Path, organisation_id: UUID) -> int:
        with self._host.work(self._host.system(organisation_id, ActorScope.READ)) as work:
            package_id = self._waiting(work)
            if package_id is None:
                return 0
            package = find_package(self._host, work, package_id)
            transfer = find_transfer(self._host, work, package.transfer_id)
            folder = base / find_organisation(work).slug / f"leverans-{transfer.number}"
            pieces = FILES.open(work, package.file_id) if package.file_id else iter(())
        _write(folder / f"{package.name}.zip", pieces)
        with self._host.work(self._host.system(organisation_id, ActorScope.READ)) as work:
            with self._host.tables(work) as connection:
                this = (packages.c.organisation_id == organisation_id, packages.c.id == package_id)
                connection.execute(update(packages).where(*this).values(delivered_at=func.now()))
            record(work, "records.package-delivered", package.case_id, package=str(package.id))
            if self._is_last(work, transfer):
                _write(folder / LIST, (line.encode() for line in checksum_lines(self._host, work, transfer.id)))
        return 1

    def _waiting(self, work: Work) -> UUID | None:
        query = (
            select(packages.c.id)
            .join(
                transfers,
                (transfers.c.organisation_id == packages.c.organisation_id)
                & (transfers.c.id == packages.c.transfer_id),
            )
            .where(
                packages.c.organisation_id == work.organisation_id,
                transfers.c.to_folder,
                packages.c.state == PackageState.MADE.value,
                packages.c.delivered_at.is_(None),
            )
        )
        with self._host.tables(work) as connection:
            return connection.execute(query.order_by(transfers.c.number, packages.c.position).limit(1)).scalar()

    def _is_last(self, work: Work, transfer: Transfer) -> bool:
        """Tell whether no package of a transfer is waiting to be made or written."""
        unwritten = (packages.c.delivered_at.is_(None)) & (packages.c.state == PackageState.MADE.value)
        query = select(func.count()).where(
            packages.c.organisation_id == work.organisation_id,
            packages.c.transfer_id == transfer.id,
            unwritten | (packages.c.state == PackageState.WAITING.value),
        )
        with self._host.tables(work) as connection:
            return connection.execute(query).scalar_one() == 0


def _write(path: Path, pieces: Iterator[bytes]) -> None:
    """Write a file completely or not at all; writing it again gives the same file."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        with part.open("wb") as stream:
            for piece in pieces:
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise Temporary("Mappen för leveranser till arkiv går inte att skriva i.") from error
