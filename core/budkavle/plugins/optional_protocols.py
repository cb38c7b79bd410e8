"""What transports and directories may promise beside `contracts`: words for states, and who a sender is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from budkavle.model.messages import Address
from budkavle.model.people import Actor
from budkavle.model.states import DeliveryState
from budkavle.plugins.protocols import MaybeAsync


@dataclass(frozen=True, slots=True)
class StateWords:
    """What a state of a delivery means by one transport, in Swedish (translation keys); what is empty is the core's.

    Attributes:
        word: A short tag, such as "Väntar på kvittens".
        sentence: What it means, without what the transport does not know.
        remedy: What to do, for a state that somebody must do something about.
        final: Whether the transport will not say more, so that nobody is waited for.
    """

    word: str = ""
    sentence: str = ""
    remedy: str = ""
    final: bool = False


@runtime_checkable
class SaysStates(Protocol):
    """What a transport may promise beside: words of its own for the states of its deliveries (feature Z4)."""

    state_words: Mapping[DeliveryState, StateWords]
    """The core's own words, for a state that is not here, fit every transport and so say little."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a directory has about an address whose organisation a transport has verified.

    Attributes:
        organisation: What it calls that organisation; empty where it does not have it.
        function: The address of the same value as the directory has it, of whatever organisation; None where it has
            none.
    """

    organisation: str = ""
    function: Address | None = None


@runtime_checkable
class KnowsSenders(Protocol):
    """What a directory may promise beside: that it says who has sent a message (`Incoming.names_claimed`)."""

    def listings(self, actor: Actor, wanted: Sequence[Address]) -> MaybeAsync[Sequence[Listing | None]]:
        """Return what the directory has about each address, by its `value` and its `organisation_value`.

        Asked within the transaction that stores a message, and again later where it raises.

        Args:
            actor: The organisation that has got the message.
            wanted: The addresses; their names are unverified and mean nothing.

        Returns:
            In the same order; None for an address of a transport that the directory has nothing to do with.

        Raises:
            Unavailable: It cannot say just now, for instance since it has never been read.
        """
        ...
