"""The two directories of the recipient picker: the national address book, and the contacts of the actor's books."""

from collections.abc import Collection, Sequence
from uuid import UUID

from budkavle import Actor, Address, Entry, Host, Listing, Terms, Unavailable, Work, phone_number
from budkavle_addressbook import links, name_search
from budkavle_addressbook.contacts import books as contacts
from budkavle_addressbook.contacts import favourites
from budkavle_addressbook.contacts.books import Book
from budkavle_addressbook.contacts.contact import Contact
from budkavle_addressbook.national import entries

CONTACT = "secure"
"""The family of transports for a contact's e-mail address. People with an account get the message there."""

FAX = "fax"
"""The transport for a contact's fax number."""
DOMAIN_PARTICIPANT = "0203:"
"""The prefix of participants of the federation, before their domain."""


class NationalDirectory:
    """The local copy of the SDK address book, with the mailbox's favourites first."""

    name = "sdk"
    label = entries.SOURCE
    browsed = entries.TRANSPORT

    def __init__(self, host: Host) -> None:
        self._host = host

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> Sequence[Entry]:
        """Return the functions that have every word, the best match first. Without words, the favourites."""
        if not name_search.words(words):
            return self._favourites(actor, mailbox_id, limit)
        with self._host.transaction(actor.organisation_id) as connection:
            saved: set[str] = set()
            if mailbox_id is not None:
                saved = {row["identifier"] for row in favourites.rows(connection, actor, mailbox_id)}
            matching = entries.matching(connection, words, sorted(saved), limit)
        return [entries.entry(row, favourite=row["identifier"] in saved) for row in matching]

    def browse(
        self, actor: Actor, mailbox_id: UUID | None, organisation: str, words: str, start: int, limit: int
    ) -> Sequence[Entry]:
        """Return the organisations of the copy, or the functions of one with the mailbox's favourites marked (K1)."""
        with self._host.transaction(actor.organisation_id) as connection:
            if not organisation:
                return entries.organisations_with(connection, words, start, limit)
            rows = entries.functions_of(connection, organisation, words, start, limit)
            saved = favourites.rows(connection, actor, mailbox_id) if mailbox_id else ()
        identifiers = {row["identifier"] for row in saved}
        return [entries.entry(row, favourite=row["identifier"] in identifiers) for row in rows]

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:
        """Return the function with exactly this identifier."""
        return self.find_many(actor, None, [Address(transport, value)])[0]

    def find_many(self, actor: Actor, mailbox_id: UUID | None, wanted: Sequence[Address]) -> list[Entry | None]:  # noqa: ARG002 - part of the interface
        """Return the same for many identifiers, with one query."""
        values = [address.value for address in wanted if address.transport == entries.TRANSPORT]
        entries_by_value: dict[str, Entry] = {}
        if values:
            with self._host.transaction(actor.organisation_id) as connection:
                entries_by_value = {
                    row["identifier"]: entries.entry(row) for row in entries.exact_all(connection, values)
                }
        return [
            entries_by_value.get(address.value) if address.transport == entries.TRANSPORT else None
            for address in wanted
        ]

    def listings(self, work: Work, wanted: Sequence[Address]) -> list[Listing | None]:
        """Return what the copy has about the functions and their organisations, with one query.

        Raises:
            Unavailable: The address book has never been read, so an unknown address means nothing.
        """
        ours = [address for address in wanted if address.transport == entries.TRANSPORT]
        listings: dict[Address, Listing] = {}
        if ours:
            with self._host.tables(work) as connection:
                read = entries.listings(connection, ours)
            if read is None:
                raise Unavailable("Adressboken har inte hämtats än.")
            listings = read
        return [listings.get(address) for address in wanted]

    def mailbox(self, work: Work, transport: str, value: str) -> tuple[UUID, UUID] | None:
        """Return the organisation and mailbox that this identifier of ours is linked to."""
        return links.mailbox_of(self._host, work, transport, value)

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> Address | None:
        """Return the identifier that this mailbox is linked to, with the names of its function and organisation."""
        if transport != entries.TRANSPORT:
            return None
        with self._host.transaction(actor.organisation_id) as connection:
            link = links.find(connection, actor.organisation_id, mailbox_id)
        if link is None:
            return None
        return Address(transport, link.identifier, link.name, link.organisation, link.participant)

    def set_favourite(self, actor: Actor, mailbox_id: UUID, recipient: Address, kept: bool) -> bool:
        """Save a function in the mailbox, or remove it. False if this address book does not have it (K2, K4).

        A function that is no longer in the copy can still be removed. Removing it again changes nothing.
        """
        if recipient.transport != entries.TRANSPORT:
            return False
        if not kept:
            favourites.remove(self._host, actor, mailbox_id, recipient.value)
        elif self.find(actor, recipient.transport, recipient.value) is None:
            return False
        else:
            favourites.save(self._host, actor, mailbox_id, recipient.value)
        return True

    def _favourites(self, actor: Actor, mailbox_id: UUID | None, limit: int) -> list[Entry]:
        if mailbox_id is None:
            return []
        return [
            favourite.entry for favourite in favourites.listed(self._host, actor, mailbox_id) if not favourite.missing
        ][:limit]


def in_federation(host: Host, organisation_id: UUID, emails: Collection[str]) -> list[str]:
    """Return the e-mail addresses whose organisation is in the national address book, by the domain.

    Args:
        host: The plugin's view of the installation.
        organisation_id: The organisation of the person who asks.
        emails: The addresses, in lower case.
    """
    participants = {email: DOMAIN_PARTICIPANT + email.rpartition("@")[2] for email in emails}
    with host.transaction(organisation_id) as connection:
        listed = entries.listed_participants(connection, participants.values())
    return [email for email, participant in participants.items() if participant in listed]


class ContactDirectory:
    """The actor's own contacts and those of the sending mailbox, but nobody else's."""

    name = "contacts"
    label = "Kontakter"

    def __init__(self, host: Host) -> None:
        self._host = host

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> Sequence[Entry]:
        """Return the contacts whose name, e-mail or number has every word. Without words, the first ones.

        A contact with a fax number is included twice, with the address for each kind of message.
        """
        matching = self._contacts(actor, mailbox_id, words)[:limit]
        return [entry for contact in matching for entry in (_entry(contact), *_fax_entry(contact))]

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:
        """Return the actor's own contact with exactly this e-mail address."""
        return self.find_many(actor, None, [Address(transport, value)])[0]

    def find_many(self, actor: Actor, mailbox_id: UUID | None, wanted: Sequence[Address]) -> list[Entry | None]:
        """Return the same for many e-mail addresses, including contacts of the mailbox, with one query."""
        if all(address.transport != CONTACT for address in wanted):
            return [None] * len(wanted)
        entries_by_value: dict[str, Entry] = {}
        for contact in self._contacts(actor, mailbox_id, ""):
            entries_by_value.setdefault(contact.fields.email.lower(), _entry(contact))
        return [
            entries_by_value.get(address.value.lower()) if address.transport == CONTACT else None for address in wanted
        ]

    def mailbox(self, work: Work, transport: str, value: str) -> tuple[UUID, UUID] | None:  # noqa: ARG002 - part of the interface
        """Return None: a contact is not a mailbox here."""
        return None

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> Address | None:  # noqa: ARG002 - part of the interface
        """Return None: a mailbox does not send in the name of a contact."""
        return None

    def _contacts(self, actor: Actor, mailbox_id: UUID | None, words: str) -> list[Contact]:
        books = [Book()] if actor.user_id is not None else []
        books += [Book(mailbox_id)] if mailbox_id is not None else []
        return [contact for book in books for contact in contacts.search(self._host, actor, book, words)]


def _fax_entry(contact: Contact) -> list[Entry]:
    number = contact.fields.fax
    return [Entry(Address(FAX, number, contact.name), description=number, source=_source(contact))] if number else []


def _source(contact: Contact) -> str:
    return "Personlig kontakt" if contact.user_id else "Brevlådans kontakt"


def _entry(contact: Contact) -> Entry:
    fields = contact.fields
    address = Address(CONTACT, fields.email.lower(), contact.name)
    terms = Terms(phone=phone_number(fields.phone), personnummer=fields.personnummer)
    return Entry(address, description=fields.phone, source=_source(contact), terms=terms)
