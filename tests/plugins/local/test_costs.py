"""How many transactions a message takes on its way: each is a round trip of its own, with a commit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from budkavle import Address, Delivery, DeliveryState, Draft, Loa, Message, Outgoing, Purpose
from budkavle.messaging import find_messages, send
from budkavle.testing import in_work, system_actor

Count = Callable[[Callable[[], object]], int]


@pytest.fixture
def transactions(neighbours: Any, monkeypatch: pytest.MonkeyPatch) -> Count:
    """Counts the transactions that a function begins."""
    database = type(neighbours.platform.database)
    begun: list[object] = []
    real = database.transaction

    @contextmanager
    def counted(self: Any, *args: Any, **named: Any) -> Iterator[Any]:
        begun.append(args)
        with real(self, *args, **named) as connection:
            yield connection

    monkeypatch.setattr(database, "transaction", counted)

    def count(function: Callable[[], object]) -> int:
        begun.clear()
        function()
        return len(begun)

    return count


def write(neighbours: Any, *addresses: Address) -> Message:
    draft = Draft(addresses, "Samtycke", "Se nedan.", loa=Loa.TWO)
    message: Message = in_work(neighbours.platform, neighbours.actor("anna"), send, neighbours.own("anna"), draft)
    return message


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


def test_a_delivery_takes_three_transactions_at_most(neighbours: Any, transactions: Count) -> None:
    """One to store it, and one for the addresses of each organisation."""
    transport, mailbox = neighbours.platform.plugins.transports["local"], neighbours.mailboxes["Björkvik"]
    colleagues = Address("local", str(mailbox.id), organisation_value=str(mailbox.organisation_id))
    for recipient, most in ((Address("secure", "eva@sjovik.se"), 3), (colleagues, 2)):
        attempt = outgoing(write(neighbours, recipient))
        assert transactions(lambda attempt=attempt: transport.send(attempt)) <= most


def test_recipients_take_one_transaction_and_one_for_each_other_organisation(
    neighbours: Any, transactions: Count
) -> None:
    """However many they are, accounts and addresses without one together."""
    directory, anna = neighbours.platform.plugins.directories["people"], neighbours.actor("anna")
    own = [Address("secure", "anna@bjorkvik.se"), Address("local", str(neighbours.mailboxes["Björkvik"].id))]
    strangers = [Address("secure", f"nobody{number}@example.se") for number in range(20)]
    assert transactions(lambda: directory.find_many(anna, None, own + strangers)) == 1
    others = [Address("secure", "eva@sjovik.se"), *strangers, *own]
    assert transactions(lambda: directory.find_many(anna, None, others)) == 2
    assert transactions(lambda: directory.find_many(anna, None, [Address("other", "x")])) == 0
    assert transactions(lambda: directory.search(anna, None, "registr", 5)) == 1


def test_opening_takes_one_transaction_and_one_for_each_first_opening(neighbours: Any, transactions: Count) -> None:
    """What has been opened before takes one look for all that one organisation has sent."""
    for _ in range(3):
        write(neighbours, Address("secure", "eva@sjovik.se"))
    neighbours.deliver()
    transport, eva = neighbours.platform.plugins.transports["local"], neighbours.actor("eva")
    ids = neighbours.message_ids("eva")
    messages = in_work(neighbours.platform, system_actor(eva.organisation_id), find_messages, ids)
    assert len(messages) == 3
    assert transactions(lambda: transport.open_messages(eva, messages)) == 4
    assert transactions(lambda: transport.open_messages(eva, messages)) == 1
