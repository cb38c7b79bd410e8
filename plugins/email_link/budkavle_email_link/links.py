"""The table of links: one for each delivery, found by the hash of its token; the reader's details are stored sealed."""

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
    """The reader of a link, as the mails need it; nothing of the message."""

    email: str
    language: str
    identify: bool
    """Whether the reader must identify, so that the link alone is not enough."""


class _LinkContent(msgspec.Struct, frozen=True):
    token: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class Link:
    """A row of the table, decrypted.

    Attributes:
        token: The last part of the URL; anyone who has it can open the link's first page.
        again: The number of reminders sent so far, so that each has its own Message-ID.
        over: Whether the link has expired or has been ended.
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
        """The local part of the address that receives bounces of its mails."""
        return f"bounce+{derived(self.token, 'bounce')}"

    @property
    def message_id(self) -> str:
        """The local part of its mail's Message-ID: the same at each attempt, and another one for each reminder."""
        return derived(self.token, f"message-id:{self.again}")


class Links:
    """Reads and writes the table of links.

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
        """Return the organisation's settings for links."""
        with self._host.work(self._host.system(organisation_id)) as work:
            return read_settings(work, LinkRules)

    def make(self, organisation_id: UUID, delivery_id: UUID, reader: Reader) -> Link:
        """Return the link of a delivery with its expiry renewed; it is created at the first attempt and then reused."""
        rules = self.rules(organisation_id)
        with self._host.transaction(organisation_id) as connection:
            this_link = (links.c.organisation_id == organisation_id, links.c.delivery_id == delivery_id)
            row = connection.execute(select(links).where(*this_link).with_for_update()).one_or_none()
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
            statement = insert(links).values(**key, **values)
            connection.execute(
                statement.on_conflict_do_update(index_elements=["organisation_id", "delivery_id"], set_=values)
            )
        return Link(organisation_id, delivery_id, token, reader, expires_at)

    def sent(self, link: Link) -> None:
        """Record that its mail is about to be sent; the days until a reminder count from now.

        Call it before sending, not after: an error after the mail has been sent would cause it to be sent again. At a
        later attempt `make` resets these values.
        """
        rules = self.rules(link.organisation_id)
        days = rules.reminders and rules.remind_days
        values = {"sent_at": func.now(), "remind_at": _after(rules) if days else None}
        with self._host.transaction(link.organisation_id) as connection:
            connection.execute(update(links).where(*_this(link.organisation_id, link.delivery_id)).values(values))

    def find(self, token: str) -> Link | None:
        """Return the link with a token, even if it has expired; None if there is none."""
        with self._host.transaction(None) as connection:
            query = text("SELECT organisation_id, delivery_id FROM email_link_find(:wanted)")
            row = connection.execute(query, {"wanted": hashed(token)}).one_or_none()
        return self.of(row.organisation_id, row.delivery_id) if row else None

    def of(self, organisation_id: UUID, delivery_id: UUID) -> Link | None:
        """Return the link of a delivery; None if there is none."""
        with self._host.transaction(organisation_id) as connection:
            query = select(links).where(*_this(organisation_id, delivery_id))
            row = connection.execute(query).one_or_none()
        return self._link(row) if row else None

    def bounced(self, token: str) -> tuple[UUID, UUID] | None:
        """Return (organisation, delivery) for the token of a bounce address; None if the token is unknown."""
        with self._host.transaction(None) as connection:
            query = text("SELECT organisation_id, delivery_id FROM email_link_bounced(:wanted)")
            row = connection.execute(query, {"wanted": hashed(token.lower())}).one_or_none()
        return (row.organisation_id, row.delivery_id) if row else None

    def due(self, most: int) -> Sequence[tuple[Kind, UUID, UUID]]:
        """Return at most `most` due links of the organisations that are active here: kind, organisation, delivery."""
        at_work = [organisation.id for organisation in self._host.platform.organisations()]
        query = text("SELECT kind, organisation_id, id FROM email_link_due_of(:wanted, :most)")
        with self._host.transaction(None) as connection:
            rows = connection.execute(query, {"wanted": at_work, "most": most})
            return [(row.kind, row.organisation_id, row.id) for row in rows]

    def claim_reminder(self, organisation_id: UUID, delivery_id: UUID) -> Link | None:
        """Claim a due reminder, and schedule the next one; None if another worker has claimed it."""
        rules = self.rules(organisation_id)
        more = links.c.reminders + 1 < rules.reminders
        values = {"reminders": links.c.reminders + 1, "remind_at": case((more, _after(rules)), else_=null())}
        statement = update(links).where(*_this(organisation_id, delivery_id), links.c.remind_at <= func.now())
        with self._host.transaction(organisation_id) as connection:
            row = connection.execute(statement.values(values).returning(links)).one_or_none()
        return self._link(row) if row else None

    def postpone(self, link: Link, pause: timedelta) -> None:
        """Return a claimed reminder that could not be sent, to be tried again after a pause."""
        values = {"remind_at": func.now() + pause, "reminders": links.c.reminders - 1}
        with self._host.transaction(link.organisation_id) as connection:
            connection.execute(update(links).where(*_this(link.organisation_id, link.delivery_id)).values(values))

    def no_reminders(self, organisation_id: UUID, delivery_id: UUID) -> None:
        """Cancel further reminders of a link: its message has been opened, or cannot be delivered."""
        with self._host.transaction(organisation_id) as connection:
            connection.execute(update(links).where(*_this(organisation_id, delivery_id)).values(remind_at=None))

    def end(self, organisation_id: UUID, delivery_id: UUID) -> None:
        """Record that a link has ended, after its sender has been told."""
        statement = update(links).where(*_this(organisation_id, delivery_id), links.c.over_at.is_(None))
        with self._host.transaction(organisation_id) as connection:
            connection.execute(statement.values(over_at=func.now(), remind_at=None))

    def forget(self, organisation_id: UUID, delivery_ids: Collection[UUID]) -> None:
        """Delete the readers' details from the links of destroyed messages, and the bounce addresses of their mails.

        The links themselves stay until they are swept, so that a reader who opens one learns that the message is gone.
        """
        these_links = (links.c.organisation_id == organisation_id, links.c.delivery_id.in_(delivery_ids))
        their_bounces = (bounces.c.organisation_id == organisation_id, bounces.c.delivery_id.in_(delivery_ids))
        with self._host.transaction(organisation_id) as connection:
            for row in connection.execute(select(links).where(*these_links).with_for_update()).all():
                content = self._open(row)
                anonymous = _LinkContent(content.token, Reader("", content.reader.language, content.reader.identify))
                values = {
                    "sealed": self._seal(organisation_id, row.delivery_id, anonymous),
                    "remind_at": None,
                    "over_at": func.coalesce(links.c.over_at, func.now()),
                }
                connection.execute(update(links).where(*_this(organisation_id, row.delivery_id)).values(values))
            connection.execute(delete(bounces).where(*their_bounces))

    def sweep(self, organisation_id: UUID) -> int:
        """Delete links that expired long ago, with their addresses; return how many."""
        expired = (links.c.organisation_id == organisation_id, links.c.over_at < func.now() - self._keep())
        with self._host.transaction(organisation_id) as connection:
            return connection.execute(delete(links).where(*expired)).rowcount

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
    """Return the hash of a token, which is stored instead of it."""
    return hashlib.sha256(token.encode()).digest()


def derived(token: str, what: str) -> str:
    """Derive a secret from the token, from which the token cannot be computed: lower-case letters and digits."""
    return b32encode(hmac.digest(token.encode(), what.encode(), "sha256")[:15]).decode().lower()
