"""Making deliveries: a job reads the event log from where it stopped, so nothing is missed or made twice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert

from budkavle import ActorScope, Host, MailboxKind, Work
from budkavle.accounts import find_mailbox, mailbox_exists, read_settings
from budkavle.storage import EventEntry, LogPlaces, LogReader, NewEntry, enqueue
from budkavle_case_system.settings import BOTH, CLOSED, RECEIVED, DeliverySettings
from budkavle_case_system.tables import cursors, deliveries

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
"""The values of the fact `placed` in `message.received` that mean that the message opened a new case."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that a case system may want to know about."""

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
        self._reader = LogReader(
            LogPlaces(cursors),
            lambda organisation_id: host.work(host.system(organisation_id, ActorScope.READ)),
            host.tables,
        )

    def run(self) -> int:
        """Read the new events of every organisation, as a job, and return the number of deliveries made."""
        return self._host.platform.in_each_organisation(self.read)

    def read(self, organisation_id: UUID) -> int:
        """Read the new events of one organisation, and return the number of deliveries made."""
        return self._reader.read(organisation_id, self._store)

    def _store(self, work: Work, entries: Sequence[EventEntry]) -> int:
        chosen = _Chosen(work)
        rows = [row for entry in entries for row in _rows(work, chosen, entry)]
        if rows:
            with self._host.tables(work) as connection:
                connection.execute(insert(deliveries), rows)
        for row in rows:
            queue_up(work, row["id"], row["round"])
        return len(rows)


def queue_up(work: Work, delivery_id: UUID, round_: int) -> None:
    """Put a delivery into the outbox, for one round of attempts."""
    key = f"{delivery_id}:{round_}"
    enqueue(work, NewEntry(QUEUE, key.encode(), key=key))


class _Chosen:
    """The settings of the mailboxes of a batch, each read once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._settings: dict[UUID, DeliverySettings | None] = {}

    def of(self, mailbox_id: UUID) -> DeliverySettings | None:
        if mailbox_id not in self._settings:
            chosen = read_settings(self._work, DeliverySettings, mailbox_id=mailbox_id)
            self._settings[mailbox_id] = chosen if self._is_shared(mailbox_id) else None
        return self._settings[mailbox_id]

    def _is_shared(self, mailbox_id: UUID) -> bool:
        """Tell whether it is a function mailbox in use. Messages to a person's own inbox are never delivered."""
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
