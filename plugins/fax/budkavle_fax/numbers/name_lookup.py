"""Names of numbers: the mailbox's own name, otherwise the one in the contacts that it shares.

Other address books are only asked through the public interface, and only for contacts of the mailbox or the actor: by a
search without words, never by one through everybody's contacts. A system actor on behalf of a mailbox sees the
mailbox's own contacts, but nobody's personal ones.
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
"""The name of this plugin's own address book, which does not ask itself."""
MOST: Final = 10_000
"""Contacts of an address book that are searched for a number."""
_asking: ContextVar[bool] = ContextVar("fax_asking_address_books", default=False)
"""Whether other books are being asked already: one that forwards searches would ask ours, and recurse for ever."""


def names(host: Host, actor: Actor, mailbox_id: UUID | None) -> dict[str, str]:
    """Return names by number, E.164, for a sender or recipient; a number that several contacts share has none."""
    own_by_number = {contact.number: contact.name for contact in own_names(host, actor, mailbox_id)}
    called: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for number, entry in numbered(host, actor, mailbox_id, "", MOST):
        called[number].setdefault(entry.address.name.casefold(), entry.address.name)
    alone = {number: name for number, by_book in called.items() if len(by_book) == 1 for name in by_book.values()}
    return alone | own_by_number


def name_of(host: Host, organisation_id: UUID, mailbox_id: UUID, number: str) -> str:
    """Return a mailbox's name for a number; empty if it has none, or more than one."""
    own = contacts.name_of(host, organisation_id, mailbox_id, number)
    return own or names(host, host.system(organisation_id, ActorScope.READ), mailbox_id).get(number, "")


def own_names(host: Host, actor: Actor, mailbox_id: UUID | None) -> list[contacts.Contact]:
    """Return the contacts that a mailbox has under Fax; empty if the actor is not a member of it."""
    if mailbox_id is None:
        return []
    try:
        with host.work(actor) as work:
            require_member(work, mailbox_id)
    except NotFound:
        return []
    return contacts.listed(host, actor.organisation_id, mailbox_id)


def numbered(host: Host, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> Iterator[tuple[str, Entry]]:
    """Yield (number, entry) for entries of other address books whose description is a telephone number."""
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
    """Return the answer of one book; if it fails, faxes are sent and received without a name."""
    try:
        return list(call(book.search, actor, mailbox_id, words, limit))
    except Exception as error:  # noqa: BLE001 - a plugin fails alone
        host.log.warning("fax.no_names", directory=book.name, error=type(error).__name__)
        return []
