"""Notices by SMS beside the e-mail: a secure message waits, and from whom; nothing more."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from budkavle import ActorScope, BudkavleError, DeliveryState, Host, Work
from budkavle.accounts import find_organisation
from budkavle.deliveries import note_fact, waiting_deliveries
from budkavle.notices import Notice, NoticeKind, NoticeState, NoticeStatus, find_notices, notify
from budkavle.web import GuestPreview, guest_preview
from budkavle_sms.messages.phone_numbers import e164
from budkavle_sms.notices.facts import MAYBE_TEXTED, NOT_TEXTED, TEXTED
from budkavle_sms.notices.settings import notice_settings
from budkavle_sms.tables import outbox
from budkavle_sms.texts import notice

TOPIC = "sms.arrival"
TRANSPORT = "link"
"""The transport whose readers have no account here, and are notified by e-mail."""
LIFETIME = timedelta(hours=24)
"""After this time a notice is stale, and is not sent even if the gateway was down."""
MISSED = timedelta(hours=1)
"""How far back to look for deliveries whose state change this process missed."""
GRACE = timedelta(minutes=1)
"""Time for another process to queue the notice first."""
MOST = 5_000


_FACTS = {
    NoticeState.DELIVERED: TEXTED,
    NoticeState.FAILED: NOT_TEXTED,
    NoticeState.UNSURE: MAYBE_TEXTED,
}


class Notices:
    """Requests a notice for each message whose sender gave the recipient's mobile number.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def state_changed(self, organisation_id: UUID, delivery_id: UUID, state: str) -> bool:
        """Request a notice once, if the e-mail is sent and the organisation wants SMS; tell whether it did."""
        if state != DeliveryState.WAITING_FOR_RECEIPT:
            return False
        chosen = notice_settings(self._host, organisation_id)
        if not chosen.notices or self._told_before(organisation_id, [delivery_id]):
            return False
        try:
            with self._host.work(self._host.system(organisation_id)) as work:
                preview = _waiting(work, delivery_id)
                if preview is None:
                    return False
                text = notice(chosen.text(preview.terms.language), find_organisation(work).name)
                asked = Notice(
                    NoticeKind.SMS,
                    e164(preview.terms.phone),
                    TOPIC,
                    text=text,
                    language=preview.terms.language,
                    key=str(delivery_id),
                    about=delivery_id,
                    expires_at=datetime.now(UTC) + LIFETIME,
                )
                return notify(work, asked) is not None
        except BudkavleError:
            return False  # a receipt, something that no longer exists, or an invalid number

    def is_due(self, status: NoticeStatus) -> bool | None:
        """Tell whether a notice is still due: not if its message is opened, recalled or destroyed. None for others."""
        if status.topic != TOPIC or status.about is None:
            return None
        try:
            with self._host.work(self._host.system(status.organisation_id)) as work:
                return _waiting(work, status.about) is not None
        except BudkavleError:
            return False

    def changed(self, status: NoticeStatus) -> None:
        """Record the outcome of a notice on its delivery, where the sender sees it."""
        fact = _FACTS.get(status.state)
        if status.topic == TOPIC and status.about is not None and fact is not None:
            with self._host.work(self._host.system(status.organisation_id)) as work:
                note_fact(work, status.about, fact, detail=status.failure)

    def catch_up(self) -> int:
        """Request notices that were missed because a worker died, and return the number. Run it as a job."""
        return self._host.platform.in_each_organisation(self._catch_up_in)

    def _catch_up_in(self, organisation_id: UUID) -> int:
        if not notice_settings(self._host, organisation_id).notices:
            return 0
        missed = self._missed(organisation_id)
        return sum(self.state_changed(organisation_id, one, DeliveryState.WAITING_FOR_RECEIPT) for one in missed)

    def _missed(self, organisation_id: UUID) -> list[UUID]:
        """Return deliveries without a notice: a worker died between its commit and the state change hook."""
        now = datetime.now(UTC)
        with self._host.work(self._host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
            waiting = waiting_deliveries(work, TRANSPORT, before=now - GRACE, since=now - MISSED, limit=MOST)
            told = {status.about for status in find_notices(work, TOPIC, [one.id for one in waiting])}
        return [one.id for one in waiting if one.id not in told]

    def _told_before(self, organisation_id: UUID, delivery_ids: Collection[UUID]) -> bool:
        """Tell whether an older version, which had its own table of notices, has sent one for a delivery."""
        query = select(outbox.c.id).where(
            outbox.c.organisation_id == organisation_id, outbox.c.delivery_id.in_(delivery_ids)
        )
        with self._host.transaction(organisation_id) as connection:
            return connection.execute(query.limit(1)).one_or_none() is not None


def _waiting(work: Work, delivery_id: UUID) -> GuestPreview | None:
    """Return a message that its reader has not opened yet; None if it needs no notice."""
    preview = guest_preview(work, delivery_id)
    is_told_of = preview.recipient.transport == TRANSPORT and preview.readable and preview.opened_at is None
    return preview if is_told_of else None
