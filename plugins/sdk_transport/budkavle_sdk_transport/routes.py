"""The plugin's routes and panels: the pages, and the address that the access point pushes to."""

from collections.abc import Iterable
from functools import partial

from litestar import Router

from budkavle import Host
from budkavle.web import Panel
from budkavle_sdk_transport.network import network
from budkavle_sdk_transport.settings import SdkSettings


def routes(host: Host) -> Iterable[Router]:
    """Return the routes of one installation."""
    from budkavle_sdk_transport.pages import keys, transfers

    settings: SdkSettings = host.settings
    pages = [transfers.router(host), keys.router(host)]
    if not settings.access_point_pushes:
        return pages
    from budkavle_sdk_transport.access_points.domibus.push import PushQueue, PushReceiver, router

    return [*pages, router(PushReceiver(PushQueue(host), network(host).receiver.deliver), settings.soap)]


def panels(host: Host) -> Iterable[Panel]:
    """Return the cards among an organisation's settings."""
    from budkavle_sdk_transport.pages import keys, transfers

    return [
        Panel("organisation.settings", "transfers_card.html", transfers.card),
        Panel("organisation.settings", "keys_card.html", partial(keys.card, host)),
    ]
