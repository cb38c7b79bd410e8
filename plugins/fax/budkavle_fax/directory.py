"""Fax numbers as recipients: numbers that a mailbox has named, numbers of contacts, and any typed number."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from budkavle import Actor, Address, BudkavleError, Entry, Host, Invalid, Work
from budkavle.accounts import find_organisation
from budkavle_fax.numbers import mailbox_numbers, name_lookup
from budkavle_fax.numbers.formats import e164, labelled, numbers_in, shown

FAX = "fax"
SOURCE = "Brevlådans faxnummer"
TYPED = "Faxnummer"


class FaxDirectory:
    """An address book of fax numbers."""

    name = name_lookup.OWN
    label = "Faxnummer"

    def __init__(self, host: Host) -> None:
        self._host = host

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> Sequence[Entry]:
        """Return fully typed numbers first, then the mailbox's contacts, then contacts of other address books."""
        if numbers := numbers_in(words):
            names = name_lookup.names(self._host, actor, mailbox_id)
            return [_entry(number, names.get(number, ""), TYPED) for number in numbers][:limit]
        parts = words.casefold().split()
        contacts = name_lookup.own_names(self._host, actor, mailbox_id)
        entries = [
            _entry(contact.number, contact.name, SOURCE)
            for contact in contacts
            if _has(contact.name, contact.number, parts)
        ]
        entries += self._others(actor, mailbox_id, words, limit) if parts else ()
        first: dict[str, Entry] = {}
        for entry in entries:
            first.setdefault(entry.address.value, entry)
        return list(first.values())[:limit]

    def _others(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> Iterator[Entry]:
        """Yield contacts of other address books by fax number, otherwise by telephone number unless it is a mobile."""
        numbered = list(name_lookup.numbered(self._host, actor, mailbox_id, words, limit))
        faxes = {(entry.address.name, entry.source) for _, entry in numbered if entry.address.transport == FAX}
        for number, entry in numbered:
            is_fax = entry.address.transport == FAX
            if is_fax or not (number.startswith("+467") or (entry.address.name, entry.source) in faxes):
                yield _entry(number, entry.address.name, entry.source)

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:
        """Return an entry for any number: a fax number does not need to be in an address book."""
        return self.find_many(actor, None, [Address(transport, value)])[0]

    def find_many(self, actor: Actor, mailbox_id: UUID | None, wanted: Sequence[Address]) -> list[Entry | None]:
        """Return entries for many numbers, each with the name that the mailbox or the actor has for it."""
        numbers = [_number(address) for address in wanted]
        names = name_lookup.names(self._host, actor, mailbox_id) if any(numbers) else {}
        return [_named_entry(number, names) for number in numbers]

    def mailbox(self, work: Work, transport: str, value: str) -> tuple[UUID, UUID] | None:
        """Return the organisation and mailbox of one of our numbers."""
        if transport != FAX:
            return None
        with self._host.tables(work) as connection:
            return mailbox_numbers.owner(connection, value)

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> Address | None:
        """Return the number that a mailbox faxes from; None if it has none."""
        if transport != FAX:
            return None
        numbers = mailbox_numbers.numbers_of(self._host, actor.organisation_id, mailbox_id)
        if not numbers:
            return None
        try:
            with self._host.work(actor) as work:
                organisation = find_organisation(work).name
        except BudkavleError:
            organisation = ""
        return Address(FAX, numbers[0], shown(numbers[0]), organisation)


def _has(name: str, number: str, words: Iterable[str]) -> bool:
    text = f"{name} {number} {shown(number)}".casefold()
    return all(word in text for word in words)


def _number(address: Address) -> str:
    try:
        return e164(address.value) if address.transport == FAX else ""
    except Invalid:
        return ""


def _named_entry(number: str, names: Mapping[str, str]) -> Entry | None:
    return _entry(number, names.get(number, ""), TYPED) if number else None


def _entry(number: str, name: str, source: str) -> Entry:
    return Entry(Address(FAX, number, labelled(number, name)), source=source)
