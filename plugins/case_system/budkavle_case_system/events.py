"""Which deliveries there are: a job reads the event log on from where it was, so nothing is left out or made twice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from budkavle import ActorScope, Conflict, Host, MailboxKind, Work
from budkavle.accounts import all_organisations, find_mailbox, mailbox_exists, read_settings
from budkavle.storage import EventEntry, EventLog, NewEntry, enqueue
from budkavle_case_system.settings import BOTH, CLOSED, RECEIVED, DeliverySettings
from budkavle_case_system.tables import cursors, deliveries

BATCH: Final = 500
QUEUE: Final = "case_system.deliveries"
WEBHOOK, FOLDER = "webhook", "folder"
WAITING, DELIVERED, ACKNOWLEDGED, FAILED, PASSED = "waiting", "delivered", "acknowledged", "failed", "passed"
OPENED, ARRIVED, ANSWERED, CASE_CLOSED, REGISTRATION = (
    "case.opened",
    "message.received",
    "message.sent",
    "case.closed",
    "registration.wanted",
)
_NEW_CASE = {"address", "default"}
"""How `message.received` says that no case was there before (`placed`)."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a case system may want to know."""

    kind: str
    case_id: UUID
    message_id: UUID | None


class Events:
    """Makes the deliveries of every organisation.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def run(self) -> int:
        """Read what has happened in every organisation; a job. Returns how many deliveries were made."""
        everybody = self._host.system(None, ActorScope.INSTALLATION)
        return sum(self.read(each.id) for each in all_organisations(self._host.platform, everybody))

    def read(self, organisation_id: UUID) -> int:
        """Read what has happened in one organisation."""
        made, more = 0, True
        while more:
            number, more = self._batch(organisation_id)
            made += number
        return made

    def _batch(self, organisation_id: UUID) -> tuple[int, bool]:
        with self._host.work(self._host.system(organisation_id, ActorScope.READ)) as work:
            log, place = EventLog(work), self._place(work)
            if place is None:
                row = {"organisation_id": organisation_id, "number": log.last_number()}
                with self._host.tables(work) as connection:
                    connection.execute(insert(cursors).values(row).on_conflict_do_nothing())
                return 0, False
            entries = log.read_on(place, BATCH)
            if not entries:
                return 0, False
            chosen = _Chosen(work)
            rows = [row for entry in entries for row in _rows(work, chosen, entry)]
            self._store(work, rows, place, entries[-1].number)
        return len(rows), len(entries) == BATCH

    def _place(self, work: Work) -> int | None:
        with self._host.tables(work) as connection:
            query = select(cursors.c.number).where(cursors.c.organisation_id == work.organisation_id)
            return connection.execute(query).scalar_one_or_none()

    def _store(self, work: Work, rows: list[dict[str, Any]], before: int, after: int) -> None:
        here = (cursors.c.organisation_id == work.organisation_id, cursors.c.number == before)
        with self._host.tables(work) as connection:
            if connection.execute(update(cursors).where(*here).values(number=after)).rowcount != 1:
                raise Conflict("Ett annat arbete har redan läst händelseloggen hit.")
            if rows:
                connection.execute(insert(deliveries), rows)
        for row in rows:
            queue_up(work, row["id"], row["round"])


def queue_up(work: Work, delivery_id: UUID, round_: int) -> None:
    """Put a delivery into the outbox, for one round of tries."""
    key = f"{delivery_id}:{round_}"
    enqueue(work, NewEntry(QUEUE, key.encode(), key=key))


class _Chosen:
    """The settings of the mailboxes of a batch, each asked for once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._settings: dict[UUID, DeliverySettings | None] = {}

    def of(self, mailbox_id: UUID) -> DeliverySettings | None:
        if mailbox_id not in self._settings:
            chosen = read_settings(self._work, DeliverySettings, mailbox_id=mailbox_id)
            self._settings[mailbox_id] = chosen if self._is_shared(mailbox_id) else None
        return self._settings[mailbox_id]

    def _is_shared(self, mailbox_id: UUID) -> bool:
        """Tell whether it is a function mailbox in use: what comes to a person's own inbox is handed to nobody."""
        there = mailbox_exists(self._work, mailbox_id)
        return there and find_mailbox(self._work, mailbox_id).mailbox.kind is MailboxKind.FUNCTION


def _rows(work: Work, chosen: _Chosen, entry: EventEntry) -> Iterator[dict[str, Any]]:
    happenings = _happenings(entry)
    settings = chosen.of(UUID(str(entry.facts["mailbox"]))) if happenings else None
    if settings is None:
        return
    for happening in happenings:
        for way in _ways(settings, happening.kind):
            yield {
                "organisation_id": work.organisation_id,
                "id": uuid4(),
                "way": way,
                "kind": happening.kind,
                "mailbox_id": UUID(str(entry.facts["mailbox"])),
                "case_id": happening.case_id,
                "message_id": happening.message_id,
                "happened_at": entry.at,
                "state": WAITING,
                "round": 1,
                "tries": 0,
                "fault": "",
                "place": "",
            }


def _happenings(entry: EventEntry) -> list[Happening]:
    facts: Mapping[str, Any] = entry.facts
    if entry.thing is None or "mailbox" not in facts:
        return []
    if entry.kind == CASE_CLOSED:
        return [Happening(CASE_CLOSED, UUID(entry.thing), None)]
    if "case" not in facts or entry.kind not in {ARRIVED, ANSWERED, "records.registration-wanted"}:
        return []
    case_id, message_id = UUID(str(facts["case"])), UUID(entry.thing)
    kind = REGISTRATION if entry.kind == "records.registration-wanted" else entry.kind
    opened = [Happening(OPENED, case_id, message_id)] if kind == ARRIVED and facts.get("placed") in _NEW_CASE else []
    return [*opened, Happening(kind, case_id, message_id)]


def _ways(settings: DeliverySettings, kind: str) -> Iterator[str]:
    tells = {
        OPENED: settings.tells_opened,
        ARRIVED: settings.tells_received,
        ANSWERED: settings.tells_sent,
        CASE_CLOSED: settings.tells_closed,
        REGISTRATION: settings.tells_registration,
    }
    if settings.webhook and tells[kind]:
        yield WEBHOOK
    laid = {ARRIVED: {RECEIVED, BOTH}, CASE_CLOSED: {CLOSED, BOTH}}.get(kind, set())
    if settings.folder and settings.folder_when in laid:
        yield FOLDER
