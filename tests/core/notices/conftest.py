"""An installation whose plugin sends push notices, in memory, and gets their results."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from budkavle.host import host_of
from budkavle.model.notices import Notice, NoticeKind, NoticeStatus
from budkavle.notices import notify
from budkavle.plugins.protocols.notifier import NotifierTraits
from budkavle.plugins.protocols.transport import Backoff
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeNotifier
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import do_job

ADDRESS = "https://push.example/maria"


@dataclass
class Pushes:
    """An organisation's push notices: their states, and the results that the plugin gets."""

    organisation: SampleOrganisation
    notifier: FakeNotifier
    changes: list[NoticeStatus] = field(default_factory=list)
    due: dict[str, bool | None] = field(default_factory=dict)
    """The plugin's answer to whether a notice is still due, by topic."""

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    def ask(self, topic: str = "fake.landed", **more: Any) -> UUID | None:
        notice = Notice(NoticeKind.PUSH, more.pop("address", ADDRESS), topic, **{"text": "Duvan har landat.", **more})
        return in_work(self.platform, self.organisation.system, notify, notice)

    def work_off(self, *, urgent: bool = False) -> int:
        return do_job(self.platform, f"outbox.notices.push{'_urgent' if urgent else ''}")

    def make_due(self) -> None:
        self.organisation.rows("UPDATE outbox SET due_at = now() - interval '1 second'")


@pytest.fixture
def open_pushes(budkavle_settings: Settings) -> Iterator[Callable[..., Pushes]]:
    """Build an installation whose plugin `fake` has these notifiers."""
    opened: list[Platform] = []

    def build(*notifiers: FakeNotifier, **hooks: Callable[..., Any]) -> Pushes:
        changes: list[NoticeStatus] = []
        due: dict[str, bool | None] = {}
        module = plugin_module(
            "fake",
            notifiers=lambda host: list(notifiers),
            notice_changed=lambda host, status: changes.append(status),
            notice_due=lambda host, status: due.get(status.topic),
            **hooks,
        )
        settings = msgspec.structs.replace(budkavle_settings, enabled=("fake",))
        plugins = Plugins.load(settings, offer(fake=module))
        platform = open_platform(settings, plugins=plugins)
        opened.append(platform)
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: platform))
        organisation = SampleOrganisation.create(platform, f"Håbo kommun {len(opened)}")
        return Pushes(organisation, notifiers[0] if notifiers else FakeNotifier(), changes, due)

    yield build
    for platform in opened:
        with closing(platform):
            pass


@pytest.fixture
def pushes(open_pushes: Callable[..., Pushes]) -> Pushes:
    backoff = Backoff(timedelta(seconds=1), timedelta(seconds=4), tries=3, deadline=timedelta(seconds=5))
    return open_pushes(FakeNotifier(traits=NotifierTraits(backoff)))
