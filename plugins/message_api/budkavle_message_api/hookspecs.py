"""The hooks that the API offers to other plugins. Implement them with `@hookimpl(optionalhook=True)`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from budkavle import Host, hookspec


@hookspec(firstresult=True)
def message_api_registration(
    host: Host, organisation_id: UUID, message_id: UUID, client: str, decision: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Read or write the registration of a message, for a client of the API.

    Called for each request of a client, in the web process, in a thread of the plugin's own. The API has checked that
    the client may see the message and has the scope. An implementation that raises, or takes longer than 5 seconds, is
    logged and skipped; the client is then told that nothing is registered here.

    Args:
        host: The host of the plugin that implements it.
        organisation_id: The organisation of the message.
        message_id: The message.
        client: The client's name, for the log.
        decision: The client's decision: `outcome`, `number`, `about`, `reason`, `hides_sender`, `hides_about`. None if
            it only reads.

    Returns:
        `{"registration": {...}}` with plain values for the response; `{"faults": {field: sentence}}` if something is
        wrong; None if the message is not to be registered.

    Example:
        @hookimpl(optionalhook=True)
        def message_api_registration(host: Host, message_id: UUID) -> dict[str, Any]:
            return {"registration": {"outcome": "registered", "number": Loft(host).number_of(message_id)}}
    """


@hookspec(firstresult=True)
def message_api_archive_receipt(
    host: Host, organisation_id: UUID, package_id: UUID, client: str, receipt: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Read or write the archive's receipt for a package, for a client of the API.

    Called for each request of a client, in the web process, in a thread of the plugin's own. The API has checked that
    the client has the scope, and is a client of the whole organisation. An implementation that raises, or takes longer
    than 5 seconds, is logged and skipped; the client is then told that there is no such package.

    Args:
        host: The host of the plugin that implements it.
        organisation_id: The organisation of the package.
        package_id: The package.
        client: The client's name, for the log.
        receipt: The archive's receipt: `accepted`, `text` and `day` (a date, or None for today). None if the client
            only reads.

    Returns:
        `{"receipt": {...}}` with plain values for the response; `{"faults": {field: sentence}}` if something is wrong;
        None if there is no such package.

    Example:
        @hookimpl(optionalhook=True)
        def message_api_archive_receipt(host: Host, package_id: UUID) -> dict[str, Any] | None:
            crate = Loft(host).crate(package_id)
            return {"receipt": {"state": crate.state}} if crate else None
    """
