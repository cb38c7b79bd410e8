"""The links: one for each delivery, found by the hash of its token, with what a reminder needs sealed beside it."""

import hashlib
import hmac
import secrets
from base64 import b32encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Row, case, delete, func, null, select, text, update
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host
from budkavle.accounts import read_settings
from budkavle_email_link.link_settings import LinkRules
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_email_link.tables import bounces, links

Kind = Literal["over", "remind"]


class Reader(msgspec.Struct, frozen=True):
    """Whom a link is for, for the mails about it; nothing of the message."""

    email: str
    language: str
    identify: bool
    """Whether more than the link is asked for."""


class _LinkContent(msgspec.Struct, frozen=True):
    token: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class Link:
    """A link from the table, decrypted.

    Attributes:
        token: What the address ends in; whoever has it can open the link's first page.
        again: How many reminders have gone, so that each has a Message-ID of its own.
    """

    organisation_id: UUID
    delivery_id: UUID
    token: str
    reader: Reader
    expires_at: datetime
    again: int = 0
    over: bool = False

    @property
    def bounce(self) -> str:
        """The local part that bounces of its mails go to."""
        return f"bounce+{derived(self.token, 'bounce')}"

    @property
    def message_id(self) -> str:
        """The left half of its mail's Message-ID: the same at each try, another for each reminder."""
        return derived(self.token, f"message-id:{self.again}")


class Links:
    """The table of links.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    @property
    def _settings(self) -> EmailLinkSettings:
        settings: EmailLinkSettings = self._host.settings
        return settings

    def rules(self, organisation_id: UUID) -> LinkRules:
        """Return what the organisation has chosen."""
        with self._host.work(self._host.system(organisation_id)) as work:
            return read_settings(work, LinkRules)

    def make(self, organisation_id: UUID, delivery_id: UUID, reader: Reader) -> Link:
        """Return the link of a delivery with its expiry renewed; it is created at the first attempt and then reused."""
        rules = self.rules(organisation_id)
        with self._host.transaction(organisation_id) as connection:
            mine = (links.c.organisation_id == organisation_id, links.c.delivery_id == delivery_id)
            row = connection.execute(select(links).where(*mine).with_for_update()).one_or_none()
            token = self._open(row).token if row else secrets.token_urlsafe(32)
            expires_at = datetime.now(UTC) + timedelta(days=rules.link_days)
            values = {
                "token_hash": hashed(token),
                "bounce_hash": hashed(derived(token, "bounce")),
                "sealed": self._seal(organisation_id, delivery_id, _LinkContent(token, reader)),
                "expires_at": expires_at,
                "remind_at": None,
                "reminders": 0,
                "over_at": None,
            }
            key = {"organisation_id": organisation_id, "delivery_id": delivery_id, "created_at": func.now()}
            write = insert(links).values(**key, **values)
            connection.execute(
                write.on_conflict_do_update(index_elements=["organisation_id", "delivery_id"], set_=values)
            )
        return Link(organisation_id, delivery_id, token, reader, expires_at)

    def sent(self, link: Link) -> None:
        """Note that its mail is being handed over; from now on the days until a reminder count.

        Before, not after: what fails after a mail has gone would let it go again. `make` begins anew at a later try.
        """
        rules = self.rules(link.organisation_id)
        days = rules.reminders and rules.remind_days
        values = {"sent_at": func.now(), "remind_at": _after(rules) if days else None}
        with self._host.transaction(link.organisation_id) as connection:
            connection.execute(update(links).where(*_this(link.organisation_id, link.delivery_id)).values(values))

    def find(self, token: str) -> Link | None:
        """Return the link of a token, also one whose time is up; None where there is none."""
        with self._host.transaction(None) as connection:
            query = text("SELECT organisation_id, delivery_id FROM email_link_find(:wanted)")
            row = connection.execute(query, {"wanted": hashed(token)}).one_or_none()
        return self.of(row.organisation_id, row.delivery_id) if row else None

    def of(self, organisation_id: UUID, delivery_id: UUID) -> Link | None:
        """Return the link of a delivery."""
        with self._host.transaction(organisation_id) as connection:
            query = select(links).where(*_this(organisation_id, delivery_id))
            row = connection.execute(query).one_or_none()
        return self._link(row) if row else None

    def bounced(self, token: str) -> tuple[UUID, UUID] | None:
        """Return (organisation, delivery) of a bounce address's token; None where it is none of ours."""
        with self._host.transaction(None) as connection:
            query = text("SELECT organisation_id, delivery_id FROM email_link_bounced(:wanted)")
            row = connection.execute(query, {"wanted": hashed(token.lower())}).one_or_none()
        return (row.organisation_id, row.delivery_id) if row else None

    def due(self, most: int) -> Sequence[tuple[Kind, UUID, UUID]]:
        """Return what the job has to look at, of all organisations that work here: kind, organisation, delivery."""
        at_work = [organisation.id for organisation in self._host.platform.organisations()]
        query = text("SELECT kind, organisation_id, id FROM email_link_due_of(:wanted, :most)")
        with self._host.transaction(None) as connection:
            rows = connection.execute(query, {"wanted": at_work, "most": most})
            return [(row.kind, row.organisation_id, row.id) for row in rows]

    def claim_reminder(self, organisation_id: UUID, delivery_id: UUID) -> Link | None:
        """Claim the reminder that is due, and set the time of the next; None if another worker has claimed it."""
        rules = self.rules(organisation_id)
        more = links.c.reminders + 1 < rules.reminders
        values = {"reminders": links.c.reminders + 1, "remind_at": case((more, _after(rules)), else_=null())}
        write = update(links).where(*_this(organisation_id, delivery_id), links.c.remind_at <= func.now())
        with self._host.transaction(organisation_id) as connection:
            row = connection.execute(write.values(values).returning(links)).one_or_none()
        return self._link(row) if row else None

    def postpone(self, link: Link, pause: timedelta) -> None:
        """Let a reminder that could not be sent wait."""
        values = {"remind_at": func.now() + pause, "reminders": links.c.reminders - 1}
        with self._host.transaction(link.organisation_id) as connection:
            connection.execute(update(links).where(*_this(link.organisation_id, link.delivery_id)).values(values))

    def no_reminders(self, organisation_id: UUID, delivery_id: UUID) -> None:
        """Send no more reminders of this one: it has been opened, or will never be."""
        with self._host.transaction(organisation_id) as connection:
            connection.execute(update(links).where(*_this(organisation_id, delivery_id)).values(remind_at=None))

    def end(self, organisation_id: UUID, delivery_id: UUID) -> None:
        """Note that a link's time is up and that its sender has been told."""
        write = update(links).where(*_this(organisation_id, delivery_id), links.c.over_at.is_(None))
        with self._host.transaction(organisation_id) as connection:
            connection.execute(write.values(over_at=func.now(), remind_at=None))

    def forget(self, organisation_id: UUID, delivery_ids: Collection[UUID]) -> None:
        """Forget whose links they are whose messages have been destroyed.

        The links stay known until they are swept, so that a reader is told that the message is gone.
        """
        ours = (links.c.organisation_id == organisation_id, links.c.delivery_id.in_(delivery_ids))
        returned = (bounces.c.organisation_id == organisation_id, bounces.c.delivery_id.in_(delivery_ids))
        with self._host.transaction(organisation_id) as connection:
            for row in connection.execute(select(links).where(*ours).with_for_update()).all():
                content = self._open(row)
                nobody = _LinkContent(content.token, Reader("", content.reader.language, content.reader.identify))
                values = {
                    "sealed": self._seal(organisation_id, row.delivery_id, nobody),
                    "remind_at": None,
                    "over_at": func.coalesce(links.c.over_at, func.now()),
                }
                connection.execute(update(links).where(*_this(organisation_id, row.delivery_id)).values(values))
            connection.execute(delete(bounces).where(*returned))

    def sweep(self, organisation_id: UUID) -> int:
        """Forget links whose time was up long ago, with the addresses in them; returns how many."""
        old = (links.c.organisation_id == organisation_id, links.c.over_at < func.now() - self._keep())
        with self._host.transaction(organisation_id) as connection:
            return connection.execute(delete(links).where(*old)).rowcount

    def _keep(self) -> timedelta:
        return timedelta(days=self._settings.keep_days)

    def _link(self, row: Row[Any]) -> Link:
        content = self._open(row)
        over = row.over_at is not None or row.expires_at <= datetime.now(UTC)
        return Link(
            row.organisation_id, row.delivery_id, content.token, content.reader, row.expires_at, row.reminders, over
        )

    def _seal(self, organisation_id: UUID, delivery_id: UUID, content: _LinkContent) -> bytes:
        return self._host.vault.seal_small(organisation_id, f"link:{delivery_id}", msgspec.json.encode(content))

    def _open(self, row: Row[Any]) -> _LinkContent:
        plain = self._host.vault.open_small(row.organisation_id, f"link:{row.delivery_id}", row.sealed)
        return msgspec.json.decode(plain, type=_LinkContent)


def _this(organisation_id: UUID, delivery_id: UUID) -> tuple[Any, Any]:
    return (links.c.organisation_id == organisation_id, links.c.delivery_id == delivery_id)


def _after(rules: LinkRules) -> Any:
    return func.now() + timedelta(days=rules.remind_days)


def hashed(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def derived(token: str, what: str) -> str:
    """Return another secret that the token gives, and that does not give the token: letters of one case, and digits."""
    return b32encode(hmac.digest(token.encode(), what.encode(), "sha256")[:15]).decode().lower()
