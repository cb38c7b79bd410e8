"""The application with the built-in plugins, and every request that it accepts."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.core.web.asking import PLUGINS, Ask, all_asks

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.settings import Settings
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], budkavle_settings: Settings, federation_keys: Path) -> Platform:
    """An installation with the built-in plugins."""
    copytree(federation_keys, budkavle_settings.data / "plugins/sdk/federation/keys")
    return budkavle_open(enabled=PLUGINS)


@pytest.fixture
def client(browse: Callable[..., Any]) -> TestClient[Any]:
    """The client that all browsers share."""
    shared: TestClient[Any] = browse().client
    return shared


@pytest.fixture
def app(client: TestClient[Any]) -> Litestar:
    running: Litestar = client.app
    return running


@pytest.fixture
def asks(
    app: Litestar, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> list[Ask]:
    """Every method of every route, with the ids of the first organisation's objects."""
    return all_asks(app, organisation, case_worker, mailbox)
