"""Who acts when a transport tells something, and what is called when it is asked."""

from uuid import UUID

from budkavle.model.people import SystemActor
from budkavle.plugins.breakers import Called
from budkavle.plugins.registry import Plugins


def transport_actor(plugins: Plugins, organisation_id: UUID, transport: str) -> SystemActor:
    """Return a transport as the actor of the event log; it has no scopes.

    Args:
        plugins: The plugins that are on.
        organisation_id: The organisation that the transport acts in.
        transport: The transport's name. Where its plugin has been switched off, the name stands for it.
    """
    owner = next((plugin for plugin in plugins.names if transport in plugins.own_transports(plugin)), None)
    return SystemActor(organisation_id, transport, plugin=owner or transport)


def transport_call(plugins: Plugins, transport: str, method: str) -> Called:
    """Return what is called when a method of a transport is."""
    return Called(plugins.owner("transports", transport), "transports", f"{transport}.{method}")
