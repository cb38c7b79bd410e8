"""An SMS beside the e-mail: that a secure message waits, and from whom; nothing more."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from budkavle import ActorScope, BudkavleError, DeliveryState, Host, all_organisations, find_organisation
from budkavle.web import peek
from budkavle_sms.messages.phone_numbers import e164
from budkavle_sms.organisation_settings import own_words
from budkavle_sms.outbox import Content, Kind, Outbox
from budkavle_sms.texts import notice

TRANSPORT = "link"
"""The transport whose readers have no account here, and get an e-mail."""
LIFETIME = timedelta(hours=24)
"""After this time the word is stale, and a gateway that was down that long says nothing of it."""
# Deliveries whose change of state this process was told of by nobody: a worker that died between commit and word.
_MISSED = text(
    "SELECT d.id FROM deliveries d WHERE d.organisation_id = :organisation AND d.transport = :transport"
    " AND d.state = 'WAITING_FOR_RECEIPT' AND d.changed_at BETWEEN now() - interval '1 hour' AND now() - interval"
    " '1 minute' AND NOT EXISTS (SELECT FROM sms_outbox o WHERE o.organisation_id = d.organisation_id"
    " AND o.kind = 'notice' AND o.delivery_id = d.id) LIMIT 500"
)


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
                preview = peek(work, delivery_id)
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
                with self._host.transaction(one.id) as connection:
                    facts = {"organisation": one.id, "transport": TRANSPORT}
                    missed = connection.execute(_MISSED, facts).scalars().all()
                done += sum(
                    self.state_changed(one.id, delivery, DeliveryState.WAITING_FOR_RECEIPT) for delivery in missed
                )
        return done
