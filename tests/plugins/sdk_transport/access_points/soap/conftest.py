"""An installation that talks to its access point by SOAP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.simulator.domibus_stub.delivery import Retry
from budkavle_sdk_transport.simulator.domibus_stub.server import Stub, running
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS

PATIENCE = 30.0
PUSHER = ("access-point", "hemligt")


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Stub]:
    """An access point for every participant."""
    directory: dict[str, str] = {}
    retry = Retry(tries=3, seconds=0.02)
    with running(Stub(tmp_path / "stub", "AP0001-OPEN-TEST", directory=directory, retry=retry)) as made:
        directory.update((one.participant, made.between) for one in PARTICIPANTS)
        yield made


@pytest.fixture
def sdk_settings(stub: Stub) -> dict[str, Any]:
    """By SOAP, with a bell."""
    soap = {"url": stub.url, "timeout_seconds": 10.0, "push_user": PUSHER[0], "push_password": PUSHER[1]}
    return {"access_point": "soap", "soap": soap}


@pytest.fixture(autouse=True)
def closed(parts: Network) -> Iterator[None]:
    """The connections to the stub end with the test."""
    yield
    parts.access_point.close()
