"""The hook that records offers to other plugins; implement it with `@hookimpl(optionalhook=True)`."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from budkavle import Host, hookspec


@hookspec
def records_receipts(  # type: ignore[empty-body]
    host: Host, organisation_id: UUID, message_ids: Collection[UUID]
) -> Mapping[UUID, datetime]:  # pyright: ignore[reportReturnType]
    """Return when another system confirmed that it has messages, for kinds whose time counts from the receipt.

    Called when cases are checked against the schedule, in a worker or for a page. An implementation that raises, or
    takes longer than 5 seconds, is logged and skipped: its receipts are then missing, and the messages are kept.

    Args:
        host: The host of the plugin that implements it.
        organisation_id: The organisation that owns the messages.
        message_ids: Incoming messages.

    Returns:
        The time of confirmation by message; messages that have not been confirmed are left out.

    Example:
        @hookimpl(optionalhook=True)
        def records_receipts(host: Host, organisation_id: UUID) -> Mapping[UUID, datetime]:
            return Loft(host).landed(organisation_id)
    """
