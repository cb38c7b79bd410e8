"""An installation with the phone plugin, and a simulated push service."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from budkavle import Host, Platform
from budkavle_phone.push import web_push

if TYPE_CHECKING:
    from push_service import PushService

_spec = importlib.util.spec_from_file_location("push_service", Path(__file__).with_name("push_service.py"))
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
sys.modules["push_service"] = _module
_spec.loader.exec_module(_module)
BASE = "https://sakert.habo.example"


@pytest.fixture(scope="session")
def _push_service(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[PushService]":
    service = _module.PushService(tmp_path_factory.mktemp("push"))
    yield service
    service.close()


@pytest.fixture
def push_service(_push_service: "PushService", monkeypatch: pytest.MonkeyPatch) -> "PushService":
    """The service, whose certificate the plugin trusts."""
    monkeypatch.setattr(web_push, "_trust", lambda: _push_service.trust)
    _push_service.answers.clear()
    _push_service.refused.clear()
    _push_service.browsers.clear()
    return _push_service


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with the plugin."""
    return budkavle_open(enabled=("phone",), base_url=BASE, private_addresses=("127.0.0.0/8", "::1/128"))


@pytest.fixture
def host(platform: Platform) -> Host:
    """The plugin's host."""
    host: Host = platform.plugins.host("phone")
    return host
