"""Two organisations whose function mailboxes API clients use, and a transport in memory that behaves like SDK."""

import base64
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from litestar.testing import TestClient

from budkavle import (
    Actor,
    Address,
    DeliveryState,
    Entry,
    FunctionMailbox,
    Incoming,
    Platform,
    Reason,
    Receipt,
    Role,
)
from budkavle.testing import SampleOrganisation, SampleUser, acting
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.working import deliver_due
from budkavle_message_api.access import clients
from budkavle_message_api.access.clients import ApiClient, ClientDetails
from budkavle_message_api.access.tokens import ASSERTION
from budkavle_message_api.addresses import MESSAGES, TOKEN
from budkavle_message_api.api_scopes import SCOPES

BASE = "https://sakert.habo.se"
PDF = b"%PDF-1.7\n%%EOF\n"


@dataclass
class Client:
    """An API client with its key, which sends requests over HTTP."""

    http: Any
    known: ApiClient
    key: ECKey
    base: str = BASE
    token: str = ""

    def assertion(self, *, key: ECKey | None = None, **changes: Any) -> str:
        now, name = int(time.time()), str(self.known.id)
        claims = {"iss": name, "sub": name, "aud": self.base + TOKEN, "jti": uuid4().hex, "iat": now, "exp": now + 60}
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode({"alg": "ES256"}, claims, key or self.key)

    def ask_token(self, assertion: str | None = None, **form: str) -> Any:
        said = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION}
        said |= {"client_assertion": assertion or self.assertion(), **form}
        return self.http.post(TOKEN, data=said)

    def sign_in(self, **form: str) -> "Client":
        answer = self.ask_token(**form)
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]
        return self

    def ask(self, method: str, path: str = "", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.http.request(method, MESSAGES + path, headers=headers, **more)

    def get(self, name: object, **query: str) -> Any:
        return self.ask("GET", f"/{name}", params=query)

    def listed(self, **query: str) -> Any:
        return self.ask("GET", params={f"filter[{name}]": value for name, value in query.items()})

    def statuses(self, **query: str) -> list[str]:
        answer = self.listed(**query)
        assert answer.status_code == 200, answer.text
        return [one["attributes"]["messageStatus"] for one in answer.json()["data"]]

    def send(self, **changes: Any) -> Any:
        return self.ask("POST", json={"data": {"type": "messages", "attributes": letter(**changes)}})

    def sent(self, **changes: Any) -> str:
        answer = self.send(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["Location"]).rpartition("/")[2]


def letter(**changes: Any) -> dict[str, Any]:
    """The attributes of a message from Håbo to Kisa with every field of the format."""
    attributes = {
        "confidentiality": True,
        "label": "Orosanmälan",
        "sender": "0203:habo.se",
        "recipient": "0203:kisa.se",
        "senderAttention": {
            "subOrganization": {"root": "urn:x", "extension": "sdk:soc:0203:habo.se", "label": "Socialtjänsten"},
            "attentionPerson": [{"root": "1.2.752.29.6.2.1", "extension": "SE1-n", "label": "Anna"}],
            "referenceId": [{"root": "dnr", "extension": "2026/17", "label": "Vårt ärende"}],
        },
        "recipientAttention": {"subOrganization": {"extension": "sdk:inkorg:0203:kisa.se"}},
        "digitalDocument": [
            {
                "documentId": "d1",
                "index": "1",
                "contentTextBody": ["Hej!"],
                "contentFiles": [
                    {"fileName": "a.pdf", "contentType": "application/pdf", "content": base64.b64encode(PDF).decode()}
                ],
            }
        ],
    } | changes
    return {name: value for name, value in attributes.items() if value is not None}


@dataclass
class Side:
    """An organisation with a function mailbox that has an address."""

    organisation: SampleOrganisation
    mailbox: FunctionMailbox
    address: Address
    admin: SampleUser
    member: SampleUser

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    @property
    def system(self) -> Actor:
        return self.organisation.system

    def arrive(self, sender: Address, remote_id: str | None = None, **more: Any) -> str:
        name = remote_id or str(uuid4())
        values: dict[str, Any] = {"subject": "Svar", "body": "Tack.", "received_at": datetime.now(UTC), **more}
        acting.accept(self.platform, Incoming(self.organisation.id, "sdk", name, sender, self.address, **values))
        return name

    def answer(self, delivery_id: str, state: DeliveryState, *reasons: Reason) -> None:
        acting.receipt(
            self.platform, Receipt(self.organisation.id, "sdk", delivery_id, state, datetime.now(UTC), b"kv", reasons)
        )


@dataclass
class Api:
    """The plugin in an installation with two organisations, and the transport and the address book of their peers."""

    platform: Platform
    http: Any
    transport: FakeTransport
    directory: FakeDirectory
    habo: Side = field(init=False)
    kisa: Side = field(init=False)

    @property
    def host(self) -> Any:
        return self.platform.plugins.host("message_api")

    def furnish(self, name: str, value: str, organisation_value: str) -> Side:
        organisation = SampleOrganisation.create(self.platform, name)
        admin, member = organisation.add_user("admin", Role.ADMIN), organisation.add_user("anna")
        box = organisation.add_mailbox("Socialtjänsten", member)
        address = Address("sdk", value, "Socialtjänsten", name, organisation_value)
        side = Side(organisation, box, address, admin, member)
        self.directory.ours[address] = (organisation.id, box.id)
        self.directory.entries.append(Entry(address))
        return side

    def client(self, side: Side, **changes: Any) -> Client:
        key = ECKey.generate_key("P-256")
        wanted = {"name": "Verksamhetssystemet", "auth_ids": ("*",), "scopes": SCOPES, **changes}
        if not wanted.get("keys_url") and not wanted.get("issuer"):
            wanted["keys"] = key.as_pem(private=False).decode()
        return Client(self.http, clients.register(self.host, side.admin, ClientDetails(**wanted)), key)

    def deliver_due(self) -> int:
        return deliver_due(self.platform)


def build(platform: Platform, http: Any) -> Api:
    """Create a transport and an address book in memory, and two organisations, in an installation."""
    transport, directory = FakeTransport(name="sdk", label="SDK"), FakeDirectory()
    registered = platform.plugins.plugin("local").registered
    registered["transports"].append(transport)
    registered["directories"].append(directory)
    api = Api(platform, http, transport, directory)
    api.habo = api.furnish("Håbo kommun", "sdk:soc:0203:habo.se", "0203:habo.se")
    api.kisa = api.furnish("Kisa kommun", "sdk:inkorg:0203:kisa.se", "0203:kisa.se")
    return api


@pytest.fixture(autouse=True)
def _no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use no name server: IP addresses resolve to themselves."""
    real = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        if str(host).endswith((".example", ".se")):
            raise socket.gaierror("unknown")
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def open_api(budkavle_open: Callable[..., Platform]) -> Iterator[Callable[..., Api]]:
    """Open an API with a test's own settings."""
    from contextlib import ExitStack

    from budkavle.web.app import create_app

    with ExitStack() as opened:

        def make(*private: str, **settings: Any) -> Api:
            platform = budkavle_open(
                enabled=("message_api",),
                base_url=BASE,
                plugins={"message_api": settings},
                private_addresses=private,
            )
            return build(platform, opened.enter_context(TestClient(create_app(platform), base_url=BASE)))

        yield make


@pytest.fixture
def build_api() -> Callable[..., Api]:
    """Create the organisations in a test's own installation, without HTTP."""
    return lambda platform: build(platform, None)


@pytest.fixture
def api(open_api: Callable[..., Api]) -> Api:
    return open_api()


@pytest.fixture
def habo(api: Api) -> Client:
    """An API client of Håbo, signed in."""
    return api.client(api.habo).sign_in()


@pytest.fixture
def kisa(api: Api) -> Client:
    """An API client of Kisa, signed in."""
    return api.client(api.kisa).sign_in()


@pytest.fixture
def client_of() -> Callable[..., Client]:
    """Register an API client for all functions of an organisation, signed in."""

    def make(http: Any, host: Any, admin: Actor) -> Client:
        key = ECKey.generate_key("P-256")
        wanted = ClientDetails("System", auth_ids=("*",), keys=key.as_pem(private=False).decode())
        return Client(http, clients.register(host, admin, wanted), key).sign_in()

    return make


@pytest.fixture
def written() -> Callable[..., dict[str, Any]]:
    """The attributes of a complete message."""
    return letter
