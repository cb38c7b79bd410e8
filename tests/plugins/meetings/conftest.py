"""An installation with the plugin."""

from collections.abc import Callable

import pytest

from budkavle import Host, Platform


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("meetings",))


@pytest.fixture
def host(platform: Platform) -> Host:
    made: Host = platform.plugins.host("meetings")
    return made
