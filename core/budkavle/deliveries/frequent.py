"""Whom somebody writes to most from a mailbox, as what they have sent tells: nothing is kept for it."""

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
    """Return whom the actor has written to from a mailbox lately, those most often first, then the latest.

    Only what the actor wrote counts, and of that the latest 100 recipients among the mailbox's latest 1,000 messages.
    What has been destroyed is forgotten here as well.

    Args:
        work: The unit of work; its actor is who writes.
        mailbox_id: Where it is sent from.
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
