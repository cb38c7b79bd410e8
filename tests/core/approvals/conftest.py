"""An installation with a plugin whose work needs a second person's approval."""

from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
from tests.core.approvals.asking import Desk

from budkavle.approvals import (
    ApprovalKind,
    Approvers,
)
from budkavle.host import host_of
from budkavle.model.people import ActorScope
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def platform(budkavle_settings: Settings, desk: Desk) -> Iterator[Platform]:
    """An installation with a plugin whose work needs approval, one kind for each group of approvers."""
    scopes = frozenset({ActorScope.ADMINISTER})
    told = {"ended": desk.end, "failed": desk.fail}
    kinds = [ApprovalKind(group.value, "Prov", desk.run, group, scopes, **told) for group in Approvers]
    kinds.append(ApprovalKind("destroy", "Gallring", desk.destroy, scopes=scopes))
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()])
    module = plugin_module("desk", approval_kinds=lambda host: kinds)
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake", "desk"))
    plugins = Plugins.load(settings, offer(fake=fake, desk=module))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        yield opened
