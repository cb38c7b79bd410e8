"""The loft: the folders that pigeons leave from and come home to, and the book of their flights."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from budkavle import ActorScope, Host, Work, record
from budkavle.approvals import ApprovalRequest
from budkavle.cases import OwnedFiles
from budkavle.storage import EventLog, LogStamp

_BOOKED = text(
    "INSERT INTO pigeon_flights (organisation_id, delivery_id, bird) VALUES (:organisation, :delivery, :bird)"
    " ON CONFLICT DO NOTHING"
)
_CULL = text("DELETE FROM pigeon_flights WHERE organisation_id = :organisation")
_COUNT = text("SELECT count(*) FROM pigeon_flights")
_FORGET = text("DELETE FROM pigeon_flights WHERE delivery_id = :delivery")


class Loft:
    """One installation's loft; folders are made when first needed."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.photos = OwnedFiles("pigeon")

    @property
    def birds(self) -> int:
        """How many pigeons there are."""
        birds: int = self._host.settings.birds
        return birds

    def folder(self, name: str) -> Path:
        """Return `in` or `out`."""
        folder = (self._host.settings.loft or self._host.data / "loft") / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def let_fly(self, delivery_id: UUID, wire: bytes) -> None:
        """Put a letter out; the same letter again is the same file."""
        (self.folder("out") / f"{delivery_id}.json").write_bytes(wire)

    def arrivals(self, ending: str) -> list[Path]:
        """Return what has come home, in order."""
        return sorted(self.folder("in").glob(f"*{ending}"))

    def book(self, organisation_id: UUID, delivery_id: UUID) -> None:
        """Write a flight into the book, once."""
        bird = delivery_id.int % self.birds
        with self._host.work(self._host.system(organisation_id)) as work:
            values = {"organisation": organisation_id, "delivery": delivery_id, "bird": bird}
            with self._host.tables(work) as connection:
                is_new = connection.execute(_BOOKED, values).rowcount > 0
            if is_new:
                record(work, "pigeon.flown", delivery_id, bird=bird)

    def flights(self, organisation_id: UUID) -> int:
        """Count an organisation's flights."""
        with self._host.transaction(organisation_id) as connection:
            return int(connection.execute(_COUNT).scalar_one())

    def flights_by_day(self, organisation_id: UUID, since: date, until: date) -> dict[date, int]:
        """Count an organisation's flights by day, from the event log."""
        with self._host.work(self._host.system(organisation_id, ActorScope.READ)) as work:
            return {count.day: count.count for count in EventLog(work).days(["pigeon.flown"], since, until)}

    def photograph(self, work: Work, delivery_id: UUID, chunks: Iterable[bytes]) -> UUID:
        """Keep a photo of a flight, sealed; returns its id."""
        return self.photos.keep(work, delivery_id, "landing.jpg", "image/jpeg", chunks).id

    def change_rings(self, organisation_id: UUID) -> None:
        """Let no pigeon in by its old ring: rings open nothing here."""

    def stamps(self, organisation_id: UUID) -> list[LogStamp]:
        """Return the stamps of an organisation's log: pigeons carry none."""
        return []

    def cases_of_ring(self, work: Work, number: str) -> list[UUID]:
        """Return the cases that a ring's number stands for: rings stand for pigeons, and for no case."""
        return []

    def forget_all(self, organisation_id: UUID, delivery_ids: Iterable[UUID]) -> None:
        """Take the flights of letters that have been destroyed out of the book; to be done again does no harm."""
        with self._host.work(self._host.system(organisation_id)) as work:
            for delivery_id in delivery_ids:
                self.forget(work, delivery_id)

    def cull(self, work: Work, request: ApprovalRequest) -> None:
        """Empty the book of flights of an organisation, once a second administrator has said yes."""
        with self._host.tables(work) as connection:
            gone = connection.execute(_CULL, {"organisation": request.organisation_id}).rowcount
        record(work, "pigeon.culled", request.id, flights=gone)

    def forget(self, work: Work, delivery_id: UUID) -> None:
        """Take a flight out of the book, and its photos with it."""
        with self._host.tables(work) as connection:
            connection.execute(_FORGET, {"delivery": delivery_id})
        self.photos.destroy_all(work, delivery_id)


def letter(content: Mapping[str, Any]) -> bytes:
    """Write a letter."""
    return json.dumps(content, ensure_ascii=False).encode()
