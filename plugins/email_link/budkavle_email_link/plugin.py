"""What the link plugin registers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from budkavle import Host, Transport, hookimpl
from budkavle_email_link.post import Post
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_email_link.transport import LinkTransport

if TYPE_CHECKING:
    from litestar import Router


@hookimpl
def budkavle_settings() -> type[EmailLinkSettings]:
    """Settings of `[plugins.email_link]`."""
    return EmailLinkSettings


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    """The transport `link`."""
    return [LinkTransport(host, Post(host))]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """The pages of the links."""
    from budkavle_email_link import pages

    return [pages.router(host)]
