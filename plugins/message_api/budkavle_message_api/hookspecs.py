"""The hook that the API offers to other plugins. Implement it with `@hookimpl(optionalhook=True)`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from budkavle import Host, hookspec


@hookspec(firstresult=True)
def message_api_registration(
    host: Host, organisation_id: UUID, message_id: UUID, client: str, decision: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Read or write what is registered of a message, for a client of the API.

    Called each time a client asks, in the web process, in a thread of the plugin's own. The API has judged that the
    client may see the message and has the scope. One that raises, or takes longer than 5 seconds, is logged and passed
    over; the client is then told that nothing is registered here.

    Args:
        host: The host of the plugin that implements it.
        organisation_id: Whose message it is.
        message_id: The message.
        client: What the client is called, for the log.
        decision: What the client has decided: `outcome`, `number`, `about`, `reason`, `hides_sender`, `hides_about`.
            None where it only asks.

    Returns:
        `{"registration": {...}}` with plain values for the answer; `{"faults": {field: sentence}}` where something is
        wrong; None where the message is not to be registered.

    Example:
        @hookimpl(optionalhook=True)
        def message_api_registration(host: Host, message_id: UUID) -> dict[str, Any]:
            return {"registration": {"outcome": "registered", "number": Loft(host).number_of(message_id)}}
    """
