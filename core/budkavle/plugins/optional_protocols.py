"""What an object may promise beside its Protocol in `protocols`: the core looks for the methods, and does without.

Of a transport: `TakesBack`, `ClaimsOpening`, `SaysStates`.
Of a directory: `KeepsFavourites`, `FindsMany`, `KnowsSenders`.

And what an installation has one of: `KeyProvider`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable
from uuid import UUID

from budkavle.model.messages import Address, Message
from budkavle.model.people import Actor
from budkavle.model.states import DeliveryState
from budkavle.plugins.protocols import Entry, MaybeAsync, UnitOfWork


@runtime_checkable
class TakesBack(Protocol):
    """What a transport that can recall may promise: that it stops what is still on its way."""

    def take_back(self, organisation_id: UUID, delivery_id: UUID) -> MaybeAsync[None]:
        """Stop one delivery.

        Called when a member recalls a message, while nobody else can change the delivery's state.

        Args:
            organisation_id: Whose delivery it is.
            delivery_id: The delivery.

        Raises:
            Conflict: It cannot be stopped any more, with the reason; then it is not recalled.
        """
        ...


@runtime_checkable
class ClaimsOpening(Protocol):
    """What an inbound transport may promise: that its sender decides whether a message may still be opened.

    The core then shows nothing of a message before the transport has claimed its opening, so that what is recalled is
    never read.
    """

    def open_messages(self, actor: Actor, messages: Sequence[Message]) -> MaybeAsync[Collection[UUID]]:
        """Claim the opening of messages that have come in.

        Called each time somebody opens a case, outside of any transaction.

        Args:
            actor: The user who opens them.
            messages: Those of the case that came by this transport and are not marked as recalled.

        Returns:
            The ids of those that their senders have recalled; of them nothing is shown.
        """
        ...

    def downloaded(self, sender: Address, remote_id: str) -> MaybeAsync[None]:
        """Hear that somebody has downloaded a file of a message that came in.

        Called outside of any transaction.

        Args:
            sender: Who the message came from.
            remote_id: The message's id at the sender's, as `Incoming` had it.
        """
        ...

    def recalled(self, recipient: Address, delivery_id: UUID) -> MaybeAsync[None]:
        """Hear that a message has been recalled, so that the recipient's copy may be marked.

        Called after the commit. An opening that is claimed before this call is refused all the same.

        Args:
            recipient: Whom it was sent to.
            delivery_id: The sender's delivery.
        """
        ...


@runtime_checkable
class KeepsFavourites(Protocol):
    """What a directory may promise: that mailboxes keep favourites in it."""

    def set_favourite(self, actor: Actor, mailbox_id: UUID, recipient: Address, kept: bool) -> MaybeAsync[bool]:
        """Save a recipient, or take it away.

        Args:
            actor: A member of the mailbox.
            mailbox_id: Whose favourite it is.
            recipient: The address.
            kept: True saves it, False takes it away.

        Returns:
            False where the directory does not know the recipient; then the next one is asked.
        """
        ...


@runtime_checkable
class FindsMany(Protocol):
    """What a directory may promise: that it looks up many addresses at once; else `find` is called for each."""

    def find_many(
        self, actor: Actor, mailbox_id: UUID | None, wanted: Sequence[Address]
    ) -> MaybeAsync[Sequence[Entry | None]]:
        """Return for each address, by its transport and value, what `find` would.

        Args:
            actor: Who asks.
            mailbox_id: The mailbox that is written from, whose own book may have a name of its own.
            wanted: The addresses.

        Returns:
            In the same order; None for an address that the directory does not have.
        """
        ...


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


@dataclass(frozen=True, slots=True)
class FactWords:
    """How the event log and a delivery's timeline show a fact that a plugin notes (`budkavle_event_words`).

    Attributes:
        log: The sentence of the event log.
        word: A short tag, such as "Duva sedd".
        sentence: What it means, or what to do.
        kind: `ok`, `wait` (somebody's turn), `bad`, `info` or `plain`.
        icon: A name of the icon set.
    """

    log: str
    word: str
    sentence: str
    kind: Literal["ok", "wait", "bad", "info", "plain"] = "info"
    icon: str = "dot"


@runtime_checkable
class SaysStates(Protocol):
    """What a transport may promise beside: words of its own for the states of its deliveries."""

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

    def listings(self, work: UnitOfWork, wanted: Sequence[Address]) -> MaybeAsync[Sequence[Listing | None]]:
        """Return what the directory has about each address, by its `value` and its `organisation_value`.

        Asked in the unit of work that stores a message, and again later where it raises.

        Args:
            work: In the organisation that has got the message; `host.tables(work)` reads the plugin's own tables.
            wanted: The addresses; their names are unverified and mean nothing.

        Returns:
            In the same order; None for an address of a transport that the directory has nothing to do with.

        Raises:
            Unavailable: It cannot say just now, for instance since it has never been read.
        """
        ...


@runtime_checkable
class KeyProvider(Protocol):
    """Keeps the key above all others, in a PKCS#11 module, a key service or a file, and wraps other keys with it.

    The installation has one, chosen by `key_provider` in the settings. It wraps the key of each organisation, and one
    of the installation itself; everything else is sealed under those. A process unwraps each of them once and keeps it
    in memory. The core calls it in a thread of the plugin's own, and waits 10 seconds. What it then raises, or does not
    answer, is `Unavailable` to whoever reads or writes: nothing is sealed with another key, and the health page says
    so.

    Attributes:
        name: What the settings call it.
    """

    name: str

    def wrap(self, key: bytes, aad: bytes) -> MaybeAsync[bytes]:
        """Seal a key so that only this provider opens it.

        Args:
            key: 32 bytes; never in a log or an error.
            aad: What the key belongs to. It is authenticated with the key and need not be kept.

        Returns:
            What `unwrap` opens, for as long as the installation lives. It is stored in the database.

        Raises:
            Unavailable: It cannot be done now. A sentence may say why.
        """
        ...

    def unwrap(self, wrapped: bytes, aad: bytes) -> MaybeAsync[bytes]:
        """Open what `wrap` sealed.

        Args:
            wrapped: What `wrap` returned.
            aad: The same as then.

        Raises:
            Damaged: It was altered, sealed under another key, or belongs to something else. Raise it only where that is
                certain: it says that the stored bytes or the chosen key are wrong.
            Unavailable: It cannot be done now.
        """
        ...
