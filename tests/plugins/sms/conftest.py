"""An installation with the plugin, an organisation, and a gateway in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from budkavle import BudkavleError, Platform
from budkavle.accounts import read_settings, write_settings
from budkavle.notices import NoticeKind, StoredNotice, list_notices
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle.testing.working import do_job
from budkavle_sms.gateways.base import Sms
from budkavle_sms.notices.settings import NoticeSettings
from budkavle_sms.parts import Parts, parts

PHONE = "+46701234512"


@dataclass
class FakeGateway:
    """Accepts messages in memory, each with its own identifier; `failures` are raised first, one by one."""

    name: str = "fake"
    taken: list[Sms] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    before: Callable[[Sms], None] = lambda sms: None
    """Called with a message before its identifier is returned, as if a report overtook the response."""
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
        """Do nothing: nothing is open."""


@dataclass
class SmsPlugin:
    """The plugin in an installation, with a gateway in memory, and an organisation that sends by it."""

    organisation: SampleOrganisation
    parts: Parts
    gateway: FakeGateway

    @classmethod
    def of(cls, organisation: SampleOrganisation) -> "SmsPlugin":
        own, gateway = parts(organisation.platform.plugins.host("sms")), FakeGateway()
        own.notifier.gateway = gateway
        own.notifier.traits = replace(own.notifier.traits, keeps_text=False)
        return cls(organisation, own, gateway)

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    def send(self) -> int:
        """Send what is due, as a worker does; return the number of attempts."""
        queues = ("sms_urgent", "sms")
        return sum(do_job(self.platform, f"outbox.notices.{queue}") for queue in queues)

    def latest(self) -> list[StoredNotice]:
        """The requested notices, the newest first."""
        return in_work(self.platform, self.organisation.system, list_notices, NoticeKind.SMS)

    def make_due(self) -> None:
        """Make waiting retries due now."""
        self.organisation.rows("UPDATE outbox SET due_at = now() - interval '1 second'")

    def choose(self, **values: Any) -> NoticeSettings:
        """Change the organisation's sender and notices, as its administrator."""
        return in_work(self.platform, self.organisation.administrator, write_settings, NoticeSettings, values)

    def chosen(self) -> NoticeSettings:
        """The organisation's settings."""
        return in_work(self.platform, self.organisation.system, read_settings, NoticeSettings)

    def use_own_gateway(self) -> None:
        """Use the gateway of the settings instead of the fake."""
        self.parts.notifier.gateway = self.parts.gateway
        is_log = self.parts.gateway.name == "log"
        self.parts.notifier.traits = replace(self.parts.notifier.traits, keeps_text=is_log)

    @property
    def host(self) -> Any:
        return self.platform.plugins.host("sms")


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("sms",), base_url="https://sakert.habo.se")


@pytest.fixture
def organisation(platform: Platform) -> SampleOrganisation:
    return SampleOrganisation.create(platform, "Håbo kommun")


@pytest.fixture
def sms_plugin(organisation: SampleOrganisation) -> SmsPlugin:
    return SmsPlugin.of(organisation)


@pytest.fixture
def sms_plugin_of() -> Callable[..., SmsPlugin]:
    """Create an organisation in a test's own installation."""
    return lambda platform, name="Håbo kommun": SmsPlugin.of(SampleOrganisation.create(platform, name))
