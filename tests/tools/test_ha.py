"""The product on a PostgreSQL with a standby, as `make ha` tries it; and how that judges."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import pytest

ENOUGH = 600
"""Seconds; a busy machine is slow, and no promise is about that."""


@pytest.fixture(autouse=True)
def _tools(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(root / "tools"))


@pytest.mark.slow
@pytest.mark.feature("ZO9")
def test_a_standby_takes_over(root: Path, missing: Callable[[str], NoReturn]) -> None:
    """After a kill -9 of the primary: nothing is lost or doubled, and messages are sent again."""
    if lacking := import_module("ha.hosts").missing():
        missing(lacking)
    if subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine permits no network namespaces")
    command = [sys.executable, "-m", "ha", "--faults", "kill", "--short"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=ENOUGH, check=False, cwd=root / "tools")
    outcomes = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"name": "ha.fault"')]
    assert [outcome["fault"] for outcome in outcomes] == ["kill"], done.stderr
    assert all(outcome["confirmed"] for outcome in outcomes)
    assert done.returncode == 0, done.stdout


def test_what_comes_late_is_the_machines_where_it_asks_nothing_and_is_late_too() -> None:
    """A page after 3 s breaks a promise, unless the page that needs no database took as long beside it."""
    visits = import_module("ha.visits")
    well = [visits.Visit("/healthz", 0, 0.01, True), visits.Visit("/", 1, 3.0, False)]
    busy = [visits.Visit("/healthz", 1, 1.2, True), visits.Visit("/", 1, 3.0, False)]
    assert visits.late(well, visits.LATEST)[1:] == (["/ answered late 1 times, at most after 3.0 s"], [])
    assert visits.late(busy, visits.LATEST)[1:] == ([], ["/ answered late 1 times, at most after 3.0 s"])


def test_how_long_messages_stood_is_the_longest_gap() -> None:
    """What was confirmed before it counts no gap, and one that is sent at once afterwards is no outage."""
    visits = import_module("ha.visits")
    sent = [visits.Visit("/compose", at, 0.5, well) for at, well in ((9, True), (11, False), (17, True), (18, True))]
    assert visits.stood(sent, 10) == (7.5, 7.5)
    assert visits.stood([], 10)[0] == float("inf")
