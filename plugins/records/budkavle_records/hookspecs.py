"""The hook that records offers to other plugins. Implement it with `@hookimpl(optionalhook=True)`."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from budkavle import Host, hookspec


@hookspec
def records_receipts(  # type: ignore[empty-body]
    host: Host, organisation_id: UUID, message_ids: Collection[UUID]
) -> Mapping[UUID, datetime]:  # pyright: ignore[reportReturnType]
    """Tell when another system confirmed that it has messages, for kinds whose time counts from the receipt.

    Called when it is judged what the schedule lets go, in a worker or for a page. One that raises, or takes longer than
    5 seconds, is logged and passed over: then there is no receipt of it, and the messages are kept.

    Args:
        host: The host of the plugin that implements it.
        organisation_id: Whose messages.
        message_ids: Messages that have come in.

    Returns:
        The moment by message; those that nobody has confirmed are left out.

    Example:
        @hookimpl(optionalhook=True)
        def records_receipts(host: Host, organisation_id: UUID) -> Mapping[UUID, datetime]:
            return Loft(host).landed(organisation_id)
    """
