"""Asks for the notices of what this plugin was never told of, because a process died just then.

`budkavle_message_received` and `budkavle_account_changed` are called after the commit. A process that ends in between
has stored the message, or changed the account, but nobody learns of it. The event log has both, and a notice that has
been asked for is not asked for twice.
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
"""How far back the first reading of an organisation's log begins."""
TOO_OLD = timedelta(days=1)
"""What came earlier is told of no more, for example after the plugin has been off."""
TOLD = CHANGES.keys() - {"sign-in-blocked"}
"""The changes of accounts that are looked for; wrong tries are told of again an hour later."""
YOUNG = timedelta(minutes=2)
"""A change of an account is looked at after this time: the process that made it may just be telling of it."""


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
        self._accounts = Accounts(host)
        self._reader = LogReader(
            LogPlaces(places, begin=_first),
            lambda organisation_id: host.work(host.system(organisation_id, ActorScope.READ)),
            host.tables,
        )

    def run(self) -> int:
        """Read on in each organisation; returns how many messages and changes were looked at. A job."""
        return self._host.platform.in_each_organisation(self._read, paused=False)

    def _read(self, organisation_id: UUID) -> int:
        return self._reader.read(organisation_id, self._ask, _is_young)

    def _ask(self, work: Work, entries: Sequence[EventEntry]) -> int:
        oldest = datetime.now(UTC) - TOO_OLD
        return sum(self._ask_about(work, entry) for entry in entries if entry.at > oldest)

    def _ask_about(self, work: Work, entry: EventEntry) -> bool:
        """Ask for the notice of an entry, if it is one to tell of."""
        thing, change = as_uuid(str(entry.thing)), _change(entry)
        if thing is not None and entry.kind == ARRIVED:
            self._arrivals.ask(work, thing)
        elif thing is not None and change:
            self._accounts.ask_if_untold(work, AccountChange(thing, change, entry.at), str(entry.number))
        return bool(change) or entry.kind == ARRIVED


def _is_young(entry: EventEntry) -> bool:
    """Whether the user of a changed account may just be told of it; one by a clock that is ahead is not waited for."""
    now = datetime.now(UTC)
    return bool(_change(entry)) and now - YOUNG < entry.at <= now


def _change(entry: EventEntry) -> str:
    """Return which change of an account its user is told of, one of `TOLD`; empty for other entries.

    A plugin that changes accounts, such as a directory's, decides whether their users are told; the log does not say.
    A closed account is told of nothing.
    """
    area, _, kind = entry.kind.partition(".")
    told = area == "user" and kind in TOLD and not entry.plugin and entry.facts.get("active") is not False
    return kind if told else ""
