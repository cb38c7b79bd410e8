"""The destination of a delivery, as named by its transport, and its number in the row."""

from hashlib import blake2b
from uuid import UUID

import structlog

from budkavle.logs import describe
from budkavle.model.messages import Address
from budkavle.plugins.protocols.transport import NamesDestinations, Transport
from budkavle.storage.platform import Work

RECEIPT_PRIORITY, MESSAGE_PRIORITY, BULK_PRIORITY = 0, 1, 2
BULK = 20
"""A message to more recipients than this waits for messages to fewer."""
ONLY = 0
"""The number of the destination of a transport that has only one."""
log = structlog.get_logger("budkavle.operations.worker")


def priority_of(recipients: int) -> int:
    """Return the priority of the deliveries of a message.

    Args:
        recipients: How many recipients it has.
    """
    return BULK_PRIORITY if recipients > BULK else MESSAGE_PRIORITY


def name_of(work: Work, transport: Transport | None, mailbox_id: UUID | None, recipient: Address) -> str:
    """Return the transport's name for the destination; empty if it has only one, or fails to name it.

    Args:
        work: The unit of work that stores or attempts the delivery.
        transport: The transport; None if it is switched off.
        mailbox_id: The mailbox that the message is sent from; None for a receipt.
        recipient: The recipient.
    """
    naming: object = transport
    if not isinstance(naming, NamesDestinations):
        return ""
    try:
        name: object = naming.destination(work, mailbox_id, recipient)
    except Exception as error:  # noqa: BLE001 - without a name the delivery shares the queue of all unnamed ones
        log.error("transport.no_destination", transport=recipient.transport, **describe(error))  # noqa: TRY400
        return ""
    return name if isinstance(name, str) else ""


def number_of(name: str) -> int:
    """Return the number of a destination in rows: the same everywhere, and evenly distributed.

    Args:
        name: The transport's name for it.
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True) if name else ONLY
