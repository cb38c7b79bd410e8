"""Mails to registered users that a secure message waits in their inbox (features S1, S2); nothing of its content."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert

from budkavle import ActorScope, Fact, Host, Permanent, Temporary, note_fact
from budkavle.web import Newcomer, newcomer
from budkavle_email_link.links import derived
from budkavle_email_link.mail.sender import Post
from budkavle_email_link.receipts import account_bounces
from budkavle_email_link.receipts.account_bounces import About
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_email_link.tables import notices
from budkavle_email_link.texts import LANGUAGES, Wording

LOCAL = "local"
"""The core's transport between accounts of this installation."""
PAUSE = timedelta(minutes=1)
TRIES = 10


class Notices:
    """The queue of mails to registered users.

    Args:
        host: The plugin's host.
        post: The way out for mails.
    """

    def __init__(self, host: Host, post: Post) -> None:
        self._host = host
        self._post = post
        self._wording = Wording(host)

    def add(self, organisation_id: UUID, message_id: UUID) -> None:
        """Queue the mail about a message that has just come, if it is one to tell of."""
        settings: EmailLinkSettings = self._host.settings
        if not settings.notify_accounts or self._wanted(organisation_id, message_id) is None:
            return
        row = {"organisation_id": organisation_id, "message_id": message_id, "due_at": func.now(), "attempt": 0}
        with self._host.transaction(organisation_id) as connection:
            connection.execute(insert(notices).values(row).on_conflict_do_nothing())

    def send(self, organisation_id: UUID, message_id: UUID) -> None:
        """Send one that is due; one that cannot be sent waits, longer and longer, and is given up some day."""
        found = self._wanted(organisation_id, message_id)
        if found is not None:
            try:
                self._mail(organisation_id, message_id, found)
            except Temporary as error:
                if self._postpone(organisation_id, message_id):
                    return
                self._host.log.warning("notice.given-up", message=str(message_id), reason=error.message)
            except Permanent as error:
                self._host.log.warning("notice.refused", message=str(message_id), reason=error.message)
        with self._host.transaction(organisation_id) as connection:
            connection.execute(delete(notices).where(*_this(organisation_id, message_id)))

    def _wanted(self, organisation_id: UUID, message_id: UUID) -> Newcomer | None:
        with self._host.work(self._host.system(organisation_id, ActorScope.READ)) as work:
            found = newcomer(work, message_id)
        return found if found and found.transport == LOCAL and found.wants_mail else None

    def _mail(self, organisation_id: UUID, message_id: UUID, found: Newcomer) -> None:
        language = found.user.language if found.user.language in LANGUAGES else LANGUAGES[0]
        name = derived(str(message_id), "notice")
        sender = found.sender.organisation
        about = About(*found.delivery) if found.delivery else About(organisation_id, user_id=found.user.id)
        bounce = account_bounces.address(self._host, about)
        self._post.send(self._wording.notice(organisation_id, found.user.email, language, sender, name, bounce))
        if found.delivery is not None:
            theirs, delivery_id = found.delivery
            with self._host.work(self._host.system(theirs)) as work:
                note_fact(work, delivery_id, Fact.NOTIFIED)

    def _postpone(self, organisation_id: UUID, message_id: UUID) -> bool:
        values = {"attempt": notices.c.attempt + 1, "due_at": func.now() + PAUSE * (notices.c.attempt + 1)}
        write = update(notices).where(*_this(organisation_id, message_id), notices.c.attempt < TRIES)
        with self._host.transaction(organisation_id) as connection:
            return bool(connection.execute(write.values(values)).rowcount)


def _this(organisation_id: UUID, message_id: UUID) -> tuple[Any, Any]:
    return notices.c.organisation_id == organisation_id, notices.c.message_id == message_id
