"""Mails that tell a user how their account is signed in to has changed: who did not do it can act at once."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, func, insert, select, text, update

from budkavle import Host, NotFound, Permanent, Temporary, find_user
from budkavle_email_link.mail.sender import Post
from budkavle_email_link.receipts import account_bounces
from budkavle_email_link.receipts.account_bounces import About
from budkavle_email_link.tables import accounts
from budkavle_email_link.texts import LANGUAGES, Wording

AT_ONCE = 50
PAUSE = timedelta(minutes=1)
TRIES = 10


class Accounts:
    """The queue of these mails. They are sent whatever the user has chosen of other mails.

    Args:
        host: The plugin's host.
        post: The way out for mails.
    """

    def __init__(self, host: Host, post: Post) -> None:
        self._host = host
        self._post = post
        self._wording = Wording(host)

    def add(self, organisation_id: UUID, user_id: UUID, kind: str) -> None:
        """Queue the mail about a change, one of those in `CHANGES`."""
        row = {"organisation_id": organisation_id, "id": uuid4(), "user_id": user_id, "kind": kind, "attempt": 0}
        with self._host.transaction(organisation_id) as connection:
            connection.execute(insert(accounts).values({**row, "at": func.now(), "due_at": func.now()}))

    def run(self) -> int:
        """Send what is due; returns how many there were. A job."""
        with self._host.transaction(None) as connection:
            query = text("SELECT organisation_id, id FROM email_link_accounts_due(:most)")
            due = connection.execute(query, {"most": AT_ONCE}).all()
        for one in due:
            self._send(one.organisation_id, one.id)
        return len(due)

    def _send(self, organisation_id: UUID, one: UUID) -> None:
        """Send one; one that cannot be sent waits, longer and longer, and is given up some day."""
        this = (accounts.c.organisation_id == organisation_id, accounts.c.id == one)
        with self._host.transaction(organisation_id) as connection:
            row = connection.execute(select(accounts).where(*this)).one_or_none()
        if row is None:
            return
        try:
            self._mail(row)
        except Temporary as error:
            if row.attempt < TRIES:
                values = {"attempt": row.attempt + 1, "due_at": func.now() + PAUSE * (row.attempt + 1)}
                with self._host.transaction(organisation_id) as connection:
                    connection.execute(update(accounts).where(*this).values(values))
                return
            self._host.log.warning("account-mail.given-up", user=str(row.user_id), reason=error.message)
        except Permanent as error:
            self._host.log.warning("account-mail.refused", user=str(row.user_id), reason=error.message)
        with self._host.transaction(organisation_id) as connection:
            connection.execute(delete(accounts).where(*this))

    def _mail(self, row: Row[Any]) -> None:
        try:
            with self._host.work(self._host.system(row.organisation_id)) as work:
                user = find_user(work, row.user_id)
        except NotFound:
            return
        language = user.language if user.language in LANGUAGES else LANGUAGES[0]
        bounce = account_bounces.address(self._host, About(row.organisation_id, user_id=row.user_id))
        self._post.send(self._wording.account(row, user.email, language, bounce))
