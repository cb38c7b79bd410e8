"""The job that makes packages, one after the other, and writes them directly to the store as encrypted files.

A finished package is one row and one file, written together; if a worker is killed, no part of its package is stored,
and the next worker starts the package again. Nothing is stored on disk in clear text, and no file is ever completely in
memory.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update

from budkavle import ActorScope, BudkavleError, Conflict, Host, Sentence, Temporary, Unavailable, record
from budkavle_records.archive.gather import gather
from budkavle_records.archive.package import writer
from budkavle_records.archive.store import FILES, MEDIA_TYPE, move
from budkavle_records.archive.tables import PackageState, packages

TRIES = 10
"""How many times a package is tried. A package that kills its worker each time must not block the others for ever."""
GAVE_UP = "Paketet kunde inte göras trots flera försök. Läs loggen, eller be den som driver installationen om hjälp."


@dataclass(frozen=True, slots=True)
class _Turn:
    """A package that a worker is working on."""

    organisation_id: UUID
    package_id: UUID
    case_id: UUID
    tries: int


class Making:
    """Makes the waiting packages of every organisation in turn.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def run(self) -> int:
        """Make one package for each organisation that has one waiting, and return how many; run as a job."""
        return self._host.platform.in_each_organisation(self._next, paused=False)

    def _next(self, organisation_id: UUID) -> int:
        turn = self._begin(organisation_id)
        if turn is None:
            return 0
        if turn.tries > TRIES:
            self._fail(turn, Sentence(GAVE_UP))
            return 1
        try:
            self._make(turn)
        except (Unavailable, Temporary):
            self._take_back(turn)
            raise
        except BudkavleError as error:
            self._host.log.warning("records.package_failed", error=type(error).__name__)
            with suppress(Conflict):  # another worker has made it in the meantime
                self._fail(turn, error.sentence)
        return 1

    def _begin(self, organisation_id: UUID) -> _Turn | None:
        """Take the package that has waited longest, and count the attempt before the package is made."""
        waiting = (
            packages.c.organisation_id == organisation_id,
            packages.c.state == PackageState.WAITING.value,
        )
        query = select(packages.c.id).where(*waiting).order_by(packages.c.tries, packages.c.position).limit(1)
        begun = (
            update(packages)
            .where(packages.c.organisation_id == organisation_id, packages.c.id == query.scalar_subquery())
            .values(tries=packages.c.tries + 1)
            .returning(packages.c.id, packages.c.case_id, packages.c.tries)
        )
        with self._host.transaction(organisation_id) as connection:
            row = connection.execute(begun).one_or_none()
        return _Turn(organisation_id, row.id, row.case_id, row.tries) if row else None

    def _take_back(self, turn: _Turn) -> None:
        """Undo the count of an attempt that failed for a reason outside the package."""
        this = (packages.c.organisation_id == turn.organisation_id, packages.c.id == turn.package_id)
        with self._host.transaction(turn.organisation_id) as connection:
            connection.execute(update(packages).where(*this).values(tries=packages.c.tries - 1))

    def _make(self, turn: _Turn) -> None:
        case, by = gather(self._host, turn.organisation_id, turn.case_id)
        package = writer.Package(turn.package_id, datetime.now(UTC))
        stream = _Hashing(writer.pieces(package, case, by))
        with self._host.work(self._host.system(turn.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
            file = FILES.keep(work, package.id, f"{package.name}.zip", MEDIA_TYPE, stream)
            sha256 = stream.hexdigest()
            with self._host.tables(work) as connection:
                values = {
                    "file_id": file.id,
                    "size": file.size,
                    "sha256": sha256,
                    "made_at": package.made_at,
                    "message_ids": [message.id for message in case.messages],
                }
                move(connection, turn.organisation_id, package.id, PackageState.MADE, **values)
            record(work, "records.package-made", turn.case_id, package=str(package.id), sha256=sha256)

    def _fail(self, turn: _Turn, sentence: str) -> None:
        with self._host.work(self._host.system(turn.organisation_id)) as work:
            with self._host.tables(work) as connection:
                failure = Sentence(sentence).to_text()
                move(connection, turn.organisation_id, turn.package_id, PackageState.FAILED, failure=failure)
            record(work, "records.package-failed", turn.case_id, package=str(turn.package_id))


class _Hashing:
    """Passes pieces on and adds them up to a checksum."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._digest.update(piece)
            yield piece

    def hexdigest(self) -> str:
        return self._digest.hexdigest()
