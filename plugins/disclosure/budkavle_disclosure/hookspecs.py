"""The hook that the desk offers to other plugins; implement it with `@hookimpl(optionalhook=True)`."""

from collections.abc import Collection, Mapping
from uuid import UUID

from budkavle import Host, hookspec


@hookspec
def disclosure_registrations(  # type: ignore[empty-body]
    host: Host, organisation_id: UUID, message_ids: Collection[UUID]
) -> Mapping[UUID, str]:  # pyright: ignore[reportReturnType]
    """Return the numbers under which messages are registered, for lists of messages.

    Called for each page of a list that is shown and for each part of a list that is given out. An implementation that
    raises is logged and skipped: the list then lacks its numbers.

    Args:
        host: The host of the plugin that implements it.
        organisation_id: The organisation that owns the messages.
        message_ids: At most 500 messages.

    Returns:
        The number by message; messages that are not registered are left out.

    Example:
        @hookimpl(optionalhook=True)
        def disclosure_registrations(host: Host, message_ids: Collection[UUID]) -> Mapping[UUID, str]:
            return {message_id: "DUV 2026/7" for message_id in message_ids}
    """
