"""Notices by SMS beside the e-mail: that a secure message waits, and from whom; nothing more."""

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
"""The transport whose readers have no account here, and get an e-mail."""
LIFETIME = timedelta(hours=24)
"""After this time the word is stale, and a gateway that was down that long says nothing of it."""
MISSED = timedelta(hours=1)
"""So far back deliveries are looked for that this process was told of by nobody."""
GRACE = timedelta(minutes=1)
"""So long whoever was told has time to queue the notice."""
MOST = 5_000


_FACTS = {
    NoticeState.DELIVERED: TEXTED,
    NoticeState.FAILED: NOT_TEXTED,
    NoticeState.UNSURE: MAYBE_TEXTED,
}


class Notices:
    """Asks for a notice of each message to somebody whose mobile number its sender gave.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def state_changed(self, organisation_id: UUID, delivery_id: UUID, state: str) -> bool:
        """Ask for a notice, once, where the e-mail has gone out and the organisation wants it; tell whether it did."""
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
            return False  # a receipt, something that is gone, or nobody's number

    def is_due(self, status: NoticeStatus) -> bool | None:
        """Tell whether the message still waits to be told of: not where it has been opened, recalled or destroyed."""
        if status.topic != TOPIC or status.about is None:
            return None
        try:
            with self._host.work(self._host.system(status.organisation_id)) as work:
                return _waiting(work, status.about) is not None
        except BudkavleError:
            return False

    def changed(self, status: NoticeStatus) -> None:
        """Note what became of a notice on the delivery that it was about, where its sender sees it."""
        fact = _FACTS.get(status.state)
        if status.topic == TOPIC and status.about is not None and fact is not None:
            with self._host.work(self._host.system(status.organisation_id)) as work:
                note_fact(work, status.about, fact, detail=status.failure)

    def catch_up(self) -> int:
        """Ask for what was missed, where a worker died before it told of it; return how many. Run it as a job."""
        return self._host.platform.in_each_organisation(self._catch_up_in)

    def _catch_up_in(self, organisation_id: UUID) -> int:
        if not notice_settings(self._host, organisation_id).notices:
            return 0
        missed = self._missed(organisation_id)
        return sum(self.state_changed(organisation_id, one, DeliveryState.WAITING_FOR_RECEIPT) for one in missed)

    def _missed(self, organisation_id: UUID) -> list[UUID]:
        """Return deliveries of which nothing was asked: a worker died between its commit and its word."""
        now = datetime.now(UTC)
        with self._host.work(self._host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
            waiting = waiting_deliveries(work, TRANSPORT, before=now - GRACE, since=now - MISSED, limit=MOST)
            told = {status.about for status in find_notices(work, TOPIC, [one.id for one in waiting])}
        return [one.id for one in waiting if one.id not in told]

    def _told_before(self, organisation_id: UUID, delivery_ids: Collection[UUID]) -> bool:
        """Tell whether an older version, which kept its notices in a table of its own, has told of a delivery."""
        query = select(outbox.c.id).where(
            outbox.c.organisation_id == organisation_id, outbox.c.delivery_id.in_(delivery_ids)
        )
        with self._host.transaction(organisation_id) as connection:
            return connection.execute(query.limit(1)).one_or_none() is not None


def _waiting(work: Work, delivery_id: UUID) -> GuestPreview | None:
    """Return a message that its reader has not opened yet; None where it is not to be told of."""
    preview = guest_preview(work, delivery_id)
    is_told_of = preview.recipient.transport == TRANSPORT and preview.readable and preview.opened_at is None
    return preview if is_told_of else None
