"""Local addresses: the id of a mailbox, and its organisation."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeAlias
from uuid import UUID

from budkavle import Address, Host, as_uuid
from budkavle.accounts import mailbox_addresses

NAME = "local"
FAMILY = "secure"
"""The kind of message that people choose. Transports to people without an account have it too."""
Place: TypeAlias = tuple[UUID | None, UUID | None]
"""An organisation and one of its mailboxes. None if it is none."""


def organisation_of(address: Address) -> UUID | None:
    """Return the organisation of the mailbox of a local address."""
    return as_uuid(address.organisation_value)


def addresses_of(host: Host, places: Iterable[Place]) -> dict[Place, Address]:
    """Return the addresses of the mailboxes that may receive, by place, with one unit of work per organisation."""
    mailbox_ids: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for organisation_id, mailbox_id in places:
        if organisation_id and mailbox_id:
            mailbox_ids[organisation_id].append(mailbox_id)
    addresses: dict[Place, Address] = {}
    for organisation_id, ids in mailbox_ids.items():
        with host.work(host.system(organisation_id)) as work:
            of_organisation = mailbox_addresses(work, NAME, ids)
        addresses |= {(organisation_id, mailbox_id): address for mailbox_id, address in of_organisation.items()}
    return addresses
