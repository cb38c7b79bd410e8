"""The Protocols of a directory: it finds recipients, and may store favourites or know senders."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from uuid import UUID

from budkavle.model.messages import Address, Terms
from budkavle.model.people import Actor
from budkavle.plugins.protocols.base import MaybeAsync, UnitOfWork


@dataclass(frozen=True, slots=True)
class Entry:
    """One recipient that a directory knows.

    Attributes:
        source: The directory's display name, such as "SDK adressbok".
        terms: What is known about a person for their identification; the compose page fills it in.
    """

    address: Address
    description: str = ""
    keywords: tuple[str, ...] = ()
    favourite: bool = False
    source: str = ""
    terms: Terms = field(default_factory=Terms)


@runtime_checkable
class Directory(Protocol):
    """An address book that the recipient picker searches."""

    name: str
    label: str

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> MaybeAsync[Sequence[Entry]]:
        """Return matching entries, best first.

        Called while a user chooses recipients, 5 seconds at most; a directory that fails is left out, and the page says
        so.

        Args:
            actor: Who searches.
            mailbox_id: The sending mailbox; None outside of one.
            words: The search words; empty means favourites and the most used.
            limit: The highest number of entries.
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
    """Optional for a directory: mailboxes store favourites in it."""

    def set_favourite(self, actor: Actor, mailbox_id: UUID, recipient: Address, kept: bool) -> MaybeAsync[bool]:
        """Save a recipient as a favourite, or remove it.

        Args:
            actor: A member of the mailbox.
            mailbox_id: Whose favourite it is.
            recipient: The address.
            kept: True saves it, False removes it.

        Returns:
            False if the directory does not know the recipient; then the next one is called.
        """
        ...


@runtime_checkable
class FindsMany(Protocol):
    """Optional for a directory: it looks up many addresses at once; otherwise `find` is called for each."""

    def find_many(
        self, actor: Actor, mailbox_id: UUID | None, wanted: Sequence[Address]
    ) -> MaybeAsync[Sequence[Entry | None]]:
        """Return what `find` would, for each address by its transport and value.

        Args:
            actor: Who asks.
            mailbox_id: The sending mailbox, whose own address book may have other names.
            wanted: The addresses.

        Returns:
            In the same order; None for an address that the directory does not have.
        """
        ...


@runtime_checkable
class Browsable(Directory, Protocol):
    """Optional for a directory: it can be browsed, by organisation and function."""

    browsed: str
    """The transport whose addresses it has."""

    def browse(
        self, actor: Actor, mailbox_id: UUID | None, organisation: str, words: str, start: int, limit: int
    ) -> MaybeAsync[Sequence[Entry]]:
        """Return organisations, or the functions of one, in alphabetical order.

        Args:
            actor: Who looks.
            mailbox_id: The sending mailbox, whose favourites are marked.
            organisation: The `organisation_value` of one; empty asks for the organisations.
            words: The search words; empty means all.
            start: The offset of the first entry.
            limit: The highest number of entries.

        Returns:
            Entries; those of organisations have an address with no `value`, but `organisation` and
            `organisation_value`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Listing:
    """What a directory knows about an address whose organisation a transport has verified.

    Attributes:
        organisation: Its name for that organisation; empty if it does not have it.
        function: The directory's address with the same value, in any organisation; None if it has none.
    """

    organisation: str = ""
    function: Address | None = None


@runtime_checkable
class KnowsSenders(Protocol):
    """Optional for a directory: it says who has sent a message (`Incoming.names_claimed`)."""

    def listings(self, work: UnitOfWork, wanted: Sequence[Address]) -> MaybeAsync[Sequence[Listing | None]]:
        """Return what the directory knows about each address, by its `value` and its `organisation_value`.

        Called in the unit of work that stores a message, and again later if it raises.

        Args:
            work: In the organisation that received the message; `host.tables(work)` reads the plugin's own tables.
            wanted: The addresses; their names are unverified and must be ignored.

        Returns:
            In the same order; None for an address of a transport that the directory does not cover.

        Raises:
            Unavailable: It cannot answer now, for instance since it has never been read.
        """
        ...
