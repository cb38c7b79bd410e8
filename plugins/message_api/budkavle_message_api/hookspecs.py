"""The hooks that the API offers to other plugins. Implement them with `@hookimpl(optionalhook=True)`."""

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


@hookspec(firstresult=True)
def message_api_archive_receipt(
    host: Host, organisation_id: UUID, package_id: UUID, client: str, receipt: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Read or write what the archive says of a package, for a client of the API.

    Called each time a client asks, in the web process, in a thread of the plugin's own. The API has judged that the
    client has the scope, and that it is of the whole organisation. One that raises, or takes longer than 5 seconds, is
    logged and passed over; the client is then told that there is no such package.

    Args:
        host: The host of the plugin that implements it.
        organisation_id: Whose package it is.
        package_id: The package.
        client: What the client is called, for the log.
        receipt: What the archive says: `accepted`, `text` and `day` (a date, or None for today). None where the client
            only asks.

    Returns:
        `{"receipt": {...}}` with plain values for the answer; `{"faults": {field: sentence}}` where something is
        wrong; None where there is no such package.

    Example:
        @hookimpl(optionalhook=True)
        def message_api_archive_receipt(host: Host, package_id: UUID) -> dict[str, Any] | None:
            crate = Loft(host).crate(package_id)
            return {"receipt": {"state": crate.state}} if crate else None
    """
