"""The job that polls the access point, and a message whose receipt has not come."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.plugins.sdk_transport.outgoing.retrying import TIMING

from budkavle import Platform
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.outgoing.status_polling import StatusPolling


@pytest.fixture
def status_polling(platform: Platform, parts: Network, point: Any) -> Callable[..., StatusPolling]:
    """Run the polling job, at a time some hours from now."""

    def at(hours: float = 0) -> StatusPolling:
        host, memberships = platform.plugins.host("sdk"), parts.memberships
        return StatusPolling(host, memberships, point, TIMING, lambda: datetime.now(UTC) + timedelta(hours=hours))

    return at
