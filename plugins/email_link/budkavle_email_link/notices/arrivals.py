"""Notices to users with an account that a secure message waits in their inbox (features S1, S2)."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from budkavle import ActorScope, Host, Invalid, OutboxEntry, Work
from budkavle.deliveries import Fact, note_fact
from budkavle.notices import Notice, NoticeKind, NoticeState, NoticeStatus, notify
from budkavle.web import Newcomer, newcomer
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_email_link.texts import LANGUAGES, Wording
from budkavle_email_link.transport import FAMILY

TOPIC = "email_link.arrival"
_FACTS = {
    NoticeState.SENT: Fact.NOTIFIED,
    NoticeState.DELIVERED: Fact.NOTIFIED,
    NoticeState.FAILED: Fact.NOT_NOTIFIED,
}


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Requests these notices, each about its message, and records their result on the senders' deliveries.

    Args:
        host: The plugin's host.
    """

    host: Host

    def ask(self, work: Work, message_id: UUID) -> None:
        """Request the notice of a new message once, if its recipient is to be notified.

        Args:
            work: Its actor may read.
            message_id: The message.
        """
        settings: EmailLinkSettings = self.host.settings
        arrived = _newcomer(work, message_id) if settings.notify_accounts else None
        if arrived is None:
            return
        language = arrived.user.language if arrived.user.language in LANGUAGES else LANGUAGES[0]
        texts = Wording(self.host).arrival(language, arrived.sender.organisation, arrived.case_id)
        notice = Notice(
            NoticeKind.MAIL,
            arrived.user.email,
            TOPIC,
            texts.subject,
            texts.text,
            language,
            key=str(message_id),
            about=message_id,
            link=texts.link,
        )
        try:
            notify(work, notice)
        except Invalid as error:
            self.host.log.warning("notice.refused", message=str(message_id), reason=error.message)

    def ask_for_entry(self, entry: OutboxEntry) -> None:
        """Request the notice for an entry that an older version has put in its own outbox."""
        with self._work(entry.organisation_id) as work:
            self.ask(work, UUID(entry.key))

    def is_due(self, status: NoticeStatus) -> bool | None:
        """Tell whether a notice's message still needs it: not if recalled or destroyed. None for other notices."""
        if status.topic != TOPIC or status.about is None:
            return None
        with self._work(status.organisation_id) as work:
            return _newcomer(work, status.about) is not None

    def changed(self, status: NoticeStatus) -> None:
        """Record on the sender's delivery that the notice has been sent, or that it failed."""
        fact = _FACTS.get(status.state)
        if status.topic != TOPIC or status.about is None or fact is None:
            return
        with self._work(status.organisation_id) as work:
            arrived = _newcomer(work, status.about)
        if arrived is not None and arrived.delivery is not None:
            sender_organisation_id, delivery_id = arrived.delivery
            with self.host.work(self.host.system(sender_organisation_id)) as work:
                note_fact(work, delivery_id, fact, detail=status.failure)

    def ask_now(self, organisation_id: UUID, message_id: UUID) -> None:
        """Request the notice of a message that has just been stored."""
        with self._work(organisation_id) as work:
            self.ask(work, message_id)

    def _work(self, organisation_id: UUID) -> AbstractContextManager[Work]:
        return self.host.work(self.host.system(organisation_id, ActorScope.READ))


def _newcomer(work: Work, message_id: UUID) -> Newcomer | None:
    """Return the new message and its recipient; None if no notice is needed, or no longer."""
    arrived = newcomer(work, message_id)
    return arrived if arrived and arrived.wants_mail and _is_secure(work, arrived.transport) else None


def _is_secure(work: Work, transport: str) -> bool:
    """Tell whether a message came by a transport of the link's family; others have their own notices."""
    arrived_by = work.platform.plugins.transports.get(transport)
    return arrived_by is not None and arrived_by.capabilities.family == FAMILY
