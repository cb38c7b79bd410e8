"""What people do on the pages, and what comes from peers, by the product's own functions."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import psycopg
from sqlalchemy.exc import OperationalError

from budkavle.cases import actions, attachments
from budkavle.deliveries import recall, receipts, undo
from budkavle.messaging import receiving, sending
from budkavle.model import sources
from budkavle.model.errors import BudkavleError, Conflict, Unavailable
from budkavle.model.messages import Address, Draft, Incoming, ReceiptToSend
from budkavle.model.people import UserActor
from budkavle.model.receipts import Receipt
from budkavle.plugins.transport_calls import transport_actor
from budkavle.storage.outbox import NewEntry, enqueue
from budkavle.storage.platform import Platform
from simulate.errands import QUEUE, Errands
from simulate.network import Network
from simulate.scheduling import Died, Process

RECIPIENTS = (
    *(("kept", "north"), ("kept", "south"), ("kept", "dead")),
    *(("plain", "east"), ("plain", "west"), ("plain", "south"), ("plain", "north")),
)
ACTS = {"send": 50, "answer": 12, "undo": 14, "recall": 8, "retry": 10, "close": 6, "errand": 12}
"""What a person does, by weight."""
FILES = 0.2
"""How often a message has a file."""


@dataclass
class Book:
    """What people and peers have been told.

    Attributes:
        tried: The ids of messages that somebody has tried to send, with the number of recipients.
        files: What is attached to them, by the message's id.
        confirmed: Those of which the page has said that they are sent.
        undone: Those of which the page has said that they are not.
        maybe_undone: Those of which the page could not say whether they were.
        offered: What peers have sent us, by its name there.
        accepted: What we have said that we have.
        waiting: What peers send again.
    """

    tried: dict[UUID, int] = field(default_factory=dict)
    files: dict[UUID, bytes] = field(default_factory=dict)
    confirmed: set[UUID] = field(default_factory=set)
    undone: set[UUID] = field(default_factory=set)
    maybe_undone: set[UUID] = field(default_factory=set)
    offered: dict[str, Incoming] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    waiting: list[Incoming] = field(default_factory=list)


@dataclass
class Person:
    """A user of a web process."""

    platform: Platform
    process: Process
    actor: UserActor
    mailbox_id: UUID
    book: Book
    random: Random
    poison: int
    errands: Errands

    def act(self) -> None:
        """Do something."""
        act = self.random.choices(list(ACTS), ACTS.values())[0]
        self.process.scheduler.note(f"{self.process.name} {act}")
        getattr(self, f"_{act}")()

    def _send(self, reply_to: UUID | None = None) -> None:
        once, random = sources.new_id(), self.random
        transports = {}
        for transport, value in random.sample(RECIPIENTS, random.choice((1, 1, 2))):
            transports.setdefault(transport, value)
        # One kind of message at a time, as on the page.
        transport, value = next(iter(transports.items()))
        values = [
            value,
            *([random.choice(["north", "south"])] if transport == "kept" and random.random() < 0.3 else []),
        ]
        if self.poison and transport == "plain" and random.random() < 0.3:
            self.poison -= 1
            values = ["poison"]
        to = tuple(Address(transport, value, value) for value in dict.fromkeys(values))
        draft = Draft(to, "Begäran", "Hej!", self._attach(once), once=once, reply_to=reply_to)
        hold = timedelta(seconds=random.choice((0, 0, 0, 6)))
        self.book.tried[once] = len(to)
        for _ in range(3):
            try:
                with self.platform.work(self.actor) as work:
                    sending.send(work, self.mailbox_id, draft, hold=hold)
            except Unavailable:
                self.process.sleep(1)
                continue
            except Conflict:
                pass  # the first try was stored, and its answer lost
            self.book.confirmed.add(once)
            return

    def _attach(self, once: UUID) -> tuple[UUID, ...]:
        """Upload a file, now and then; where it cannot be stored, nothing is sent."""
        if self.random.random() > FILES:
            return ()
        content = f"Fil till {once}. ".encode() * self.random.choice((1, 3_000))
        stored = attachments.store(self.platform, self.actor, "fil.txt", "text/plain", [content])
        self.book.files[once] = content
        return (stored.id,)

    def _answer(self) -> None:
        rows = self._ids("messages", "direction = 'in' AND state <> 'HELD'")
        self._send(self.random.choice(rows) if rows else None)

    def _undo(self) -> None:
        standing = sorted(self.book.confirmed - self.book.undone)
        if not standing:
            return
        message_id = self.random.choice(standing[-3:])
        try:
            with self.platform.work(self.actor) as work:
                undo.undo(work, message_id)
        except (Unavailable, Died):
            self.book.maybe_undone.add(message_id)
            raise
        self.book.undone.add(message_id)

    def _recall(self) -> None:
        rows = self._ids("deliveries", "transport = 'kept' AND purpose = 'message' AND state <> 'RECALLED'")
        if rows:
            with self.platform.work(self.actor) as work:
                recall.recall(work, self.random.choice(rows))

    def _retry(self) -> None:
        rows = self._ids("deliveries", "state IN ('SEND_FAILURE', 'NOT_FOUND') AND purpose = 'message'")
        if rows:
            with self.platform.work(self.actor) as work:
                receipts.retry(work, self.random.choice(rows))

    def _close(self) -> None:
        rows = self._ids("cases", "state = 'open'")
        if rows:
            with self.platform.work(self.actor) as work:
                actions.close(work, self.random.choice(rows))

    def _errand(self) -> None:
        content = sources.new_id().hex[:8].encode()
        self.errands.tried.add(content)
        with self.platform.work(self.actor) as work:
            enqueue(work, NewEntry(QUEUE, content))
        self.errands.confirmed.add(content)

    def _ids(self, table: str, condition: str) -> list[UUID]:
        query = f"SELECT id FROM {table} WHERE {condition} ORDER BY id"  # noqa: S608 - our own words
        with self.platform.work(self.actor) as work:
            return [row.id for row in work.connection.exec_driver_sql(query)]


def offer(network: Network, book: Book, organisation_id: UUID, mailbox_id: UUID, random: Random) -> None:
    """Let a peer send us something new; it is sent until we say that we have it, and perhaps once more."""
    number, transport = len(book.offered), random.choice(("kept", "plain"))
    sender = Address(transport, "north", "north")
    receipt = ReceiptToSend(sources.new_id(), sender, b"receipt") if transport == "kept" else None
    name = f"in-{number}"
    incoming = Incoming(
        organisation_id, transport, name, sender, Address(transport, "us"), "Fråga", "Hej!",
        received_at=sources.now(), receipt=receipt, mailbox_id=mailbox_id,
    )  # fmt: skip
    book.offered[name] = incoming
    book.waiting += [incoming] * random.choice((1, 1, 2))
    network.scheduler.note(f"peer sends {name}")


def take_in(platform: Platform, book: Book, incoming: Incoming) -> None:
    """Store what a peer sends; what fails is sent again."""
    actor = transport_actor(platform.plugins, incoming.organisation_id, incoming.transport)
    try:
        with platform.work(actor) as work:
            receiving.accept(work, incoming)
    except BaseException:
        book.waiting.append(incoming)
        raise
    book.accepted.add(incoming.remote_id)


def take_receipt(platform: Platform, network: Network, organisation_id: UUID, due: tuple) -> None:  # type: ignore[type-arg]
    """Store what a peer says about a delivery; what fails, or is lost on the way, is said again."""
    _, name, transport, state, number = due
    actor = transport_actor(platform.plugins, organisation_id, transport)
    words = Receipt(organisation_id, transport, name, state, sources.now(), b"receipt", receipt_id=f"r{number}")
    lost = not network.is_calm and network.scheduler.random.random() < 0.2
    try:
        if lost:
            _lose()
        with platform.work(actor) as work:
            receipts.receipt(work, words)
    except BaseException:
        network.receipts.append((network.scheduler.time + 3, name, transport, state, number))
        raise


def _lose() -> None:
    raise Unavailable("Kvittensen kom bort.")


IGNORED = (BudkavleError, psycopg.errors.DeadlockDetected, OperationalError)
"""What a person is told by the page, and the receiver's peer by its answer; of a circle of locks an error, no more."""
