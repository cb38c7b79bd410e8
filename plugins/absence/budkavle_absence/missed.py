"""Answers messages whose arrival this plugin was never told of, because a process died just then.

`budkavle_message_received` is called after the commit. A process that ends in between has stored the message, and
nobody answers it. The event log has every message, and each sender is answered once.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from budkavle import ActorScope, BudkavleError, Host, NotFound, Unavailable, as_uuid
from budkavle.storage import EventEntry, LogPlaces, LogReader
from budkavle_absence.auto_reply_sending import answer, away_since
from budkavle_absence.tables import places

ARRIVED = "message.received"
TOO_OLD = timedelta(days=1)
"""What came earlier is not answered, for example after the plugin has been off."""


class Missed:
    """Finds them in the event log, which it reads on from where it stopped.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._reader = LogReader(
            LogPlaces(places),
            lambda organisation_id: host.work(host.system(organisation_id, ActorScope.READ)),
            host.tables,
        )

    def run(self) -> int:
        """Read on in each organisation; returns how many entries were read. A job."""
        return self._host.platform.in_each_organisation(self._read, paused=False)

    def _read(self, organisation_id: UUID) -> int:
        return self._reader.forward(organisation_id, lambda entries: self._answer_all(organisation_id, entries))

    def _answer_all(self, organisation_id: UUID, entries: Sequence[EventEntry]) -> None:
        oldest, away = datetime.now(UTC) - TOO_OLD, dict[object, datetime | None]()
        for entry in entries:
            mailbox, message_id = entry.facts.get("mailbox"), as_uuid(str(entry.thing))
            if entry.kind != ARRIVED or entry.at < oldest or message_id is None:
                continue
            if mailbox not in away:
                away[mailbox] = self._since(organisation_id, as_uuid(str(mailbox)))
            since = away[mailbox]
            if since is not None and since <= entry.at:
                self._answer(organisation_id, message_id)

    def _since(self, organisation_id: UUID, mailbox_id: UUID | None) -> datetime | None:
        """Return since when the owner of a mailbox has been away; None if nobody is, or it is not known."""
        try:
            return away_since(self._host, organisation_id, mailbox_id) if mailbox_id else None
        except NotFound:
            return None

    def _answer(self, organisation_id: UUID, message_id: UUID) -> None:
        try:
            answer(self._host, organisation_id, message_id)
        except Unavailable:
            raise
        except BudkavleError as error:  # such as a message that has been destroyed since
            self._host.log.warning("absence.not_answered", message=str(message_id), kind=error.slug)
