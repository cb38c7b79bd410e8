"""The address book of colleagues, their function mailboxes, and everybody with an account in the installation.

A person is found by e-mail address: somebody with an account gets the message in their own inbox, everybody else by a
transport that reaches people without one (features M8, M9). An account of another organisation is found only by its
whole address, so that nobody can browse the people of other organisations.
"""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from budkavle import Actor, Address, Entry, Host, Work, as_uuid
from budkavle.accounts import (
    AccountMailbox,
    find_accounts,
    find_organisation,
    mailbox_addresses,
    search_mailboxes,
    search_users,
)
from budkavle_local.addresses import FAMILY, NAME, Place, addresses_of

_WHOLE = re.compile(r"[^\s@]+@([^\s@.]+\.)+[^\s@.]{2,}")
"""A possibly complete address: half-typed ones are not looked up. Its parts match no text in common."""
COLLEAGUES, ACCOUNTS, MAILBOXES = "Kolleger", "Har konto här", "Funktionsbrevlådor"


class PeopleDirectory:
    """A `Directory` of the installation's own people and mailboxes.

    Args:
        host: The plugin's host.
    """

    name = "people"
    label = "Personer"

    def __init__(self, host: Host) -> None:
        self._host = host

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> Sequence[Entry]:
        """Return colleagues and function mailboxes that match the words, and the account of a whole e-mail address."""
        text = words.strip()
        if not text:
            return []
        with self._host.work(actor) as work:
            organisation = find_organisation(work).name
            users = search_users(work, text, limit=limit)
            mailboxes = search_mailboxes(work, text, outside=mailbox_id, limit=limit)
            account = find_accounts(work, [text]).get(text) if _WHOLE.fullmatch(text) else None
        entries = [_person(user.email, user.name, organisation, COLLEAGUES) for user in users]
        if account and account.organisation_id != actor.organisation_id:
            addresses = addresses_of(self._host, [(account.organisation_id, account.mailbox_id)])
            entries += [_person(text.lower(), owner.name, owner.organisation, ACCOUNTS) for owner in addresses.values()]
        for mailbox in mailboxes:
            address = Address(NAME, str(mailbox.id), mailbox.name, organisation)
            entries.append(Entry(address, mailbox.description, source=MAILBOXES))
        return entries[:limit]

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:
        """Return the account of an e-mail address, or the own mailbox of an address."""
        return self.find_many(actor, None, [Address(transport, value)])[0]

    def find_many(self, actor: Actor, mailbox_id: UUID | None, wanted: Sequence[Address]) -> list[Entry | None]:  # noqa: ARG002 - part of the interface
        """Return the same for many, with one query for all e-mail addresses."""
        emails = list(dict.fromkeys(address.value.strip() for address in wanted if address.transport == FAMILY))
        with self._host.work(actor) as work:
            accounts = find_accounts(work, emails) if emails else {}
            places = [_place(actor, address, accounts) for address in wanted]
            own_ids = [mailbox_id for place, mailbox_id in places if mailbox_id and place == actor.organisation_id]
            own_addresses = mailbox_addresses(work, NAME, own_ids)
        addresses = addresses_of(self._host, (place for place in places if place[0] != actor.organisation_id))
        addresses |= {(actor.organisation_id, mailbox_id): address for mailbox_id, address in own_addresses.items()}
        return [Entry(addresses[place], source=self.label) if place in addresses else None for place in places]

    def mailbox(self, work: Work, transport: str, value: str) -> tuple[UUID, UUID] | None:  # noqa: ARG002 - part of the interface
        """Return None: a message from inside names its mailbox itself."""
        return None

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> Address | None:
        """Return the address of a mailbox as a sender of secure messages."""
        sender = self._host.platform.plugins.transports.get(transport)
        if sender is None or sender.capabilities.family != FAMILY:
            return None
        with self._host.work(actor) as work:
            return mailbox_addresses(work, transport, [mailbox_id]).get(mailbox_id)


def _place(actor: Actor, address: Address, accounts: Mapping[str, AccountMailbox]) -> Place:
    if address.transport == NAME:
        return actor.organisation_id, as_uuid(address.value)
    account = accounts.get(address.value.strip()) if address.transport == FAMILY else None
    return (account.organisation_id, account.mailbox_id) if account else (None, None)


def _person(email: str, name: str, organisation: str, source: str) -> Entry:
    return Entry(Address(FAMILY, email, name, organisation), source=source)
