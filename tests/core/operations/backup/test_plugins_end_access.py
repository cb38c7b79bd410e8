"""After a restore, what plugins had let in by is over too."""

import threading
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import QueuePool

from budkavle.model.errors import Conflict
from budkavle.operations import nodes
from budkavle.operations.backup import deciding
from budkavle.operations.backup.ending import end_access
from budkavle.operations.nodes import Heartbeat, NodeKind
from budkavle.storage.outside import quarantine
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import plugin_module
from budkavle.testing.working import wait_until

OPERATOR = system_actor()


class Doors:
    """What a plugin has given out; it ends it, unless it `fails`, once nobody has a connection of the `platform`."""

    def __init__(self) -> None:
        self.fails = True
        self.ended: list[UUID] = []
        self.platform: Platform | None = None

    def end_access(self, organisation_id: UUID) -> None:
        if self.fails:
            raise RuntimeError
        if self.platform is not None:
            pool = self.platform.database.engine.pool
            assert isinstance(pool, QueuePool)
            wait_until(lambda: pool.checkedout() == 0)  # the notifier may still have one
        self.ended.append(organisation_id)


@pytest.fixture
def doors() -> Doors:
    """Of the only plugin beside the usual one."""
    return Doors()


@pytest.fixture
def home(open_fake: Any, doors: Doors) -> SampleOrganisation:
    """An organisation of an installation with that plugin."""

    def end_access(organisation_id: UUID) -> None:
        doors.end_access(organisation_id)

    platform = open_fake(others={"doors": plugin_module("doors", end_access=end_access)})
    return SampleOrganisation.create(platform)


@pytest.mark.feature("ZS3")
def test_what_plugins_had_let_in_by_ends_once(home: SampleOrganisation, doors: Doors) -> None:
    """In each organisation; what is let in by afterwards stays."""
    doors.fails = False
    deciding.begin(home.platform, OPERATOR)
    assert doors.ended == [home.id]
    assert not end_access(home.platform)
    deciding.release(home.platform, OPERATOR, {})
    assert doors.ended == [home.id]


def test_no_transaction_waits_for_plugins(home: SampleOrganisation, doors: Doors) -> None:
    """One that asks nothing for a minute is cut off by the server, and the quarantine would never end."""
    doors.fails, doors.platform = False, home.platform
    deciding.begin(home.platform, OPERATOR)
    assert doors.ended == [home.id]


def test_a_plugin_that_fails_is_asked_again_and_holds_the_quarantine(home: SampleOrganisation, doors: Doors) -> None:
    """Each process that starts or beats asks it; what is signed in meanwhile is left alone."""
    deciding.begin(home.platform, OPERATOR)
    with pytest.raises(Conflict, match="doors"):
        deciding.release(home.platform, OPERATOR, {})
    home.rows("UPDATE users SET ended_at = NULL RETURNING 1")
    note = quarantine.find(home.platform.database)
    assert note is not None
    assert (note.is_ended, note.left) == (True, ["doors"])
    doors.fails = False
    assert end_access(home.platform)
    assert doors.ended == [home.id]
    assert home.rows("SELECT 1 FROM users WHERE ended_at IS NOT NULL") == []
    deciding.release(home.platform, OPERATOR, {})
    assert quarantine.find(home.platform.database) is None


def test_a_plugin_that_has_ended_its_own_is_not_asked_again_for_another_that_fails(
    open_fake: Any, doors: Doors
) -> None:
    """What it lets in by afterwards stays, however long the other fails."""
    windows = Doors()
    windows.fails = False

    def end_doors(organisation_id: UUID) -> None:
        doors.end_access(organisation_id)

    def end_windows(organisation_id: UUID) -> None:
        windows.end_access(organisation_id)

    plugins = {"doors": end_doors, "windows": end_windows}
    platform = open_fake(others={name: plugin_module(name, end_access=end) for name, end in plugins.items()})
    home = SampleOrganisation.create(platform)
    deciding.begin(platform, OPERATOR)
    end_access(platform)
    doors.fails = False
    end_access(platform)
    assert (windows.ended, doors.ended) == ([home.id], [home.id])


def test_no_heartbeat_waits_for_plugins(home: SampleOrganisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process is seen to be there, and hears that its node is out of service, while they take their time."""
    deciding.begin(home.platform, OPERATOR)
    heart, ended = Heartbeat(home.platform, NodeKind.WEB), list[bool]()
    may_end, stop = threading.Event(), threading.Event()

    def end_slowly(_: Platform) -> None:
        may_end.wait(10)
        ended.append(True)

    monkeypatch.setattr(nodes, "end_access", end_slowly)
    heart.beat()
    home.rows("UPDATE nodes SET in_service = false RETURNING 1")
    heart.beat()
    assert (heart.in_service, ended) == (False, [])
    may_end.set()
    stop.set()
    heart.run(stop)
    assert ended == [True]
