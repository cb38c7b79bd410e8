"""The development outbox: mails are shown instead of sent. They are stored sealed, and only the newest are kept."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import msgspec
from sqlalchemy import delete, func, insert, select

from budkavle import Host
from budkavle_email_link.mail.message import Mail
from budkavle_email_link.tables import outbox

KEPT = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """A mail as the outbox shows it."""

    id: int
    at: datetime
    mail: Mail


class Outbox:
    """Stores mails in place of the mail server.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def add(self, mail: Mail) -> None:
        """Add a mail; the oldest ones are deleted."""
        key = uuid4()
        sealed = self._host.vault.seal_installation(f"email-outbox:{key}", msgspec.json.encode(mail))
        oldest = select(outbox.c.id).order_by(outbox.c.id.desc()).offset(KEPT).limit(1).scalar_subquery()
        with self._host.transaction(None) as connection:
            connection.execute(insert(outbox).values(at=func.now(), key=key, sealed=sealed))
            connection.execute(delete(outbox).where(outbox.c.id <= oldest))

    def latest(self, limit: int = KEPT) -> list[Shown]:
        """Return the mails, the newest first."""
        with self._host.transaction(None) as connection:
            rows = connection.execute(select(outbox).order_by(outbox.c.id.desc()).limit(limit)).all()
        opened = ((row, self._host.vault.open_installation(f"email-outbox:{row.key}", row.sealed)) for row in rows)
        return [Shown(row.id, row.at, msgspec.json.decode(plain, type=Mail)) for row, plain in opened]
