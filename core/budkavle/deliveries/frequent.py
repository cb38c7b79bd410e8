"""The recipients that a user writes to most from a mailbox, computed from sent messages; nothing is stored."""

from collections import Counter
from uuid import UUID

from budkavle.cases import message_store
from budkavle.model.messages import Address
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    list_latest_recipients: Statement


QUERIES = _Queries.load()


def frequent_recipients(work: Work, mailbox_id: UUID) -> list[Address]:
    """Return the actor's recent recipients from a mailbox, the most frequent first, then the latest.

    Only the actor's own messages count: the latest 100 recipients among the mailbox's latest 1,000 messages. Destroyed
    messages do not count.

    Args:
        work: The unit of work; its actor is the writer.
        mailbox_id: The sending mailbox.
    """
    if work.actor.user_id is None:
        return []
    parameters = {"organisation": work.organisation_id, "mailbox": mailbox_id, "author": work.actor.user_id}
    rows = QUERIES.list_latest_recipients.all(work.connection, parameters)
    addresses = [message_store.open_address(work, row.id, row.recipient) for row in rows]
    latest: dict[tuple[str, str], Address] = {}
    for address in addresses:
        if address.value:
            latest.setdefault((address.transport, address.value), address)
    counts = Counter((address.transport, address.value) for address in addresses)
    return sorted(latest.values(), key=lambda address: -counts[address.transport, address.value])
