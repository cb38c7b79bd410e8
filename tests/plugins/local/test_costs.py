"""How many transactions a message takes on its way: each is a round trip of its own, with a commit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread
from typing import Any
from uuid import uuid4

import pytest

from budkavle import Address, Delivery, DeliveryState, Message, Outgoing, Purpose
from budkavle.messaging import find_messages
from budkavle.testing import in_work, system_actor

Count = Callable[[Callable[[], object]], int]


@pytest.fixture
def transactions(neighbours: Any, monkeypatch: pytest.MonkeyPatch) -> Count:
    """Counts the transactions that a function begins in this installation; another may work in this process."""
    ours = neighbours.platform.database
    database = type(ours)
    begun: list[object] = []
    real = database.transaction

    @contextmanager
    def counted(self: Any, *args: Any, **named: Any) -> Iterator[Any]:
        if self is ours and current_thread().name != "budkavle-notifier":  # it tells of what was done before, too
            begun.append(args)
        with real(self, *args, **named) as connection:
            yield connection

    monkeypatch.setattr(database, "transaction", counted)

    def count(function: Callable[[], object]) -> int:
        begun.clear()
        function()
        return len(begun)

    return count


def outgoing(message: Message) -> Outgoing:
    """The first attempt of a delivery to the message's recipient."""
    (recipient,) = message.recipients
    delivery = Delivery(
        uuid4(),
        message.organisation_id,
        message.id,
        Purpose.MESSAGE,
        "local",
        recipient,
        DeliveryState.SEND_IN_PROGRESS,
        attempt=1,
        created_at=message.created_at,
    )
    return Outgoing(delivery, message, lambda: iter(()), None, lambda wire: wire)


def test_a_delivery_takes_four_transactions_at_most(neighbours: Any, transactions: Count) -> None:
    """One to store it, one for the addresses of each organisation, and one to note that nothing tells its reader."""
    transport, mailbox = neighbours.platform.plugins.transports["local"], neighbours.organisation.mailbox
    colleagues = Address("local", str(mailbox.id), organisation_value=str(mailbox.organisation_id))
    for recipient, most in ((Address("secure", neighbours.reader.email), 4), (colleagues, 2)):
        attempt = outgoing(neighbours.write(recipient))
        assert transactions(lambda attempt=attempt: transport.send(attempt)) <= most


def test_recipients_take_one_transaction_and_one_for_each_other_organisation(
    neighbours: Any, transactions: Count
) -> None:
    """However many they are, accounts and addresses without one together."""
    directory, writer = neighbours.platform.plugins.directories["people"], neighbours.writer
    own = [Address("secure", neighbours.writer.email), Address("local", str(neighbours.organisation.mailbox.id))]
    strangers = [Address("secure", f"nobody{number}@example.se") for number in range(20)]
    assert transactions(lambda: directory.find_many(writer, None, own + strangers)) == 1
    others = [Address("secure", neighbours.reader.email), *strangers, *own]
    assert transactions(lambda: directory.find_many(writer, None, others)) == 2
    assert transactions(lambda: directory.find_many(writer, None, [Address("other", "x")])) == 0
    assert transactions(lambda: directory.search(writer, None, "social", 5)) == 1


def test_opening_takes_one_transaction_and_one_for_each_first_opening(neighbours: Any, transactions: Count) -> None:
    """What has been opened before takes one look for all that one organisation has sent."""
    for _ in range(3):
        neighbours.write()
    neighbours.deliver()
    transport, reader = neighbours.platform.plugins.transports["local"], neighbours.reader
    ids = neighbours.message_ids()
    messages = in_work(neighbours.platform, system_actor(reader.organisation_id), find_messages, ids)
    assert len(messages) == 3
    assert transactions(lambda: transport.open_messages(reader, messages)) == 4
    assert transactions(lambda: transport.open_messages(reader, messages)) == 1
