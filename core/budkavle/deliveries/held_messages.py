"""Messages that are held until their receipt has been handed over, and the announcement that one can be read."""

from uuid import UUID

from budkavle.cases import case_updates
from budkavle.storage.database import execute_batch
from budkavle.storage.platform import Platform, Work


def tell_received(work: Work, message_id: UUID) -> None:
    """Tell the plugins, after the commit, that a message can be read.

    Args:
        work: The unit of work that makes it readable.
        message_id: The message.
    """
    work.after_commit(lambda: announce(work.platform, work.organisation_id, message_id))


def announce(platform: Platform, organisation_id: UUID, message_id: UUID) -> None:
    """Tell the plugins now that a message can be read.

    Args:
        platform: The installation.
        organisation_id: The message's organisation.
        message_id: The message.
    """
    platform.plugins.emit("message_received", organisation_id=organisation_id, message_id=message_id)


def release(work: Work, message_id: UUID, delivery_id: UUID) -> bool:
    """Let a held message be read, now that its receipt has been handed over.

    Args:
        work: The unit of work that records the receipt's delivery.
        message_id: The message.
        delivery_id: The delivery of its receipt.

    Returns:
        Whether it was held; then call `tell_received` after the commit.
    """
    plugins = work.platform.plugins
    *_, released = execute_batch(
        work.connection, *case_updates.release_statements(work.organisation_id, message_id, delivery_id, plugins)
    )
    return bool(released)
