"""Codes for accounts: a worker sends them, so that the time of an answer does not tell who has an account."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from budkavle import Backoff, Host, Outbox, OutboxEntry
from budkavle.storage import NewEntry, enqueue
from budkavle_email_link.mail.sender import Post
from budkavle_email_link.texts import Wording

NAME = "codes"
LIFETIME = timedelta(minutes=10)
"""How long a code is valid, from when it was asked for."""
BACKOFF = Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=1), tries=12)


class QueuedCode(msgspec.Struct, frozen=True):
    """A code that is to be mailed.

    Attributes:
        email: The address.
        language: The language of the mail.
        salt: The id of the mail, which is the same at each attempt.
    """

    email: str
    language: str
    code: str
    salt: str


class QueuedCodes:
    """The outbox of codes for accounts. A code that has expired meanwhile is not sent.

    Args:
        host: The plugin's host.
        post: Sends the mails.
    """

    def __init__(self, host: Host, post: Post) -> None:
        self._host = host
        self._post = post
        self._wording = Wording(host)

    def outbox(self) -> Outbox:
        """Return the outbox, for the core. What was given up is deleted: nobody waits for it any longer."""
        return Outbox(NAME, self._send, backoff=BACKOFF, keeps_parked=False)

    def add(self, organisation_id: UUID, code: QueuedCode) -> None:
        """Queue a code for an account of this organisation."""
        with self._host.work(self._host.system(organisation_id)) as work:
            enqueue(work, NewEntry(f"email_link.{NAME}", msgspec.json.encode(code)))

    def _send(self, entry: OutboxEntry) -> None:
        if datetime.now(UTC) < entry.queued_at + LIFETIME:
            queued = msgspec.json.decode(entry.content, type=QueuedCode)
            self._post.send(self._wording.code(queued.email, queued.language, queued.code, queued.salt))
