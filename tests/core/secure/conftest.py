"""Two organisations of one installation, with people and mailboxes, and a transport to people without account."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from budkavle.accounts import mailboxes, organisations, users
from budkavle.messaging import sending
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address, Draft, Message, Outcome, Outgoing
from budkavle.model.people import Actor, User, UserActor
from budkavle.model.states import DeliveryState
from budkavle.plugins.protocols import Capabilities
from budkavle.plugins.provider_traits import ProviderTraits
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeIdentityProvider, FakeTransport
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import deliver_due


@dataclass
class FakeLink(FakeTransport):
    """A transport to people without an account, who wait with a link until they open it."""

    name: str = "link"
    label: str = "Säkert meddelande"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(receipts=True, recall=True, family="secure", guests=True)
    )
    sent: list[Outgoing] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Keep what was to be told, for the test to look at."""
        self.sent.append(outgoing)
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT)


def guest_provider(name: str, label: str, loa: Loa, **traits: Any) -> FakeIdentityProvider:
    """A way for people without an account."""
    return FakeIdentityProvider(
        name=name, label=label, traits=ProviderTraits(loa, **{"audiences": frozenset({"guest"}), **traits})
    )


def ways() -> list[FakeIdentityProvider]:
    """A way of each kind."""
    return [
        guest_provider("email", "Kod med e-post", Loa.ONE),
        guest_provider("sms", "Kod med SMS", Loa.TWO, asserts_phone=True),
        guest_provider("partner", "Samarbetspartner", Loa.TWO),
        guest_provider("bankid", "BankID", Loa.THREE, asserts_personnummer=True),
        guest_provider("siths", "SITHS", Loa.THREE),
        guest_provider("inside", "Bara personal", Loa.THREE, audiences=frozenset({"staff"})),
    ]


@dataclass
class Town:
    """The installation: Anna and Bo of Björkvik, Eva of Sjövik, a function of each."""

    platform: Platform
    link: FakeLink
    people: dict[str, User] = field(default_factory=dict)
    boxes: dict[str, FunctionMailbox] = field(default_factory=dict)

    def furnish(self) -> None:
        for name, those in (("Björkvik", ("Anna Ek", "Bo Lind")), ("Sjövik", ("Eva Holm",))):
            system = system_actor()
            made = organisations.create_organisation(self.platform, system, name)
            admin = system_actor(made.id, "Admin")
            mine = [
                in_work(
                    self.platform, admin, users.create_user, email=f"{one.split()[0].lower()}@{made.slug}.se", name=one
                )
                for one in those
            ]
            self.people |= {one.name.split()[0].lower(): one for one in mine}
            box = in_work(self.platform, admin, mailboxes.create_mailbox, f"Registrator {name}")
            in_work(self.platform, admin, mailboxes.add_members, box.id, [one.id for one in mine])
            self.boxes[name] = box

    def actor(self, name: str, loa: Loa = Loa.TWO) -> Actor:
        """Who this is, signed in at a level."""
        user = self.people[name]
        return UserActor(user.organisation_id, user.id, user.name, user.role, loa, method="password")

    def own(self, name: str) -> UUID:
        """A person's own inbox."""
        return mailboxes.personal_mailbox(self.people[name]).id

    def write(self, name: str, *to: str, box: UUID | None = None, carry: bool = True, **more: Any) -> Message:
        """Let somebody write to e-mail addresses, and the workers do their part."""
        values: dict[str, Any] = {"subject": "Samtycke", "body": "Se nedan.", "loa": Loa.TWO, **more}
        recipients = values.pop("recipients", tuple(Address("secure", one) for one in to))
        message = in_work(
            self.platform, self.actor(name), sending.send, box or self.own(name), Draft(recipients=recipients, **values)
        )
        if carry:
            deliver_due(self.platform)
        return message

    def rows(self, organisation_id: UUID, query: str, **facts: Any) -> list[Any]:
        with self.platform.database.transaction(organisation_id) as connection:
            return list(connection.execute(text(query), facts))

    def deliveries(self, message: Message) -> list[Any]:
        query = "SELECT * FROM deliveries WHERE message_id = :id ORDER BY created_at, id"
        return self.rows(message.organisation_id, query, id=message.id)

    def delivery(self, message: Message) -> Any:
        (row,) = self.deliveries(message)
        return row

    def events(self, message: Message) -> list[str]:
        query = (
            "SELECT e.state FROM delivery_events e JOIN deliveries d ON d.id = e.delivery_id"
            " WHERE d.message_id = :id ORDER BY e.id"
        )
        return [row.state for row in self.rows(message.organisation_id, query, id=message.id)]

    def audit(self, organisation_id: UUID) -> list[str]:
        return [row.kind for row in self.rows(organisation_id, "SELECT kind FROM audit_log ORDER BY number")]


@pytest.fixture
def build_town(budkavle_open: Callable[..., Platform]) -> Callable[..., Town]:
    def build(*, link: bool = True) -> Town:
        transport = FakeLink()
        module = plugin_module(
            "fake",
            transports=lambda host: [transport] if link else [],
            choose_transport=lambda recipient: transport if link and recipient.transport == "secure" else None,
            identity_providers=lambda host: ways(),
        )
        town = Town(budkavle_open(enabled=("fake",), offers=offer(fake=module)), transport)
        town.furnish()
        return town

    return build


@pytest.fixture
def town(build_town: Callable[..., Town]) -> Town:
    return build_town()
