"""Querying the address books; one that fails or does not answer is named, and the others are still queried."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

import structlog

from budkavle.deliveries.frequent import frequent_recipients
from budkavle.logs import describe
from budkavle.model.errors import Forbidden, Invalid, NotFound, TooMany, Unresponsive
from budkavle.model.messages import Address
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.plugins.breakers import Called
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.directory import Browsable, Directory, Entry, FindsMany, KeepsFavourites
from budkavle.storage.platform import Platform, Work

T = TypeVar("T")
PATIENCE = 5.0
"""Seconds that one address book has for one query."""
_missing: ContextVar[dict[str, str] | None] = ContextVar("missing", default=None)
log = structlog.get_logger("budkavle.messaging.directories")


@contextmanager
def collect_missing() -> Iterator[dict[str, str]]:
    """Collect the address books that do not answer during the block: their labels, by name."""
    missing: dict[str, str] = {}
    token = _missing.set(missing)
    try:
        yield missing
    finally:
        _missing.reset(token)


def refuse_missing(missing: Mapping[str, str]) -> None:
    """Refuse to continue without the address books that did not answer.

    Raises:
        Unresponsive: There are some; it names the first.
    """
    for name, label in missing.items():
        raise Unresponsive(
            "Adressboken {book} svarar inte just nu. Försök igen om en stund.", book=Sentence(label or name), asked=True
        )


def search(work: Work, mailbox_id: UUID, words: str, limit: int) -> Iterator[Entry]:
    """Yield the entries of each address book for these words, in the order of the books.

    A book that has been queried too often is left out, and named among the missing ones.

    Args:
        work: The unit of work; its actor is the author.
        mailbox_id: The mailbox to send from.
        words: What was typed.
        limit: The most entries of each address book.
    """
    for book in _books(work.platform):
        try:
            listed = _ask(work, book, "search", _search_entries, book.search, work.actor, mailbox_id, words, limit)
        except TooMany as error:
            _add_missing(book, error)
            continue
        yield from listed or ()


def find(work: Work, mailbox_id: UUID | None, recipients: Sequence[Address]) -> list[Address]:
    """Return each recipient as written in the first address book that knows it, or else as it was given.

    Args:
        work: The unit of work; its actor is the author.
        mailbox_id: The mailbox to send from.
        recipients: The addresses.
    """
    listed = entries(work, mailbox_id, recipients)
    return [entry.address if entry else address for entry, address in zip(listed, recipients, strict=True)]


def entries(work: Work, mailbox_id: UUID | None, recipients: Sequence[Address]) -> list[Entry | None]:
    """Return each recipient's entry in the first address book that knows it; None if none does.

    Args:
        work: The unit of work; its actor is the author.
        mailbox_id: The mailbox to send from.
        recipients: The addresses.
    """
    listed_entries: dict[Address, Entry] = {}
    for book in _books(work.platform):
        left = [address for address in dict.fromkeys(recipients) if address not in listed_entries]
        answers = _ask(work, book, "find", _find_entries, book, work.actor, mailbox_id, left) or ()
        listed_entries |= {address: entry for address, entry in zip(left, answers, strict=False) if entry is not None}
    return [listed_entries.get(address) for address in recipients]


def often_used(work: Work, mailbox_id: UUID, transport: str, limit: int) -> list[Entry]:
    """Return the recipients that the actor writes to most from a mailbox by one kind of message, as entries.

    Args:
        work: The unit of work; its actor is the author.
        mailbox_id: The mailbox to send from.
        transport: The kind of message: a transport's name, or a family's.
        limit: The most entries.
    """
    transports = work.platform.plugins.transports
    addresses = [
        replace(address, transport=transport) if transports[address.transport].capabilities.guests else address
        for address in frequent_recipients(work, mailbox_id)
        if address.transport in transports
        and transport in {address.transport, transports[address.transport].capabilities.family}
    ][:limit]
    listed = entries(work, mailbox_id, addresses)
    return [entry or Entry(address) for entry, address in zip(listed, addresses, strict=True)]


def own_address(work: Work, mailbox_id: UUID, transport: str) -> Address | None:
    """Return the address that a mailbox sends from by a transport, or None if no address book links one.

    Args:
        work: The unit of work.
        mailbox_id: The mailbox.
        transport: The transport's name.
    """
    for book in _books(work.platform):
        linked_address = _ask(work, book, "address", _address, book.address, work.actor, mailbox_id, transport)
        if linked_address is not None:
            return linked_address
    return None


def linked_mailbox(work: Work, organisation_id: UUID, to: Address) -> UUID | None:
    """Return the mailbox of an organisation that a directory links to an address; None if none does.

    Args:
        work: The unit of work.
        organisation_id: The organisation.
        to: The address.
    """
    plugins = work.platform.plugins
    for name, directory in plugins.directories.items():
        called = Called(plugins.owner("directories", name), "directories", f"{name}.mailbox")
        link = plugins.walls.ask_here(called, PATIENCE, directory.mailbox, work, to.transport, to.value)
        if link is not None and link[0] == organisation_id:
            return link[1]
    return None


def set_favourite(work: Work, mailbox_id: UUID, recipient: Address, *, is_favourite: bool) -> None:
    """Add a recipient to the mailbox's favourites, or remove it.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox.
        recipient: The recipient.
        is_favourite: Whether to add it or to remove it.

    Raises:
        NotFound: No address book with favourites knows it, or the actor is not a member of the mailbox.
        Unresponsive: One that might know it does not answer.
    """
    with collect_missing() as missing:
        for book in _books(work.platform):
            if isinstance(book, KeepsFavourites) and _ask(
                work, book, "set_favourite", call, book.set_favourite, work.actor, mailbox_id, recipient, is_favourite
            ):
                return
    refuse_missing(missing)
    raise NotFound("Mottagaren finns inte i någon adressbok, så den kan inte sparas.")


def browsable(platform: Platform, transports: Collection[str]) -> Browsable | None:
    """Return the address book of these transports that can be browsed; None if there is none.

    Args:
        platform: The installation.
        transports: The names of the transports.
    """
    return next(
        (book for book in _books(platform) if isinstance(book, Browsable) and book.browsed in transports),
        None,
    )


def browse(
    work: Work, mailbox_id: UUID, transports: Collection[str], organisation: str, words: str, part: tuple[int, int]
) -> list[Entry]:
    """Return a part of an address book: its organisations, or the functions of one.

    Args:
        work: The unit of work; its actor is the author.
        mailbox_id: The mailbox to send from.
        transports: The transports whose book it is.
        organisation: The organisation whose functions are returned; empty means the organisations.
        words: What was typed.
        part: How many to skip, and the most to return.

    Returns:
        Nothing if the book does not answer; `collect_missing` then names it.
    """
    book = browsable(work.platform, transports)
    if book is None:
        return []
    return (
        _ask(work, book, "browse", _search_entries, book.browse, work.actor, mailbox_id, organisation, words, *part)
        or []
    )


def _books(platform: Platform) -> Iterable[Directory]:
    return platform.plugins.directories.values()


def _ask(work: Work, book: Directory, method: str, function: Callable[..., T], *values: Any) -> T | None:
    """Query one address book; None if it does not answer, or its answer breaks the protocol.

    A refusal, such as for an actor who is not a member of the mailbox, is an answer, and is raised.
    """
    plugins = work.platform.plugins
    called = Called(plugins.owner("directories", book.name), "directories", f"{book.name}.{method}")
    try:
        return plugins.walls.ask(called, PATIENCE, function, *values)
    except (Forbidden, Invalid, NotFound):
        raise
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and fails alone
        _add_missing(book, error)
    return None


def _add_missing(book: Directory, error: Exception) -> None:
    log.warning("book.missing", directory=book.name, **describe(error))
    missing = _missing.get()
    if missing is not None:
        missing[book.name] = book.label


def _search_entries(method: Callable[..., Any], *values: Any) -> list[Entry]:
    return [_require_entry(entry) for entry in call(method, *values)]


def _find_entries(
    book: Directory, actor: Actor, mailbox_id: UUID | None, addresses: Sequence[Address]
) -> list[Entry | None]:
    if isinstance(book, FindsMany):
        entries = list(call(book.find_many, actor, mailbox_id, addresses))
    else:
        entries = [call(book.find, actor, address.transport, address.value) for address in addresses]
    if len(entries) != len(addresses):
        raise TypeError("find_many gives one answer for each address")
    return [entry and _require_entry(entry) for entry in entries]


def _address(method: Callable[..., Any], *values: Any) -> Address | None:
    answer = call(method, *values)
    if answer is not None and not isinstance(answer, Address):
        raise TypeError(f"address gave {type(answer).__name__}, not an Address")
    return answer


def _require_entry(entry: object) -> Entry:
    if not isinstance(entry, Entry) or not isinstance(entry.address, Address):
        raise TypeError(f"an address book gave {type(entry).__name__}, not an Entry")
    return entry
