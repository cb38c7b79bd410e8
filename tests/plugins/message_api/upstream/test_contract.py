"""The transport and the address book keep what the core counts on; the other side is a message service in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from budkavle import Actor, Address, Entry, Permanent, Platform, Transport, Work
from budkavle.testing.contracts import ORGANISATION, DirectoryContract, ReceiptHandlerContract, TransportContract
from budkavle.testing.working import do_job
from budkavle_message_api.formats import Attributes, Create, MessageDocument, Resource
from budkavle_message_api.status import ACCEPTED
from budkavle_message_api.upstream import connections
from budkavle_message_api.upstream.service_client import ServiceClient
from budkavle_message_api.upstream.transport import ServiceTransport


@dataclass
class MemoryService:
    """Takes each message once, by its `messageId`, for one function that it knows."""

    knows: str
    taken: dict[str, Create] = field(default_factory=dict)

    def post(self, body: bytes) -> str:
        message = msgspec.json.decode(body, type=Create)
        attributes = message.data.attributes
        name = str(attributes.message_id)
        if name in self.taken or attributes.recipient_attention.sub_organization.extension != self.knows:  # type: ignore[union-attr]
            raise Permanent("Meddelandetjänsten tog inte emot meddelandet.")
        self.taken[name] = message
        return name

    def get(self, name: str, *, whole: bool) -> MessageDocument | None:
        found = self.taken.get(name)
        return MessageDocument(found.data) if found else None


class OneClient:
    """Gives the same client to all."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def of(self, organisation_id: UUID) -> Any:
        return self.client


@pytest.fixture
def furnished(budkavle_open: Callable[..., Platform], build_api: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An installation where Håbo has a message service."""
    monkeypatch.setattr(connections, "KEY_BITS", 2048)
    api = build_api(budkavle_open(enabled=("message_api",), plugins={"message_api": {"client": True}}))
    address = "https://mt.example"
    connections.save(api.host, api.habo.admin, address, address, "mk1", deletes=True)
    return api


@pytest.mark.feature("MT4", "PL1")
class TestServiceTransport(TransportContract):
    """The transport against a service in memory."""

    @pytest.fixture
    def actor(self, furnished: Any) -> Actor:
        actor: Actor = furnished.habo.admin
        return actor

    @pytest.fixture
    def transport(self, furnished: Any, recipient: Address) -> Transport:
        return ServiceTransport(furnished.host, OneClient(MemoryService(recipient.value)))  # type: ignore[arg-type]

    @pytest.fixture
    def recipient(self) -> Address:
        return Address("message_service", "sdk:inkorg:0203:kisa.se", "Inkorg", "Kisa kommun", "0203:kisa.se")


@pytest.mark.feature("MT4", "PL1")
class TestServiceDirectory(DirectoryContract):
    """The address book that relays the others'."""

    @pytest.fixture
    def work(self, furnished: Any, actor: Actor) -> Iterator[Work]:
        with furnished.host.work(actor) as work:
            yield work

    @pytest.fixture
    def actor(self, furnished: Any) -> Actor:
        actor: Actor = furnished.habo.admin
        return actor

    @pytest.fixture
    def mailbox_id(self, furnished: Any) -> UUID:
        box: UUID = furnished.habo.mailbox.id
        return box

    @pytest.fixture
    def directory(self, furnished: Any) -> Any:
        return furnished.platform.plugins.directories["message_service"]

    @pytest.fixture
    def known(self, furnished: Any) -> Entry:
        address = furnished.kisa.address
        return Entry(Address("message_service", address.value, address.name, address.organisation, "0203:kisa.se"))


@pytest.mark.feature("MT4", "PL1")
class TestServiceReceipts(ReceiptHandlerContract):
    """The reader of what a service says of a message."""

    @pytest.fixture
    def handler(self, furnished: Any) -> Any:
        return furnished.platform.plugins.receipt_handlers["message_service"]

    @pytest.fixture
    def words(self) -> bytes:
        attributes = Attributes(
            message_status=ACCEPTED, confidentiality=False, sender="0203:habo.se", recipient="0203:kisa.se", label="Hej"
        )
        return msgspec.json.encode(MessageDocument(Resource(attributes)))

    @pytest.fixture
    def context(self) -> dict[str, str]:
        at = "2026-05-01T12:00:00+02:00"
        return {"organisation_id": str(ORGANISATION), "delivery_id": str(ORGANISATION), "remote_id": "m1", "at": at}


@pytest.mark.parametrize("content", [b"[" * 20_000, b'{"issues":' * 20_000, b"<html>"], ids=["list", "object", "html"])
def test_a_refusal_that_cannot_be_read_is_told_by_its_number(content: bytes) -> None:
    """What is nested too deep is as unreadable as a page of a proxy."""
    refusal = ServiceClient._refusal(httpx.Response(418, content=content))
    assert refusal.facts["reason"] == "HTTP 418."


def test_what_has_run_out_is_forgotten(furnished: Any) -> None:
    """The job runs without anybody's rows to see."""
    assert do_job(furnished.platform, "message_api.sweep") == 0
