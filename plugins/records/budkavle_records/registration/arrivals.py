"""Starts the clocks: a job continues reading the event log, so no message is missed or handled twice."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from budkavle import ActorScope, Host, MailboxKind, Work, record
from budkavle.accounts import find_mailbox, mailbox_exists, read_settings
from budkavle.storage import EventEntry, LogPlaces, LogReader
from budkavle_records.registration.clock import late_from
from budkavle_records.registration.settings import RegistrationSettings, closed_days
from budkavle_records.registration.tables import cursors, registrations

WANTED: Final = "records.registration-wanted"
"""The kind of the event log entry stating that a message is to be registered."""


class Arrivals:
    """Starts the clock of each incoming message where registration is enabled.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._reader = LogReader(
            LogPlaces(cursors),
            lambda organisation_id: host.work(host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED)),
            host.tables,
        )

    def run(self) -> int:
        """Read the new messages of every organisation, and return how many clocks were started; run as a job."""
        return self._host.platform.in_each_organisation(self.start)

    def start(self, organisation_id: UUID) -> int:
        """Start the clocks of one organisation, and return how many."""
        return self._reader.read(organisation_id, self._store)

    def _store(self, work: Work, entries: Sequence[EventEntry]) -> int:
        clocks = _Clocks(work)
        rows = [row for entry in entries if (row := clocks.row(entry)) is not None]
        if rows:
            with self._host.tables(work) as connection:
                connection.execute(insert(registrations).on_conflict_do_nothing(), rows)
        for row in rows:
            facts = {"mailbox": str(row["mailbox_id"]), "case": str(row["case_id"])}
            record(work, WANTED, row["message_id"], **facts, late_from=row["late_from"].isoformat())
        return len(rows)


class _Clocks:
    """Makes the rows of one batch; reads the settings of each mailbox once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._settings: dict[UUID, tuple[RegistrationSettings, frozenset[date]] | None] = {}

    def row(self, entry: EventEntry) -> dict[str, Any] | None:
        if entry.kind != "message.received" or entry.thing is None or not {"mailbox", "case"} <= set(entry.facts):
            return None
        mailbox_id = UUID(str(entry.facts["mailbox"]))
        if mailbox_id not in self._settings:
            self._settings[mailbox_id] = self._chosen(mailbox_id)
        chosen = self._settings[mailbox_id]
        if chosen is None:
            return None
        settings, closed = chosen
        return {
            "organisation_id": self._work.organisation_id,
            "message_id": UUID(entry.thing),
            "mailbox_id": mailbox_id,
            "case_id": UUID(str(entry.facts["case"])),
            "arrived_at": entry.at,
            "late_from": late_from(entry.at, settings.days, closed),
            "settled_by": "",
            "hides_sender": False,
            "hides_about": False,
        }

    def _chosen(self, mailbox_id: UUID) -> tuple[RegistrationSettings, frozenset[date]] | None:
        settings = read_settings(self._work, RegistrationSettings, mailbox_id=mailbox_id)
        if not settings.on or not mailbox_exists(self._work, mailbox_id):
            return None
        personal = find_mailbox(self._work, mailbox_id).mailbox.kind is MailboxKind.PERSONAL
        return None if personal and not settings.personal else (settings, closed_days(settings))
