"""The log: JSON lines with allowed fields only."""

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from tests.reading_code import nodes

from budkavle import logs

CALLS = {f"log.{level}" for level in ("debug", "info", "warning", "error")}


@pytest.fixture
def _restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, logs._Lines)]:
        root.removeHandler(handler)


@pytest.mark.usefixtures("_restored")
def test_a_field_that_is_not_allowed_is_left_out_and_named() -> None:
    """What a person wrote does not reach the log through a field that nobody has thought about."""
    out = io.StringIO()
    logs.configure(out)
    structlog.get_logger().warning("job.failed", job="sdk.fetch", subject="Orosanmälan")
    line = json.loads(out.getvalue())
    assert line["job"] == "sdk.fetch"
    assert line["left_out"] == ["subject"]
    assert "Orosanmälan" not in out.getvalue()


@pytest.mark.usefixtures("_restored")
def test_what_is_only_for_developers_is_not_written() -> None:
    """An operator reads what has happened, from `info` on."""
    out = io.StringIO()
    logs.configure(out)
    structlog.get_logger().debug("worker.looked", count=9)
    structlog.get_logger().info("worker.started")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["worker.started"]


def test_every_field_that_the_core_logs_is_allowed(root: Path) -> None:
    """What is left out is missed when something has gone wrong: which adviser failed, how a program ended."""
    missed = [
        f"{path.name}:{call.lineno} {field.arg}"
        for path in (root / "core" / "budkavle").rglob("*.py")
        for call in nodes(path, CALLS)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in CALLS
        for field in call.keywords
        if field.arg and field.arg not in logs.FIELDS
    ]
    assert missed == []


@pytest.mark.usefixtures("_restored")
def test_the_addresses_that_are_asked_are_not_told(caplog: pytest.LogCaptureFixture) -> None:
    """The client would tell each, query and all, wherever something makes the root logger talkative."""
    logs.configure(io.StringIO())
    with caplog.at_level(logging.INFO):
        logging.getLogger("httpx").info("HTTP Request: GET https://peer.example/?code=hemlig")
    assert caplog.records == []


@pytest.mark.feature("ZO14")
@pytest.mark.usefixtures("_restored")
def test_what_libraries_and_the_server_log_is_on_the_same_stream() -> None:
    """A line of JSON each with the ids of what is done; of a library only its kind and place, of an error its kind."""
    out = io.StringIO()
    logs.configure(out)
    with logs.doing(request="r1"):
        logging.getLogger("somebody").warning("Hej %s", "Anna Ek")
        structlog.get_logger().warning("job.failed")
        error = ValueError("Orosanmälan")
        logging.getLogger("_granian").error("Application callable raised an exception", exc_info=error)
        logging.getLogger("_granian").warning("Killing worker-1 after it refused to gracefully stop")
    library, own, fault, server = map(json.loads, out.getvalue().splitlines())
    assert [own["request"], fault["request"]] == ["r1", "r1"]
    assert (library["event"], library["name"], library["request"]) == ("library.said", "somebody", "r1")
    assert (fault["error"], server["sentence"][:16]) == ("ValueError", "Killing worker-1")
    assert "left_out" not in library
    assert "Anna" not in out.getvalue()
    assert "Orosanmälan" not in out.getvalue()
    assert "test_logs.py" in library["at"]
