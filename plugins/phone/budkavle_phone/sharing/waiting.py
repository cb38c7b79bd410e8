"""Shared files that wait for their person to sign in and choose a mailbox.

The share sheet sends no CSRF token, and often nobody is signed in yet. So the content is only stored, under a secret of
the browser that sent it, until one of our forms uses it.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from sqlalchemy import delete, func, insert, select

from budkavle import Conflict, Host
from budkavle_phone.tables import shares

LASTS = timedelta(minutes=10)
MOST_FILES = 10
MOST_BYTES = 25_000_000
"""For one share."""
MOST_WAITING = 250_000_000
"""Bytes of all waiting shares; the senders are not identified yet."""
FULL = (
    "Det är många som delar filer just nu. Vänta några minuter och försök igen, eller öppna appen och bifoga filen där."
)


class SharedFile(msgspec.Struct, frozen=True):
    """A shared file."""

    name: str
    content_type: str
    content: bytes


class Shared(msgspec.Struct, frozen=True):
    """The content of one share.

    Attributes:
        title: The title from the sharing app.
        text: The text and URL.
    """

    title: str
    text: str
    files: list[SharedFile]


@dataclass(frozen=True, slots=True)
class WaitingShares:
    """Stores shared content."""

    host: Host

    def keep(self, shared: Shared) -> str:
        """Store a share, and return the secret with which the browser finds it again.

        Raises:
            Conflict: Too much is waiting already.
        """
        secret = secrets.token_urlsafe(32)
        sealed = self.host.vault.seal_installation(_label(secret), msgspec.msgpack.encode(shared))
        row = {"hash": self._hash(secret), "sealed": sealed, "size": len(sealed), "expires_at": func.now() + LASTS}
        with self.host.transaction(None) as connection:
            connection.execute(delete(shares).where(shares.c.expires_at < func.now()))
            waiting = connection.execute(select(func.coalesce(func.sum(shares.c.size), 0))).scalar_one()
            if waiting + len(sealed) > MOST_WAITING:
                raise Conflict(FULL)
            connection.execute(insert(shares).values(row))
        return secret

    def find(self, secret: str) -> Shared | None:
        """Return the share with a secret; None if there is none, or it has expired."""
        query = select(shares.c.sealed).where(shares.c.hash == self._hash(secret), shares.c.expires_at > func.now())
        with self.host.transaction(None) as connection:
            sealed = connection.execute(query).scalar_one_or_none()
        if sealed is None:
            return None
        return msgspec.msgpack.decode(self.host.vault.open_installation(_label(secret), sealed), type=Shared)

    def forget(self, secret: str) -> None:
        """Delete the share with a secret."""
        with self.host.transaction(None) as connection:
            connection.execute(delete(shares).where(shares.c.hash == self._hash(secret)))

    def sweep(self) -> int:
        """Delete expired shares, and return the number."""
        with self.host.transaction(None) as connection:
            return connection.execute(delete(shares).where(shares.c.expires_at < func.now())).rowcount

    def _hash(self, secret: str) -> bytes:
        return self.host.vault.subject_hash("phone-share", secret)


def _label(secret: str) -> str:
    return f"phone.share:{secret}"
