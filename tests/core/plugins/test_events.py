"""Events reach every plugin, whatever another one does."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from tests.core.plugins.loading import leave, load

from budkavle.plugins import registry as plugins_module
from budkavle.testing.plugins import plugin_module


@pytest.mark.feature("PL5")
def test_an_observer_that_hangs_or_exits_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changed something goes on after a while, and the other plugins are told."""
    monkeypatch.setattr(plugins_module, "TOLD", 0.05)
    go, told = threading.Event(), list[object]()

    def hang() -> None:
        go.wait(60)

    def hear(message_id: object) -> None:
        told.append(message_id)

    plugins = load(
        hanging=plugin_module("hanging", message_received=hang),
        leaving=plugin_module("leaving", message_received=leave),
        sound=plugin_module("sound", message_received=hear),
    )
    with capture_logs() as logs:
        plugins.emit("message_received", organisation_id=uuid4(), message_id=7)
    go.set()
    assert told == [7]
    assert {log["plugin"] for log in logs if log["event"] == "plugin.failed"} == {"hanging", "leaving"}


@pytest.mark.feature("PL5")
def test_an_event_reaches_the_others_when_one_plugin_fails() -> None:
    """The failure is logged with plugin and hook but without its message; the rest are told."""
    told: list[str] = []

    def fail(host: object, message_id: object) -> None:
        raise RuntimeError("Anna Andersson 191212121212")

    def tell(host: str) -> None:
        told.append(host)

    hooks: dict[str, Callable[..., Any]] = {"a": tell, "b": fail, "c": tell}
    plugins = load(**{name: plugin_module(name, message_received=hook) for name, hook in hooks.items()})
    with capture_logs() as logs:
        plugins.emit("message_received", organisation_id=uuid4(), message_id=uuid4())
    assert told == ["host of a", "host of c"]
    assert [(entry["plugin"], entry["hook"], entry["error"]) for entry in logs] == [
        ("b", "message_received", "RuntimeError")
    ]
    assert "Anna" not in str(logs)


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("event", ["message_received", "state_changed", "account_changed"])
def test_other_events_reach_their_listeners(event: str) -> None:
    """The other events carry their own facts."""
    told: list[str] = []
    facts = {
        "state_changed": {"organisation_id": uuid4(), "delivery_id": uuid4(), "state": "ACKNOWLEDGED"},
        "message_received": {"organisation_id": uuid4(), "message_id": uuid4()},
        "account_changed": {"organisation_id": uuid4(), "user_id": uuid4(), "kind": "password-set"},
    }[event]
    load(a=plugin_module("a", **{event: lambda host, organisation_id: told.append(host)})).emit(event, **facts)
    assert told == ["host of a"]
