"""Mails to registered users that a secure message waits in their inbox (features S1, S2); nothing of its content."""

from dataclasses import dataclass
from uuid import UUID

from budkavle import ActorScope, Host, OutboxEntry, Permanent
from budkavle.deliveries import Fact, note_fact
from budkavle.storage import NewEntry, enqueue
from budkavle.web import Newcomer, newcomer
from budkavle_email_link.links import derived
from budkavle_email_link.mail.sender import Post
from budkavle_email_link.receipts import account_bounces
from budkavle_email_link.receipts.account_bounces import About
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_email_link.texts import LANGUAGES, Wording
from budkavle_email_link.transport import FAMILY

QUEUE = "email_link.notices"


@dataclass(frozen=True, slots=True)
class Notices:
    """Queues and sends the mails to registered users; the entry's key is the message.

    Args:
        host: The plugin's host.
        post: The way out for mails.
    """

    host: Host
    post: Post

    def add(self, organisation_id: UUID, message_id: UUID) -> None:
        """Queue the mail about a message that has just come, if it is one to tell of."""
        settings: EmailLinkSettings = self.host.settings
        if not settings.notify_accounts or self._newcomer(organisation_id, message_id) is None:
            return
        with self.host.work(self.host.system(organisation_id)) as work:
            enqueue(work, NewEntry(QUEUE, b"", key=str(message_id)))

    def send(self, entry: OutboxEntry) -> None:
        """Send one; a mail that its server refuses for good is not tried again.

        Raises:
            Temporary: It cannot be sent now.
        """
        message_id = UUID(entry.key)
        arrived = self._newcomer(entry.organisation_id, message_id)
        if arrived is None:
            return
        try:
            self._mail(entry.organisation_id, message_id, arrived)
        except Permanent as error:
            self.host.log.warning("notice.refused", message=str(message_id), reason=error.message)

    def _newcomer(self, organisation_id: UUID, message_id: UUID) -> Newcomer | None:
        with self.host.work(self.host.system(organisation_id, ActorScope.READ)) as work:
            arrived = newcomer(work, message_id)
        return arrived if arrived and arrived.wants_mail and self._is_secure(arrived.transport) else None

    def _is_secure(self, transport: str) -> bool:
        """Whether a message came by a transport of the same kind as the link's; others have notices of their own."""
        arrived_by = self.host.platform.plugins.transports.get(transport)
        return arrived_by is not None and arrived_by.capabilities.family == FAMILY

    def _mail(self, organisation_id: UUID, message_id: UUID, arrived: Newcomer) -> None:
        language = arrived.user.language if arrived.user.language in LANGUAGES else LANGUAGES[0]
        name = derived(str(message_id), "notice")
        sender = arrived.sender.organisation
        about = About(*arrived.delivery) if arrived.delivery else About(organisation_id, user_id=arrived.user.id)
        bounce = account_bounces.address(self.host, about)
        mail = Wording(self.host).notice(organisation_id, arrived.user.email, language, sender, name, bounce)
        self.post.send(mail)
        if arrived.delivery is not None:
            theirs, delivery_id = arrived.delivery
            with self.host.work(self.host.system(theirs)) as work:
                note_fact(work, delivery_id, Fact.NOTIFIED)
