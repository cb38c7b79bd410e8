"""An installation with the plugin, an organisation, and a gateway in memory that behaves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from budkavle import Actor, BudkavleError, Organisation, Platform, Role, UserActor
from budkavle.accounts import create_organisation, create_user
from budkavle.notices import NoticeKind, StoredNotice, list_notices
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.working import do_job
from budkavle_sms.gateways.base import Sms
from budkavle_sms.parts import Parts, parts

SYSTEM = system_actor()
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

    def send(self) -> int:
        """Send what is due, as a worker does; return how many tries that took."""
        queues = ("sms_urgent", "sms")
        return sum(do_job(self.platform, f"outbox.notices.{queue}") for queue in queues)

    def latest(self) -> list[StoredNotice]:
        """What has been asked for, the newest first."""
        return in_work(self.platform, system_actor(self.id), list_notices, NoticeKind.SMS)

    def make_due(self) -> None:
        """Let the pause between two tries be over."""
        with self.platform.database.transaction(self.id) as connection:
            connection.execute(text("UPDATE outbox SET due_at = now() - interval '1 second'"))

    def use_own_gateway(self) -> None:
        """Let what the settings name take the messages, in place of the fake."""
        self.parts.notifier.gateway = self.parts.gateway
        is_log = self.parts.gateway.name == "log"
        self.parts.notifier.traits = replace(self.parts.notifier.traits, keeps_text=is_log)

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
    system = system_actor(made.id)

    def person(who: str, role: Role = Role.USER) -> Actor:
        account = in_work(
            platform, system, create_user, email=f"{who}@{made.slug}.example", name=who.title(), role=role
        )
        return UserActor(made.id, account.id, account.name, role)

    own = parts(platform.plugins.host("sms"))
    gateway = FakeGateway()
    own.notifier.gateway = gateway
    own.notifier.traits = replace(own.notifier.traits, keeps_text=False)
    return House(platform, made, person("admin", Role.ADMIN), person("anna"), own, gateway)


@pytest.fixture
def sign_in(platform: Platform) -> Iterator[Callable[..., Browser]]:
    with browsing(platform) as browser:
        yield browser
