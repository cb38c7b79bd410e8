"""Sending the logs, each from where the last batch ended.

The cursor is the number of the last entry that the receiver has read. Numbers follow the order of commits without gaps,
so no entry is added later below it. It moves after the receiver has read a batch: what is lost on the way, or when this
process ends, is sent again.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select, update

from budkavle import ActorScope, Host, Sentence, Temporary
from budkavle.accounts import read_settings
from budkavle.storage import EventEntry, EventLog, LogPlaces, LogReader
from budkavle_siem import ocsf, syslog
from budkavle_siem.ocsf import Log
from budkavle_siem.sending import Sender, Syslog, installation_sender, organisation_sender
from budkavle_siem.settings import StreamSettings
from budkavle_siem.tables import cursors

INSTALLATION = UUID(int=0)
ROUNDS = 20
"""The most batches of one log before the other logs."""
LONGEST_PAUSE = timedelta(minutes=5)


class Stream:
    """Sends every log for which a receiver is configured.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self.host = host

    def run(self) -> int:
        """Send the new entries, as a job, and return the number sent."""
        return self.host.platform.in_each_organisation(self._send_chosen, installation=True)

    def chosen(self, organisation_id: UUID) -> StreamSettings:
        """Return the settings of an organisation."""
        with self.host.work(self.host.system(organisation_id)) as work:
            return read_settings(work, StreamSettings)

    def place(self, organisation_id: UUID) -> Any:
        """Return how far a log has been sent. None if nothing has been sent."""
        with self.host.transaction(organisation_id) as connection:
            query = select(cursors).where(cursors.c.organisation_id == organisation_id)
            return connection.execute(query).one_or_none()

    def waiting(self, organisation_id: UUID, after: int, limit: int) -> list[EventEntry]:
        """Return the entries that have not been sent, the earliest first."""
        with self.host.work(self.host.system(organisation_id, ActorScope.READ)) as work:
            return EventLog(work).read_on(after, limit)

    def message(self, organisation_id: UUID, sender: Sender, entry: EventEntry) -> bytes:
        """Return an entry of a log in the format of the sender."""
        settings = self.host.settings
        hostname = settings.hostname or urlsplit(self.host.platform.settings.base_url).hostname or "budkavle"
        log = Log(organisation_id, hostname)
        if isinstance(sender, Syslog):
            return syslog.message(log, entry, settings.sd_id, as_ocsf=sender.as_ocsf)
        return (ocsf.line(log, entry) if sender.as_ocsf else syslog.plain_line(log, entry)).encode() + b"\n"

    def _send_chosen(self, organisation_id: UUID) -> int:
        """Send the new entries of one log, if a receiver is configured for it."""
        if organisation_id == INSTALLATION:
            own = self.host.settings.installation
            return 0 if own is None else self._send(INSTALLATION, history=own.history)
        chosen = self.chosen(organisation_id)
        return self._send(organisation_id, history=chosen.history) if chosen.on else 0

    def _send(self, organisation_id: UUID, *, history: bool) -> int:
        place = self.place(organisation_id)
        if place and place.fault_at and datetime.now(UTC) < place.fault_at + _pause(place.faults):
            return 0
        sent = 0

        def hand_over(entries: Sequence[EventEntry]) -> None:
            nonlocal sent
            sender = self._sender(organisation_id)
            sender.send([self.message(organisation_id, sender, entry) for entry in entries])
            self._note_sent(organisation_id)
            sent += len(entries)

        try:
            self._reader(history=history).forward(organisation_id, hand_over, ROUNDS)
        except Temporary as error:
            self._note_fault(organisation_id, error)
        return sent

    def _reader(self, *, history: bool) -> LogReader:
        """Return the reader, which begins with the first entry of a log or with the next new one."""
        places = LogPlaces(cursors, begin=_at_the_first) if history else LogPlaces(cursors)
        return LogReader(
            places,
            lambda organisation_id: self.host.work(self.host.system(organisation_id, ActorScope.READ)),
            self.host.tables,
            self.host.settings.batch,
        )

    def _sender(self, organisation_id: UUID) -> Sender:
        settings = self.host.settings
        if organisation_id == INSTALLATION:
            return installation_sender(settings.installation, settings.timeout_seconds)
        return organisation_sender(self.host, self.chosen(organisation_id), settings.timeout_seconds)

    def _note_sent(self, organisation_id: UUID) -> None:
        values = {"moved_at": datetime.now(UTC), "faults": 0, "fault": "", "fault_at": None}
        self._note(organisation_id, values)

    def _note_fault(self, organisation_id: UUID, error: Temporary) -> None:
        self.host.log.warning("siem.not_sent", organisation=str(organisation_id), error=type(error).__name__)
        fault = Sentence.of(error).to_text()
        self._note(organisation_id, {"faults": cursors.c.faults + 1, "fault": fault, "fault_at": datetime.now(UTC)})

    def _note(self, organisation_id: UUID, values: Mapping[str, Any]) -> None:
        with self.host.transaction(organisation_id) as connection:
            connection.execute(update(cursors).where(cursors.c.organisation_id == organisation_id).values(values))


def _at_the_first(log: EventLog) -> int:  # noqa: ARG001 - the signature that `LogPlaces` expects
    return 0


def _pause(faults: int) -> timedelta:
    return min(timedelta(seconds=5 * (1 << min(faults, 10))), LONGEST_PAUSE)
