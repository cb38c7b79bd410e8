"""Requests the notices of events whose hook was never called, because the process died.

`budkavle_message_received` and `budkavle_account_changed` are called after the commit. If the process ends in between,
the message is stored or the account is changed, but no notice has been requested. The event log has both kinds of
events, and a notice that has already been requested is not requested again.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from budkavle import ActorScope, Host, Work, as_uuid
from budkavle.storage import EventEntry, EventLog, LogPlaces, LogReader
from budkavle_email_link.notices.accounts import Accounts
from budkavle_email_link.notices.arrivals import Arrivals
from budkavle_email_link.tables import places
from budkavle_email_link.texts import CHANGES, AccountChange

ARRIVED = "message.received"
BEGIN = timedelta(hours=1)
"""How far back reading begins, for an organisation whose log has not been read before."""
TOO_OLD = timedelta(days=1)
"""Older events are ignored, such as those from before the plugin was switched on again."""
YOUNG = timedelta(minutes=2)
"""A change of an account waits until it is this old: the process that made it may be about to request its notice."""


def _first(log: EventLog) -> int:
    return log.last_number(before=datetime.now(UTC) - BEGIN)


class Missed:
    """Finds these events in the event log, and continues where it stopped.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._arrivals = Arrivals(host)
        self._accounts = Accounts(host)
        self._reader = LogReader(
            LogPlaces(places, begin=_first),
            lambda organisation_id: host.work(host.system(organisation_id, ActorScope.READ)),
            host.tables,
        )

    def run(self) -> int:
        """Read on in each organisation, and return how many messages and changes were found; run as a job."""
        return self._host.platform.in_each_organisation(self._read, paused=False)

    def _read(self, organisation_id: UUID) -> int:
        return self._reader.read(organisation_id, self._ask, _is_young)

    def _ask(self, work: Work, entries: Sequence[EventEntry]) -> int:
        oldest = datetime.now(UTC) - TOO_OLD
        return sum(self._ask_about(work, entry) for entry in entries if entry.at > oldest)

    def _ask_about(self, work: Work, entry: EventEntry) -> bool:
        """Request the notice of an entry, and return whether it is a message or a change of an account."""
        thing_id, change = as_uuid(str(entry.thing)), _change(entry)
        if thing_id is not None and entry.kind == ARRIVED:
            self._arrivals.ask(work, thing_id)
        elif thing_id is not None and change:
            self._accounts.ask_if_untold(work, AccountChange(thing_id, change, entry.at), str(entry.number))
        return bool(change) or entry.kind == ARRIVED


def _is_young(entry: EventEntry) -> bool:
    """Tell whether the notice of a changed account may be under way; entries dated in the future do not wait."""
    now = datetime.now(UTC)
    return bool(_change(entry)) and now - YOUNG < entry.at <= now


def _change(entry: EventEntry) -> str:
    """Return the change that the account's user is notified of, one of `CHANGES`; empty for other entries.

    A plugin that changes accounts, such as a directory, decides itself whether their users are notified; the fact
    `told` says it. Users of closed accounts are not notified.
    """
    area, _, kind = entry.kind.partition(".")
    is_announced = entry.facts.get("told", not entry.plugin) is True and entry.facts.get("active") is not False
    return kind if area == "user" and kind in CHANGES and is_announced else ""
