"""Units of work for tests: one function of the platform, called as an actor, and committed."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from budkavle.deliveries import receipts
from budkavle.messaging import receiving
from budkavle.messaging.receiving import Accepted
from budkavle.model.messages import Incoming, Refusal
from budkavle.model.people import Actor
from budkavle.model.receipts import Receipt
from budkavle.plugins.transport_calls import transport_actor
from budkavle.storage.platform import Platform, Work
from budkavle.testing.actors import system_actor

Rest = ParamSpec("Rest")
Result = TypeVar("Result")


def in_work(
    platform: Platform,
    actor: Actor,
    function: Callable[Concatenate[Work, Rest], Result],
    /,
    *args: Rest.args,
    **kwargs: Rest.kwargs,
) -> Result:
    """Call a function in a unit of work of its own, and commit.

    Args:
        platform: The installation.
        actor: Who acts.
        function: A function that takes `work` first.
        *args: Its further arguments.
        **kwargs: Its further keyword arguments.

    Returns:
        What the function returns.

    Example:
        case = in_work(platform, anna, take, case_id)
    """
    with platform.work(actor) as work:
        return function(work, *args, **kwargs)


def system(organisation_id: UUID) -> Actor:
    """Return a system actor with every scope.

    Args:
        organisation_id: The organisation that it acts in.
    """
    return system_actor(organisation_id)


def _transport(platform: Platform, thing: Incoming | Refusal | Receipt) -> Actor:
    return transport_actor(platform.plugins, thing.organisation_id, thing.transport)


def accept(platform: Platform, incoming: Incoming) -> Accepted:
    """Store an incoming message, as its transport does by `host.accept`.

    Args:
        platform: The installation.
        incoming: The message.
    """
    return in_work(platform, _transport(platform, incoming), receiving.accept, incoming)


def refuse(platform: Platform, refusal: Refusal) -> None:
    """Refuse an incoming message, as its transport does by `host.refuse`.

    Args:
        platform: The installation.
        refusal: What is refused, and why.
    """
    in_work(platform, _transport(platform, refusal), receiving.refuse, refusal)


def receipt(platform: Platform, receipt: Receipt) -> bool:
    """Process a peer's receipt, as its transport does by `host.receipt`.

    Args:
        platform: The installation.
        receipt: The receipt.
    """
    return in_work(platform, _transport(platform, receipt), receipts.receipt, receipt)
