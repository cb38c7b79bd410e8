"""An SMS beside the e-mail: that a secure message waits, and from whom; nothing more."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from budkavle import ActorScope, BudkavleError, DeliveryState, Host
from budkavle.accounts import all_organisations, find_organisation
from budkavle.deliveries import waiting_deliveries
from budkavle.web import guest_preview
from budkavle_sms.messages.phone_numbers import e164
from budkavle_sms.organisation_settings import own_words
from budkavle_sms.outbox import Content, Kind, Outbox
from budkavle_sms.texts import notice

TRANSPORT = "link"
"""The transport whose readers have no account here, and get an e-mail."""
LIFETIME = timedelta(hours=24)
"""After this time the word is stale, and a gateway that was down that long says nothing of it."""
MISSED = timedelta(hours=1)
"""So far back deliveries are looked for that this process was told of by nobody."""
GRACE = timedelta(minutes=1)
"""So long whoever was told has time to queue the notice."""
MOST = 5_000


class Notices:
    """Queues a notice for each message to somebody whose mobile number its sender gave.

    Args:
        host: The plugin's host.
        outbox: Where they are queued.
    """

    def __init__(self, host: Host, outbox: Outbox) -> None:
        self._host = host
        self._outbox = outbox

    def state_changed(self, organisation_id: UUID, delivery_id: UUID, state: str) -> bool:
        """Queue a notice, once, where the e-mail has gone out and the organisation wants it; tell whether it did."""
        if state != DeliveryState.WAITING_FOR_RECEIPT:
            return False
        words = own_words(self._host, organisation_id)
        if not words.notices:
            return False
        try:
            with self._host.work(self._host.system(organisation_id)) as work:
                preview = guest_preview(work, delivery_id)
            number = e164(preview.terms.phone)
        except BudkavleError:
            return False  # a receipt, something that is gone, or nobody's number
        if preview.recipient.transport != TRANSPORT or not preview.readable or preview.opened_at is not None:
            return False
        with self._host.work(self._host.system(organisation_id)) as work:
            name = find_organisation(work).name
        content = Content(number, words.sender, notice(words.text(preview.terms.language), name))
        return self._outbox.add(organisation_id, Kind.NOTICE, content, LIFETIME, delivery_id) is not None

    def catch_up(self) -> int:
        """Queue what was missed, where a worker died before it told of it; returns how many. Run it as a job."""
        done = 0
        for one in all_organisations(self._host.platform, self._host.system(None, ActorScope.INSTALLATION)):
            if own_words(self._host, one.id).notices:
                done += sum(
                    self.state_changed(one.id, delivery_id, DeliveryState.WAITING_FOR_RECEIPT)
                    for delivery_id in self._missed(one.id)
                )
        return done

    def _missed(self, organisation_id: UUID) -> list[UUID]:
        """Return deliveries of which nothing is queued: a worker died between its commit and its word."""
        now = datetime.now(UTC)
        with self._host.work(self._host.system(organisation_id, ActorScope.READ)) as work:
            waiting = waiting_deliveries(work, TRANSPORT, before=now - GRACE, since=now - MISSED, limit=MOST)
        told = self._outbox.told_of(organisation_id, [one.id for one in waiting])
        return [one.id for one in waiting if one.id not in told]
