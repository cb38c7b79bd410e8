"""Secure messages: a transport to people without an account, their identity providers, and two organisations."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from budkavle.messaging import sending
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft, Message, Outcome, Outgoing
from budkavle.model.states import DeliveryState
from budkavle.plugins.protocols.identity_provider import ProviderTraits
from budkavle.plugins.protocols.transport import Capabilities
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeIdentityProvider, FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import deliver_due


@dataclass
class FakeLink(FakeTransport):
    """A transport to people without an account, whose deliveries wait until they open the link."""

    name: str = "link"
    label: str = "Säkert meddelande"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(receipts=True, recall=True, family="secure", guests=True)
    )
    sent: list[Outgoing] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Keep the delivery for the test."""
        self.sent.append(outgoing)
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT)


def guest_provider(name: str, label: str, loa: Loa, **traits: Any) -> FakeIdentityProvider:
    """An identity provider for people without an account."""
    return FakeIdentityProvider(
        name=name, label=label, traits=ProviderTraits(loa, **{"audiences": frozenset({"guest"}), **traits})
    )


def ways() -> list[FakeIdentityProvider]:
    """A provider of each kind."""
    return [
        guest_provider("email", "Kod med e-post", Loa.ONE),
        guest_provider("sms", "Kod med SMS", Loa.TWO, asserts_phone=True),
        guest_provider("partner", "Samarbetspartner", Loa.TWO),
        guest_provider("bankid", "BankID", Loa.THREE, asserts_personnummer=True),
        guest_provider("siths", "SITHS", Loa.THREE),
        guest_provider("inside", "Bara personal", Loa.THREE, audiences=frozenset({"staff"})),
    ]


@dataclass
class SecureMessages:
    """Messages from users of two organisations to accounts and to people without an account, and what is stored."""

    organisation: SampleOrganisation
    other_organisation: SampleOrganisation
    link: FakeLink

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    def write(
        self, sender: SampleUser, *to: str, mailbox_id: UUID | None = None, carry: bool = True, **more: Any
    ) -> Message:
        """Send a message to e-mail addresses, and let the workers deliver it."""
        values: dict[str, Any] = {"subject": "Samtycke", "body": "Se nedan.", "loa": Loa.TWO, **more}
        values.setdefault("recipients", tuple(Address("secure", address) for address in to))
        message = in_work(
            self.platform, sender.at(Loa.TWO), sending.send, mailbox_id or sender.personal_id, Draft(**values)
        )
        if carry:
            deliver_due(self.platform)
        return message

    def sender_of(self, message: Message) -> SampleOrganisation:
        """The organisation that a message was written in."""
        return next(one for one in (self.organisation, self.other_organisation) if one.id == message.organisation_id)

    def deliveries(self, message: Message) -> list[Any]:
        return self.sender_of(message).deliveries(message)

    def delivery(self, message: Message) -> Any:
        (row,) = self.deliveries(message)
        return row

    def timeline(self, message: Message) -> list[str]:
        return self.sender_of(message).timeline(message.id)


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def open_secure(budkavle_open: Callable[..., Platform], link: FakeLink) -> Callable[..., Platform]:
    """Open an installation that reaches people without an account by links, or not at all."""

    def make(*, links: bool = True) -> Platform:
        module = plugin_module(
            "fake",
            transports=lambda host: [link] if links else [],
            choose_transport=lambda recipient: link if links and recipient.transport == "secure" else None,
            identity_providers=lambda host: ways(),
        )
        return budkavle_open(enabled=("fake",), offers=offer(fake=module))

    return make


@pytest.fixture
def secure(organisation: SampleOrganisation, other_organisation: SampleOrganisation, link: FakeLink) -> SecureMessages:
    return SecureMessages(organisation, other_organisation, link)


@pytest.fixture
def other_case_worker(other_organisation: SampleOrganisation) -> SampleUser:
    return other_organisation.case_worker
