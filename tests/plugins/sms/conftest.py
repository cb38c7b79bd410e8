"""An installation with the plugin, an organisation, and a gateway in memory that behaves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient

from budkavle import (
    Actor,
    BudkavleError,
    Organisation,
    Platform,
    Role,
    create_organisation,
    create_user,
)
from budkavle import sessions as core_sessions
from budkavle.loa import Loa
from budkavle.sign_in import SignedIn
from budkavle.users import user
from budkavle_sms.gateway import Sms
from budkavle_sms.plugin import Parts, parts
from budkavle_sms.sending import Sending

SYSTEM = Actor(UUID(int=0), role=Role.PLATFORM)
PHONE = "+46701234512"


@dataclass
class FakeGateway:
    """Takes messages in memory, each with an identifier of its own; `failures` are raised first, one by one."""

    name: str = "fake"
    taken: list[Sms] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    before: Callable[[Sms], None] = lambda sms: None
    """Called with a message before its identifier is given, as where a report overtakes the answer."""
    attended: int = 0
    takes_once: bool = False

    async def send(self, sms: Sms) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(sms)
        self.before(sms)
        return f"{self.name}-{len(self.taken)}"

    async def probe(self) -> None:
        for error in self.failures:
            if isinstance(error, BudkavleError):
                raise error

    async def attend(self) -> None:
        self.attended += 1

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class House:
    """An organisation whose messages go through a fake gateway."""

    platform: Platform
    organisation: Organisation
    admin: Actor
    anna: Actor
    parts: Parts
    gateway: FakeGateway
    sending: Sending

    @property
    def host(self) -> Any:
        return self.platform.plugins.host("sms")

    @property
    def id(self) -> UUID:
        return self.organisation.id


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("sms",), base_url="https://sakert.habo.se")


@pytest.fixture
def house(platform: Platform) -> House:
    return _furnish(platform)


@pytest.fixture
def furnish() -> Callable[..., House]:
    """Make an organisation in an installation of the test's own."""
    return _furnish


def _furnish(platform: Platform, name: str = "Håbo kommun") -> House:
    made = create_organisation(platform, SYSTEM, name)
    system = Actor(made.id, role=Role.PLATFORM)

    def person(who: str, role: Role = Role.USER) -> Actor:
        account = create_user(platform, system, email=f"{who}@{made.slug}.example", name=who.title(), role=role)
        return Actor(made.id, account.id, account.name, role)

    own = parts(platform.plugins.host("sms"))
    gateway = FakeGateway()
    host = platform.plugins.host("sms")
    sending = Sending(host, own.outbox, own.reports, gateway, own.sending._keep)
    return House(platform, made, person("admin", Role.ADMIN), person("anna"), own, gateway, sending)


class Browser:
    """Somebody signed in, whose forms carry the session's token."""

    def __init__(self, client: TestClient[Any], platform: Platform, actor: Actor) -> None:
        assert actor.user_id is not None
        person = user(platform, Actor(actor.organisation_id), actor.user_id)
        cookie = core_sessions.start(platform, SignedIn(person, Loa.TWO, "password", "/"))
        self.csrf = core_sessions.find(platform, cookie).csrf
        self._client = client
        self._cookie = f"__Host-budkavle={cookie}"

    def get(self, path: str, **query: Any) -> Any:
        headers = {"accept": "text/html", "cookie": self._cookie}
        return self._client.get(path, params=query, headers=headers, follow_redirects=False)

    def post(self, path: str, **fields: Any) -> Any:
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin", "cookie": self._cookie}
        data = {"csrf": self.csrf, **fields}
        return self._client.post(path, data=data, headers=headers, follow_redirects=False)


@pytest.fixture
def client(platform: Platform) -> Iterator[TestClient[Any]]:
    from budkavle.web.app import create_app

    with TestClient(create_app(platform), base_url="https://sakert.habo.se") as client:
        yield client


@pytest.fixture
def sign_in(platform: Platform, client: TestClient[Any]) -> Callable[[Actor], Browser]:
    return lambda actor: Browser(client, platform, actor)


@pytest.fixture
def browser_of() -> type[Browser]:
    """Sign somebody in, in a client of the test's own."""
    return Browser
