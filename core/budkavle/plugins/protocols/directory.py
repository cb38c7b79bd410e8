"""What a directory promises: it finds recipients, and may keep favourites or know senders."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from uuid import UUID

from budkavle.model.messages import Address, Terms
from budkavle.model.people import Actor
from budkavle.plugins.protocols.base import MaybeAsync, UnitOfWork


@dataclass(frozen=True, slots=True)
class Entry:
    """One recipient that a directory knows."""

    address: Address
    description: str = ""
    keywords: tuple[str, ...] = ()
    favourite: bool = False
    source: str = ""
    """What a person calls the directory, such as "SDK adressbok"."""
    terms: Terms = field(default_factory=Terms)
    """What is known of a person by which they can show who they are; filled in where somebody writes to them."""


@runtime_checkable
class Directory(Protocol):
    """An address book that the recipient picker searches."""

    name: str
    label: str

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> MaybeAsync[Sequence[Entry]]:
        """Return what matches, best first.

        Called while somebody chooses recipients, 5 seconds at most; a directory that fails is left out, and said so.

        Args:
            actor: Who searches.
            mailbox_id: The mailbox that is written from; None outside of one.
            words: What has been typed; empty means favourites and the most used.
            limit: How many entries there is room for.
        """
        ...

    def find(self, actor: Actor, transport: str, value: str) -> MaybeAsync[Entry | None]:
        """Return the entry of exactly this address, or None."""
        ...

    def mailbox(self, work: UnitOfWork, transport: str, value: str) -> MaybeAsync[tuple[UUID, UUID] | None]:
        """Return (organisation, mailbox) that this address of ours is linked to, or None.

        Called in the unit of work that stores an incoming message; `host.tables(work)` reads the plugin's own tables.
        """
        ...

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> MaybeAsync[Address | None]:
        """Return the address that this mailbox sends from by this transport, or None."""
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


@runtime_checkable
class Browsable(Directory, Protocol):
    """What a directory may promise: that it can be leafed through, by organisation and function."""

    browsed: str
    """The transport whose addresses it holds."""

    def browse(
        self, actor: Actor, mailbox_id: UUID | None, organisation: str, words: str, start: int, limit: int
    ) -> MaybeAsync[Sequence[Entry]]:
        """Return organisations, or the functions of one, as people sort them.

        Args:
            actor: Who looks.
            mailbox_id: The mailbox that is written from, whose favourites are marked.
            organisation: The `organisation_value` of one; empty asks for the organisations.
            words: What has been typed; empty means everything.
            start: How many come before.
            limit: How many at most.

        Returns:
            Entries; those of organisations have an address with no `value`, but `organisation` and
            `organisation_value`.
        """
        ...


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
