"""Function mailboxes of the tests that have an address in the federation."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from budkavle.model.messages import Address, Message
from budkavle.model.states import DeliveryState
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.working import wait_until
from budkavle_demo.content import ADDRESSES, CLINIC
from budkavle_sdk_transport.simulator import address_book
from budkavle_sdk_transport.simulator.federation import CODES, PARTICIPANTS

THEM = Address("sdk", ADDRESSES[CLINIC], "Barn- och ungdomspsykiatrin, kansli", "Region Vättern")
SPARE = 400
"""Functions of each organisation in the address book for the mailboxes that tests add: each takes one."""


@dataclass
class SdkMailboxes:
    """Function mailboxes that have an address in the federation, so that messages come to them by SDK.

    Attributes:
        people: Everybody who signs in, by e-mail address.
        run: Runs a command of `budkavle`.
        ids: The ids of the demo's mailboxes, by name.
        identifiers: The addresses, by the mailbox's id.
    """

    organisations: Mapping[UUID, SampleOrganisation]
    people: Mapping[str, SampleUser]
    run: Callable[..., None]
    ids: Mapping[str, UUID]
    identifiers: dict[UUID, str]
    _spare: Mapping[str, Iterator[int]] = field(
        default_factory=lambda: {slug: iter(range(1, SPARE + 1)) for slug in PARTICIPANT_OF}
    )
    _home: dict[UUID, SampleOrganisation] = field(default_factory=dict)

    def add(self, name: str, *emails: str, administrator: str = "", **more: Any) -> UUID:
        """Make a mailbox with these members, in the organisation of the first, linked to a function of its own."""
        organisation = self.organisations[self.people[emails[0]].organisation_id]
        members = [self.people[email] for email in emails if email != administrator]
        administrators = [self.people[administrator]] if administrator else []
        made = organisation.add_mailbox(name, *members, administrators=administrators, **more)
        participant = PARTICIPANT_OF[organisation.slug]
        self.identifiers[made.id] = f"sdk:prov{next(self._spare[organisation.slug]):02}:{participant}"
        self._home[made.id] = organisation
        self.run("addressbook", "link", organisation.slug, name, self.identifiers[made.id])
        return made.id

    def arrive(self, mailbox_id: UUID, subject: str, **more: Any) -> UUID:
        """Let a message come to a mailbox, and return its case."""
        values: dict[str, Any] = {
            "transport": "sdk",
            "conversation_id": str(uuid4()),
            "sender": THEM,
            "recipient": Address("sdk", self.identifiers[mailbox_id]),
            "body": "Hej!\n\nHär kommer det ni bad om.",
        }
        return self._organisation(mailbox_id).arrive(subject, **{**values, **more})

    def send(self, email: str, mailbox_id: UUID, subject: str, *to: str, **more: Any) -> Message:
        """Send a message without a page; the federation carries it."""
        transport, sender = more.pop("transport", "sdk"), self.people[email]
        recipients = tuple(Address(transport, value) for value in to or (ADDRESSES[CLINIC],))
        values = {"recipients": recipients, "body": "Hej!", "mailbox_id": mailbox_id, **more}
        return self.organisations[sender.organisation_id].send(sender, subject, **values)

    def wait_for(self, mailbox_id: UUID, case_id: UUID, *states: DeliveryState) -> None:
        """Wait until what has been sent in a case is in one of these states; loading pages until then would cost more.

        Args:
            mailbox_id: The mailbox of the case.
            case_id: The case, with one delivery.
            states: The states.
        """
        query, organisation = "SELECT state FROM deliveries WHERE case_id = :id", self._organisation(mailbox_id)
        wait_until(lambda: [row.state in states for row in organisation.rows(query, id=case_id)] == [True])

    def _organisation(self, mailbox_id: UUID) -> SampleOrganisation:
        if mailbox_id not in self._home:
            exists = "SELECT 1 FROM mailboxes WHERE id = :id"
            self._home[mailbox_id] = next(one for one in self.organisations.values() if one.rows(exists, id=mailbox_id))
        return self._home[mailbox_id]


PARTICIPANT_OF = {"bjorkvik": "0203:bjorkvik.example", "vattern": "0203:regionvattern.example"}
"""The two organisations as the federation knows them, by slug."""


def spare_book() -> address_book.AddressBook:
    """The federation's address book, with functions that tests' own mailboxes can take."""
    more = [
        replace(one, functions=(*one.functions, *_spare(one.participant)))
        if one.participant in PARTICIPANT_OF.values()
        else one
        for one in PARTICIPANTS
    ]
    return address_book.AddressBook(more, {name: dict(codes) for name, codes in CODES.items()})


def _spare(participant: str) -> list[address_book.Function]:
    numbers = range(1, SPARE + 1)
    made = [address_book.Function(f"sdk:prov{n:02}:{participant}", f"Provfunktion {n:02}") for n in numbers]
    return [*made, address_book.Function(f"sdk:ledig:{participant}", "Ledig provfunktion")]
