"""The product on a PostgreSQL with a standby, as `make ha` tries it; and how that judges."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from configparser import ConfigParser
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import NoReturn

import psutil
import pytest
from psycopg.conninfo import conninfo_to_dict

from budkavle.testing.working import wait_until

ENOUGH = 600
"""Seconds; a busy machine is slow, and no promise is about that."""


@pytest.fixture(autouse=True)
def _tools(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(root / "tools"))


@pytest.fixture
def hosts(missing: Callable[[str], NoReturn], forbidden: Callable[[str], NoReturn]) -> None:
    """End the test where no hosts can be made."""
    if lacking := import_module("ha.hosts").missing():
        missing(lacking)
    if subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False).returncode:
        forbidden("this machine makes no network namespaces")


@pytest.mark.slow
@pytest.mark.usefixtures("hosts")
@pytest.mark.feature("ZO9")
def test_a_standby_takes_over(root: Path) -> None:
    """After a kill -9 of the primary: nothing is lost or doubled, and messages are sent again."""
    command = [sys.executable, "-m", "ha", "--faults", "kill", "--short"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root / "tools"
    ) as running:
        try:
            stdout, stderr = running.communicate(timeout=ENOUGH)
        except subprocess.TimeoutExpired:
            running.terminate()  # a kill would leave its hosts behind, and what runs on them
            stdout, stderr = running.communicate()
    outcomes = [json.loads(line) for line in stdout.splitlines() if line.startswith('{"name": "ha.fault"')]
    assert [outcome["fault"] for outcome in outcomes] == ["kill"], stderr
    assert all(outcome["confirmed"] for outcome in outcomes)
    assert running.returncode == 0, stdout


def test_a_standby_that_never_takes_over_is_told() -> None:
    """Also where messages are sent again, since the primary came back by itself, and in a short run."""
    trial, visits = import_module("ha.trial"), import_module("ha.visits")
    fault, stayed = import_module("ha.faults").FAULTS["kill"], trial.Outcome("kill", "db1")
    trial.judge(stayed, fault, [visits.Visit("/compose", 4, 0.5, True)], 0, short=True)
    assert stayed.broken == ["the standby did not take over"]


def test_the_primary_is_waited_for_where_nobody_answers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy member is late with what it says of the cluster; no fault befalls a member without a name."""
    cluster = import_module("ha.cluster").Cluster(SimpleNamespace(programs={}))
    answers = iter([None, "db2"])
    monkeypatch.setattr(cluster, "leader", lambda: next(answers))
    assert cluster.primary() == "db2"


def test_what_is_confirmed_while_it_must_not_be_is_told() -> None:
    """Where nothing may be written without a standby, a message that is confirmed without one breaks a promise."""
    trial, visits = import_module("ha.trial"), import_module("ha.visits")
    fault, outcome = import_module("ha.faults").FAULTS["strict"], trial.Outcome("strict", "db1")
    trial.judge(outcome, fault, [visits.Visit("/compose", 4, 0.5, True)], 0, short=True)
    assert outcome.broken == ["messages were confirmed after 4.5 s, not 35 s or later"]


def test_behind_a_pooler_the_product_hears_past_it(root: Path) -> None:
    """By the ports of the files in `deploy`: PgBouncer for what is asked, HAProxy for news and for the owner."""
    started: list[str] = []
    cluster = import_module("ha.cluster").Cluster(
        SimpleNamespace(write=lambda name, text: name, start=lambda name, *words: started.append(name))
    )
    settings = tomllib.loads(import_module("ha.__main__")._settings(cluster, several=False, pooler=True))["database"]
    pooler = ConfigParser(comment_prefixes=";")
    pooler.read(root / "deploy/postgresql/pgbouncer.ini")
    ports = {name: conninfo_to_dict(url)["port"] for name, url in settings.items()}
    direct = conninfo_to_dict(pooler["databases"]["budkavle"])["port"]
    assert ports == {"url": pooler["pgbouncer"]["listen_port"], "owner_url": direct, "listen_url": direct}
    assert f"bind 127.0.0.1:{direct}" in (root / "deploy/postgresql/haproxy.cfg").read_text("utf-8")
    assert started == ["pgbouncer"]


LEAVES_A_PROCESS = """
import sys
from pathlib import Path
from ha.hosts import Hosts
with Hosts(Path(sys.argv[1])) as hosts:
    print(hosts.run("db1", "sh", "-c", "setsid sleep 600 >/dev/null 2>&1 & echo $!"))
"""


@pytest.mark.slow
@pytest.mark.usefixtures("hosts")
def test_nothing_runs_on_a_host_that_is_taken_away(root: Path) -> None:
    """Neither what has left the family of the program that started it."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-c", LEAVES_A_PROCESS, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root / "tools")
    assert done.stdout, done.stderr
    wait_until(lambda: not _runs(int(done.stdout)))


def _runs(pid: int) -> bool:
    """Tell whether a process does; one that nobody has asked after its end does not."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


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
