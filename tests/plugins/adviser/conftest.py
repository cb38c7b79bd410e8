from collections.abc import Callable

import pytest

from budkavle import Host, Platform


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("adviser",))


@pytest.fixture
def host(platform: Platform) -> Host:
    host: Host = platform.plugins.host("adviser")
    return host
