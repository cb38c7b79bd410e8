"""Fax numbers as recipients: those that a mailbox has named, those of contacts with a phone, and any that is typed."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from budkavle import (
    Actor,
    Address,
    BudkavleError,
    Entry,
    Host,
    Invalid,
    NotFound,
    call,
    find_organisation,
    require_member,
)
from budkavle_fax import contacts, lines
from budkavle_fax.numbers import e164, found, shown

FAX = "fax"
SOURCE = "Brevlådans faxnummer"
TYPED = "Faxnummer"


class FaxDirectory:
    """An address book of fax numbers."""

    name = "fax_numbers"
    label = "Faxnummer"

    def __init__(self, host: Host) -> None:
        self._host = host

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> Sequence[Entry]:
        """Return numbers typed in full first, then the mailbox's names, then contacts of other address books."""
        known = self._contacts(actor, mailbox_id)
        names = {one.number: one.name for one in known}
        typed = [_entry(number, names.get(number, ""), TYPED) for number in found(words)]
        wanted = words.casefold().split()
        named = [_entry(one.number, one.name, SOURCE) for one in known if _has(one.name, one.number, wanted)]
        others = self._others(actor, mailbox_id, words, limit) if words.strip() and not typed else ()
        every = {entry.address.value: entry for entry in (*others, *named, *typed)}
        first = dict.fromkeys(entry.address.value for entry in (*typed, *named, *others))
        return [every[value] for value in first][:limit]

    def _contacts(self, actor: Actor, mailbox_id: UUID | None) -> list[contacts.Contact]:
        if mailbox_id is None:
            return []
        try:
            with self._host.transaction(actor.organisation_id) as connection:
                require_member(connection, actor, mailbox_id)
        except NotFound:
            return []
        return contacts.listed(self._host, actor.organisation_id, mailbox_id)

    def _others(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> Iterator[Entry]:
        """Yield people of other address books whose description is a number; mobiles are no fax machines."""
        for directory in self._host.platform.plugins.directories.values():
            if directory.name == self.name:
                continue
            for one in call(directory.search, actor, mailbox_id, words, limit):
                try:
                    number = e164(one.description)
                except Invalid:
                    continue
                if not number.startswith("+467"):
                    yield _entry(number, one.address.name, one.source)

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:  # noqa: ARG002 - the promise's shape
        """Return any number as itself: what is a fax number needs no book to be one."""
        if transport != FAX:
            return None
        try:
            return _entry(e164(value), "", TYPED)
        except Invalid:
            return None

    def mailbox(self, transport: str, value: str) -> tuple[UUID, UUID] | None:
        """Return whose a number of ours is."""
        return lines.owner(self._host, value) if transport == FAX else None

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> Address | None:
        """Return the number that a mailbox faxes from; None where it has none."""
        if transport != FAX:
            return None
        numbers = lines.numbers_of(self._host, actor.organisation_id, mailbox_id)
        if not numbers:
            return None
        try:
            organisation = find_organisation(self._host.platform, actor).name
        except BudkavleError:
            organisation = ""
        return Address(FAX, numbers[0], shown(numbers[0]), organisation)


def _has(name: str, number: str, words: Iterable[str]) -> bool:
    text = f"{name} {number} {shown(number)}".casefold()
    return all(word in text for word in words)


def _entry(number: str, name: str, source: str) -> Entry:
    return Entry(Address(FAX, number, name or shown(number)), description=shown(number) if name else "", source=source)
