"""What the plugin registers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from budkavle import Host, hookimpl
from budkavle_message_api.settings import MessageApiSettings

if TYPE_CHECKING:
    from litestar import Router


@hookimpl
def budkavle_settings() -> type[MessageApiSettings]:
    """Give the type of `[plugins.message_api]`."""
    return MessageApiSettings


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the API and its token endpoint."""
    from budkavle_message_api import routes
    from budkavle_message_api.tokens import Tokens

    tokens = Tokens(host)
    return [routes.router(host, tokens), routes.token_router(tokens)]
