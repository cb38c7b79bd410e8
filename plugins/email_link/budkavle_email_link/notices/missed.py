"""Asks for the notices of messages whose arrival this plugin was never told of, because a process died just then.

`budkavle_message_received` is called after the commit. A process that ends in between has stored the message, but
nobody learns of it. The event log has every message, and a notice that has been asked for is not asked for twice.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from budkavle import ActorScope, Host, Work, as_uuid
from budkavle.storage import EventEntry, EventLog, LogPlaces, LogReader
from budkavle_email_link.notices.arrivals import Arrivals
from budkavle_email_link.tables import places

ARRIVED = "message.received"
BEGIN = timedelta(hours=1)
"""How far back the first reading of an organisation's log begins."""
TOO_OLD = timedelta(days=1)
"""What came earlier is told of no more, for example after the plugin has been off."""


def _first(log: EventLog) -> int:
    return log.last_number(before=datetime.now(UTC) - BEGIN)


class Missed:
    """Finds them in the event log, which it reads on from where it stopped.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._arrivals = Arrivals(host)
        self._reader = LogReader(
            LogPlaces(places, begin=_first),
            lambda organisation_id: host.work(host.system(organisation_id, ActorScope.READ)),
            host.tables,
        )

    def run(self) -> int:
        """Read on in each organisation; returns how many messages were looked at. A job."""
        if not self._host.settings.notify_accounts:
            return 0
        return self._host.platform.in_each_organisation(self._read, paused=False)

    def _read(self, organisation_id: UUID) -> int:
        return self._reader.read(organisation_id, self._ask)

    def _ask(self, work: Work, entries: Sequence[EventEntry]) -> int:
        oldest = datetime.now(UTC) - TOO_OLD
        arrived = [as_uuid(str(entry.thing)) for entry in entries if entry.kind == ARRIVED and entry.at > oldest]
        for message_id in arrived:
            if message_id is not None:
                self._arrivals.ask(work, message_id)
        return len(arrived)
