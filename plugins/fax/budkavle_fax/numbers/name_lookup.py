"""Whose number it is: the mailbox's own name for it, else the one in the contacts that it shares.

The other address books are asked by the face alone, and only for what the mailbox or the actor keeps in them: a search
without words, never one through everybody's. A part of the system acting for a mailbox sees the mailbox's own contacts
and nobody's personal ones.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final
from uuid import UUID

from budkavle import Actor, ActorScope, Directory, Entry, Host, Invalid, NotFound, call
from budkavle.accounts import require_member
from budkavle_fax.numbers import contacts
from budkavle_fax.numbers.formats import e164

OWN: Final = "fax_numbers"
"""The name of this plugin's own address book, which is not asked about itself."""
MOST: Final = 10_000
"""Contacts of a book that are looked through for a number."""
_asking: ContextVar[bool] = ContextVar("fax_asking_address_books", default=False)
"""Whether other books are being asked already: one that passes questions on would ask ours, and so for ever."""


def names(host: Host, actor: Actor, mailbox_id: UUID | None) -> dict[str, str]:
    """Return the names of numbers, E.164, for who writes or gets a fax; a number that is several contacts' has none."""
    own_by_number = {contact.number: contact.name for contact in own_names(host, actor, mailbox_id)}
    called: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for number, entry in numbered(host, actor, mailbox_id, "", MOST):
        called[number].setdefault(entry.address.name.casefold(), entry.address.name)
    alone = {number: name for number, by_book in called.items() if len(by_book) == 1 for name in by_book.values()}
    return alone | own_by_number


def name_of(host: Host, organisation_id: UUID, mailbox_id: UUID, number: str) -> str:
    """Return what a mailbox calls a number; empty where it has no name for it, or more than one."""
    own = contacts.name_of(host, organisation_id, mailbox_id, number)
    return own or names(host, host.system(organisation_id, ActorScope.READ), mailbox_id).get(number, "")


def own_names(host: Host, actor: Actor, mailbox_id: UUID | None) -> list[contacts.Contact]:
    """Return the numbers that a mailbox has named under Fax; none for those who are no members of it."""
    if mailbox_id is None:
        return []
    try:
        with host.work(actor) as work:
            require_member(work, mailbox_id)
    except NotFound:
        return []
    return contacts.listed(host, actor.organisation_id, mailbox_id)


def numbered(host: Host, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> Iterator[tuple[str, Entry]]:
    """Yield (number, entry) for what other address books have whose description is a telephone number."""
    if _asking.get():
        return
    token = _asking.set(True)
    try:
        matches = [
            entry for book in _books(host) for entry in _search_book(host, book, actor, mailbox_id, words, limit)
        ]
    finally:
        _asking.reset(token)
    for entry in matches:
        try:
            yield e164(entry.description), entry
        except Invalid:
            continue


def _books(host: Host) -> list[Directory]:
    return [book for book in host.platform.plugins.directories.values() if book.name != OWN]


def _search_book(
    host: Host, book: Directory, actor: Actor, mailbox_id: UUID | None, words: str, limit: int
) -> list[Entry]:
    """Return what one book answers; a fax comes and goes without a name where the book does not."""
    try:
        return list(call(book.search, actor, mailbox_id, words, limit))
    except Exception as error:  # noqa: BLE001 - a plugin fails alone
        host.log.warning("fax.no_names", directory=book.name, error=type(error).__name__)
        return []
