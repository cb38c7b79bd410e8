"""An installation whose plugin sends pushes, in memory, and hears what becomes of them."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from budkavle.host import host_of
from budkavle.model.notices import Notice, NoticeKind, NoticeStatus
from budkavle.model.people import Actor, Organisation
from budkavle.notices import notify
from budkavle.plugins.protocols.notifier import NotifierTraits
from budkavle.plugins.protocols.transport import Backoff
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeNotifier
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import do_job

ADDRESS = "https://push.example/maria"


@dataclass
class Town:
    """An organisation, what its pushes go through, and what a plugin hears of them."""

    platform: Platform
    organisation: Organisation
    pushes: FakeNotifier
    changes: list[NoticeStatus] = field(default_factory=list)
    due: dict[str, bool | None] = field(default_factory=dict)
    """What the plugin answers of a topic when it is asked whether it is still to be sent."""

    @property
    def system(self) -> Actor:
        return system_actor(self.organisation.id)

    def ask(self, topic: str = "fake.landed", **more: Any) -> UUID | None:
        notice = Notice(NoticeKind.PUSH, more.pop("address", ADDRESS), topic, **{"text": "Duvan har landat.", **more})
        return in_work(self.platform, self.system, notify, notice)

    def work_off(self, *, urgent: bool = False) -> int:
        return do_job(self.platform, f"outbox.notices.push{'_urgent' if urgent else ''}")

    def rows(self, query: str) -> list[Any]:
        with self.platform.database.transaction(self.organisation.id) as connection:
            result = connection.execute(text(query))
            return list(result) if result.returns_rows else []

    def make_due(self) -> None:
        self.rows("UPDATE outbox SET due_at = now() - interval '1 second'")


@pytest.fixture
def open_town(budkavle_settings: Settings) -> Iterator[Callable[..., Town]]:
    """Build an installation whose plugin `fake` has these notifiers."""
    opened: list[Platform] = []

    def build(*notifiers: FakeNotifier, **hooks: Callable[..., Any]) -> Town:
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
        from budkavle.accounts.organisations import create_organisation

        organisation = create_organisation(platform, system_actor(), f"Håbo kommun {len(opened)}")
        return Town(platform, organisation, notifiers[0] if notifiers else FakeNotifier(), changes, due)

    yield build
    for platform in opened:
        with closing(platform):
            pass


@pytest.fixture
def town(open_town: Callable[..., Town]) -> Town:
    backoff = Backoff(timedelta(seconds=1), timedelta(seconds=4), tries=3, deadline=timedelta(seconds=5))
    return open_town(FakeNotifier(traits=NotifierTraits(backoff)))
