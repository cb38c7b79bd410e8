"""The messages to send: a table that is the queue. Pages write it; the worker's job empties it.

Number, sender and text lie sealed, and the text is gone once the message is sent. A text that was never sent is gone
when its time is up.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import RowMapping, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host, Sentence
from budkavle_sms.tables import gateways, outbox

LEASE = timedelta(seconds=60)
NOBODY = UUID(int=0)
"""The organisation of a part of the system that looks after all of them."""


class Kind(StrEnum):
    """What a message is for."""

    CODE = "code"
    NOTICE = "notice"


class State(StrEnum):
    """Where a message is."""

    WAITING = "WAITING"
    SENDING = "SENDING"
    SENT = "SENT"
    UNSURE = "UNSURE"
    """Handed over perhaps: the worker died before it knew, and a report may still come."""
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


OPEN = (State.WAITING, State.SENDING, State.SENT, State.UNSURE)
"""States that a gateway's report may end."""


class Content(msgspec.Struct, frozen=True):
    """What lies sealed in a row; `text` is empty once it is sent."""

    to: str
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits to be sent, claimed for one try."""

    organisation_id: UUID
    id: UUID
    kind: Kind
    attempt: int
    content: Content
    expired: bool
    """Whether its time is up: a code that nobody can use any more."""
    delivery_id: UUID | None = None
    """What a notice tells of."""
    unsure: bool = False
    """Whether an earlier try began to hand it over and never said how it went."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as an administrator sees it."""

    id: UUID
    kind: Kind
    state: State
    to: str
    text: str
    failure: str
    created_at: datetime


class Outbox:
    """The queue of one installation.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def add(
        self,
        organisation_id: UUID,
        kind: Kind,
        content: Content,
        lifetime: timedelta,
        delivery_id: UUID | None = None,
    ) -> UUID | None:
        """Queue a message.

        Args:
            organisation_id: Who sends it.
            kind: What it is for.
            content: The message.
            lifetime: After this time it is no longer sent.
            delivery_id: What it tells of; a delivery is told of once.

        Returns:
            Its id; None where the delivery has been told of.
        """
        message_id = uuid4()
        row = {
            "organisation_id": organisation_id,
            "id": message_id,
            "kind": kind.value,
            "delivery_id": delivery_id,
            "sealed": self._seal(organisation_id, message_id, content),
            "state": State.WAITING.value,
            "attempt": 0,
            "due_at": func.now(),
            "expires_at": func.now() + lifetime,
            "gateway": "",
            "failure": "",
            "created_at": func.clock_timestamp(),
            "changed_at": func.now(),
        }
        with self._host.transaction(organisation_id) as connection:
            write = insert(outbox).values(row).on_conflict_do_nothing()
            return message_id if connection.execute(write).rowcount else None

    def told_of(self, organisation_id: UUID, delivery_ids: Sequence[UUID]) -> set[UUID]:
        """Return those of the deliveries that a notice has been queued of."""
        query = select(outbox.c.delivery_id).where(
            outbox.c.organisation_id == organisation_id,
            outbox.c.kind == Kind.NOTICE.value,
            outbox.c.delivery_id.in_(delivery_ids),
        )
        with self._host.transaction(organisation_id) as connection:
            return set(connection.execute(query).scalars())

    def forget(self, organisation_id: UUID, delivery_ids: Collection[UUID]) -> None:
        """Delete what was to be sent, or was, about deliveries that have been destroyed: number and text."""
        where = (outbox.c.organisation_id == organisation_id, outbox.c.delivery_id.in_(delivery_ids))
        with self._host.transaction(organisation_id) as connection:
            connection.execute(delete(outbox).where(*where))

    def claim(self, most: int) -> list[Queued]:
        """Take what is due, over all organisations, each for one try."""
        with self._host.transaction(None) as connection:
            query = text("SELECT organisation_id, id, attempt FROM sms_claim(:most, :lease)")
            claimed = connection.execute(query, {"most": most, "lease": LEASE}).all()
        loaded = (self._load(row.organisation_id, row.id, row.attempt) for row in claimed)
        return [message for message in loaded if message is not None]

    def handing(self, message: Queued, gateway: str) -> None:
        """Note that a gateway is about to get it, so that a death in the middle shows."""
        claimed = (outbox.c.state == State.SENDING.value, outbox.c.attempt == message.attempt)
        row = (outbox.c.organisation_id == message.organisation_id, outbox.c.id == message.id)
        with self._host.transaction(message.organisation_id) as connection:
            connection.execute(update(outbox).where(*row, *claimed).values(gateway=gateway))

    def doubt(self, message: Queued, failure: str) -> bool:
        """Send it no more, since it may have been sent; the text is forgotten. False where the lease was lost."""
        content = msgspec.structs.replace(message.content, text="")
        return self._settle(
            message, State.UNSURE, failure, sealed=self._seal(message.organisation_id, message.id, content)
        )

    def sent(self, message: Queued, gateway: str, remote_id: str, *, keep_text: bool) -> None:
        """Note that a gateway has taken it, whose text is then forgotten here."""
        c = message.content
        content = c if keep_text else msgspec.structs.replace(c, text="")
        values = {
            "sealed": self._seal(message.organisation_id, message.id, content),
            "gateway": gateway,
            "remote_id": remote_id or None,
            "failure": "",
        }
        with self._host.transaction(message.organisation_id) as connection:
            row = (outbox.c.organisation_id == message.organisation_id, outbox.c.id == message.id)
            connection.execute(update(outbox).where(*row).values(values))
            claimed = (*row, outbox.c.state == State.SENDING.value, outbox.c.attempt == message.attempt)
            connection.execute(
                update(outbox).where(*claimed).values(state=State.SENT.value, changed_at=func.clock_timestamp())
            )

    def postpone(self, message: Queued, pause: timedelta, failure: str) -> None:
        """Let it wait for another try; the sentence says why."""
        self._settle(message, State.WAITING, failure, due_at=func.now() + pause, gateway="")

    def fail(self, message: Queued, failure: str) -> bool:
        """Give it up; the sentence says why, and the text is forgotten. False where the lease was lost."""
        content = msgspec.structs.replace(message.content, text="")
        return self._settle(
            message, State.FAILED, failure, sealed=self._seal(message.organisation_id, message.id, content)
        )

    def end(self, organisation_id: UUID, message_id: UUID, state: State, failure: str = "") -> UUID | None:
        """Note what a gateway has reported.

        Returns:
            The delivery that a notice was about, where it changed something; None else, also for a report that comes
            again or too late.
        """
        write = (
            update(outbox)
            .where(
                outbox.c.organisation_id == organisation_id,
                outbox.c.id == message_id,
                outbox.c.state.in_([open_state.value for open_state in OPEN]),
            )
            .values(state=state.value, failure=Sentence(failure).to_text(), changed_at=func.clock_timestamp())
            .returning(outbox.c.delivery_id)
        )
        with self._host.transaction(organisation_id) as connection:
            delivery_id: UUID | None = connection.execute(write).scalar_one_or_none()
        return delivery_id

    def failure_of(self, organisation_id: UUID, message_id: UUID) -> Sentence:
        """Return why a message could not be sent; empty where it could, or still may."""
        with self._host.transaction(organisation_id) as connection:
            query = select(outbox.c.failure).where(
                outbox.c.organisation_id == organisation_id,
                outbox.c.id == message_id,
                outbox.c.state == State.FAILED.value,
            )
            return Sentence.from_stored(connection.execute(query).scalar_one_or_none() or "")

    def latest(self, organisation_id: UUID, limit: int) -> list[Listed]:
        """Return the organisation's messages, the newest first; texts only where they are still kept."""
        with self._host.transaction(organisation_id) as connection:
            query = select(outbox).where(outbox.c.organisation_id == organisation_id)
            query = query.order_by(outbox.c.created_at.desc()).limit(limit)
            rows = connection.execute(query).mappings().all()
        return [self._listed(row) for row in rows]

    def failures_since(self, organisation_id: UUID, ago: timedelta) -> int:
        """Count the messages of an organisation that have failed lately."""
        failed = (
            outbox.c.organisation_id == organisation_id,
            outbox.c.state == State.FAILED.value,
            outbox.c.created_at > func.now() - ago,
        )
        with self._host.transaction(organisation_id) as connection:
            return connection.execute(select(func.count()).where(*failed)).scalar_one()

    def sweep(self, organisation_ids: Sequence[UUID], keep: timedelta) -> int:
        """Forget what was sent long ago; returns how many rows."""
        gone = 0
        for organisation_id in organisation_ids:
            old = (outbox.c.organisation_id == organisation_id, outbox.c.created_at < func.now() - keep)
            with self._host.transaction(organisation_id) as connection:
                gone += connection.execute(delete(outbox).where(*old)).rowcount
        return gone

    def note_gateway(self, name: str, failure: str = "") -> None:
        """Remember how it went with a gateway, for the health page."""
        now = {"failed_at": func.now(), "failure": Sentence(failure).to_text()} if failure else {"well_at": func.now()}
        write = insert(gateways).values(name=name, **now)
        with self._host.transaction(None) as connection:
            connection.execute(write.on_conflict_do_update(index_elements=["name"], set_=now))

    def gateway(self, name: str) -> RowMapping | None:
        """Return how it last went with a gateway; None where it has not been used."""
        with self._host.transaction(None) as connection:
            return connection.execute(select(gateways).where(gateways.c.name == name)).mappings().one_or_none()

    def _load(self, organisation_id: UUID, message_id: UUID, attempt: int) -> Queued | None:
        query = select(outbox, (outbox.c.expires_at <= func.now()).label("expired")).where(
            outbox.c.organisation_id == organisation_id, outbox.c.id == message_id, outbox.c.attempt == attempt
        )
        with self._host.transaction(organisation_id) as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        content = self._open(organisation_id, message_id, row["sealed"])
        kind, delivery_id = Kind(row["kind"]), row["delivery_id"]
        unsure = bool(row["gateway"])
        return Queued(organisation_id, message_id, kind, attempt, content, row["expired"], delivery_id, unsure)

    def _settle(self, message: Queued, state: State, failure: str, **values: object) -> bool:
        write = (
            update(outbox)
            .where(
                outbox.c.organisation_id == message.organisation_id,
                outbox.c.id == message.id,
                outbox.c.state == State.SENDING.value,
                outbox.c.attempt == message.attempt,
            )
            .values(state=state.value, failure=Sentence(failure).to_text(), changed_at=func.clock_timestamp(), **values)
        )
        with self._host.transaction(message.organisation_id) as connection:
            return connection.execute(write).rowcount == 1

    def _listed(self, row: RowMapping) -> Listed:
        content = self._open(row["organisation_id"], row["id"], row["sealed"])
        return Listed(
            row["id"],
            Kind(row["kind"]),
            State(row["state"]),
            content.to,
            content.text,
            Sentence.from_stored(row["failure"]),
            row["created_at"],
        )

    def _seal(self, organisation_id: UUID, message_id: UUID, content: Content) -> bytes:
        return self._host.vault.seal_small(organisation_id, f"sms:{message_id}", msgspec.json.encode(content))

    def _open(self, organisation_id: UUID, message_id: UUID, sealed: bytes) -> Content:
        plain = self._host.vault.open_small(organisation_id, f"sms:{message_id}", sealed)
        return msgspec.json.decode(plain, type=Content)
