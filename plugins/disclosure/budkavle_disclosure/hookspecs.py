"""The hook that the desk offers to other plugins. Implement it with `@hookimpl(optionalhook=True)`."""

from collections.abc import Collection, Mapping
from uuid import UUID

from budkavle import Host, hookspec


@hookspec
def disclosure_registrations(  # type: ignore[empty-body]
    host: Host, organisation_id: UUID, message_ids: Collection[UUID]
) -> Mapping[UUID, str]:  # pyright: ignore[reportReturnType]
    """Tell under which numbers messages are registered, for lists of messages.

    Called for each page of a list that is shown and for each part of one that is given out. One that raises is logged
    and passed over: the list then has no numbers of it.

    Args:
        host: The host of the plugin that implements it.
        organisation_id: Whose messages.
        message_ids: At most 500 messages.

    Returns:
        The number by message; those that are not registered are left out.

    Example:
        @hookimpl(optionalhook=True)
        def disclosure_registrations(host: Host, message_ids: Collection[UUID]) -> Mapping[UUID, str]:
            return {message_id: "DUV 2026/7" for message_id in message_ids}
    """
