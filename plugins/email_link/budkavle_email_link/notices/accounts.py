"""Mails that tell a user how their account is signed in to has changed: who did not do it can act at once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from budkavle import Host, NotFound, OutboxEntry, Permanent
from budkavle.accounts import find_user
from budkavle.storage import NewEntry, enqueue
from budkavle_email_link.mail.sender import Post
from budkavle_email_link.receipts import account_bounces
from budkavle_email_link.receipts.account_bounces import About
from budkavle_email_link.texts import LANGUAGES, AccountChange, Wording

QUEUE = "email_link.accounts"


class QueuedChange(msgspec.Struct, frozen=True):
    """What lies in the outbox: whose account has changed, how (one of `CHANGES`), and when."""

    user_id: UUID
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Accounts:
    """Queues and sends these mails. They are sent whatever the user has chosen of other mails.

    Args:
        host: The plugin's host.
        post: The way out for mails.
    """

    host: Host
    post: Post

    def add(self, organisation_id: UUID, user_id: UUID, kind: str) -> None:
        """Queue the mail about a change, one of those in `CHANGES`."""
        change = QueuedChange(user_id, kind, datetime.now(UTC))
        with self.host.work(self.host.system(organisation_id)) as work:
            enqueue(work, NewEntry(QUEUE, msgspec.json.encode(change)))

    def send(self, entry: OutboxEntry) -> None:
        """Send one; a mail that its server refuses for good is not tried again.

        Raises:
            Temporary: It cannot be sent now.
        """
        queued = msgspec.json.decode(entry.content, type=QueuedChange)
        organisation_id = entry.organisation_id
        try:
            with self.host.work(self.host.system(organisation_id)) as work:
                user = find_user(work, queued.user_id)
        except NotFound:
            return
        language = user.language if user.language in LANGUAGES else LANGUAGES[0]
        bounce = account_bounces.address(self.host, About(organisation_id, user_id=queued.user_id))
        change = AccountChange(organisation_id, entry.id, queued.kind, queued.at)
        try:
            self.post.send(Wording(self.host).account(change, user.email, language, bounce))
        except Permanent as error:
            self.host.log.warning("account-mail.refused", user=str(queued.user_id), reason=error.message)
