"""Calls of transports: the actor when a transport reports something, and the fault when a call fails."""

from typing import Any, cast
from uuid import UUID

from budkavle.measures import tracing
from budkavle.model.messages import Outcome, Outgoing
from budkavle.model.people import SystemActor
from budkavle.model.states import DELIVERY, DeliveryState, may_follow
from budkavle.plugins.breakers import Called
from budkavle.plugins.call_threads import Task
from budkavle.plugins.calls import Late, call
from budkavle.plugins.protocols.transport import Transport
from budkavle.plugins.registry import Plugins


def transport_actor(plugins: Plugins, organisation_id: UUID, transport: str) -> SystemActor:
    """Return a transport as the actor of the event log; it has no scopes.

    Args:
        plugins: The active plugins.
        organisation_id: The organisation in which the transport acts.
        transport: The transport's name. If its plugin is switched off, this name is also used as the plugin's.
    """
    owner = next((plugin for plugin in plugins.names if transport in plugins.own_transports(plugin)), None)
    return SystemActor(organisation_id, transport, plugin=owner or transport)


def transport_call(plugins: Plugins, transport: str, method: str) -> Called:
    """Return the `Called` of a transport's method."""
    return Called(plugins.owner("transports", transport), "transports", f"{transport}.{method}")


def send(plugins: Plugins, transport: Transport, outgoing: Outgoing) -> Outcome:
    """Let a transport send, in the caller's thread, and count an invalid answer as its plugin's fault.

    It is never paused here: the delivery's retry rule and its lane decide when it is tried again.
    """
    called = transport_call(plugins, transport.name, "send")
    try:
        with tracing.delivery_span("transport.send", outgoing.delivery.id, transport=transport.name):
            outcome: object = call(transport.send, outgoing)
    except Exception as error:
        plugins.walls.judge(called, error, transport.send)
        raise
    if isinstance(outcome, Outcome) and may_follow(DELIVERY, DeliveryState.SEND_IN_PROGRESS, outcome.state):
        plugins.walls.recover(called)
    else:
        plugins.walls.judge(called, TypeError("send gives an Outcome"), transport.send)
    return cast("Outcome", outcome)


def note_hang(plugins: Plugins, transport: Transport, task: Task[Any]) -> None:
    """Record a send that has not returned in time as the plugin's fault."""
    seconds = transport.backoff.deadline.total_seconds()
    called = transport_call(plugins, transport.name, "send")
    plugins.walls.judge(called, Late(called.plugin, seconds, task.stack()), transport.send)
