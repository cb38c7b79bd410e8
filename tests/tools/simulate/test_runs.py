"""Runs of the simulator: repeated by their seeds, and every fault of the product is told."""

import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from tests.tools.simulate.idle_server import IdleServer
from tests.tools.slow_machine import SlowMachine

from budkavle.cases import case_updates
from budkavle.model import sources
from budkavle.operations import jobs
from budkavle.storage.outside import ledger

ROOT = Path(__file__).parents[3]
SEEDS = (1, 2, 3)


_LEFT = """
SELECT current_setting('work_mem'), current_setting('application_name'), (SELECT count(*) FROM pg_prepared_statements),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), to_regclass('pg_temp.t')
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server, and an installation that each run has a copy of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        with import_module("simulate.stage").stage(tmp_path_factory.mktemp("simulate")) as made:
            yield made


@pytest.fixture(scope="module")
def runs(stage: Any) -> dict[int, Any]:
    """What came of a run of each seed."""
    return {seed: import_module("simulate.run").simulate(stage, seed) for seed in SEEDS}


@pytest.mark.slow
@pytest.mark.feature("ZO16")
def test_a_run_is_repeated_by_its_seed(stage: Any, runs: dict[int, Any]) -> None:
    """Every step and every change of a state, in the same order; another seed is another run."""
    again = import_module("simulate.run").simulate(stage, 1)
    assert runs[1].lines == again.lines
    assert runs[1].history == again.history != runs[2].history


@pytest.mark.slow
@pytest.mark.feature("ZO16")
def test_a_thread_outside_of_a_run_changes_nothing(stage: Any, runs: dict[int, Any]) -> None:
    """One that an earlier test has left takes neither ids nor chance of the run, and calls what it calls."""
    simulate, ended, answers, ids = import_module("simulate.run").simulate, threading.Event(), set(), set()

    def stay() -> None:
        while not ended.wait(0.001):
            ids.add(sources.new_id())
            sources.chance().random()
            answers.add(jobs.call_within(5, "left", lambda: "answer"))

    thread = threading.Thread(target=stay)
    thread.start()
    try:
        again = simulate(stage, 1)
    finally:
        ended.set()
        thread.join()
    assert runs[1].lines == again.lines
    assert len(ids) > 100
    assert answers == {"answer"}


@pytest.fixture
def slow_machine(stage: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowMachine]:
    """The machine of the stage."""
    database = import_module("simulate.stage").RunDatabase
    pid = (stage.server.folder / "postmaster.pid").read_text().split()[0]
    machine = SlowMachine(psutil.Process(int(pid)))
    monkeypatch.setattr(database, "halt", machine.note(database.halt, halts=True))
    monkeypatch.setattr(database, "go_on", machine.note(database.go_on, halts=False))
    yield machine
    machine.end()


@pytest.mark.slow
@pytest.mark.feature("ZO16")
def test_a_server_that_stands_still_for_a_while_changes_nothing(
    stage: Any, runs: dict[int, Any], slow_machine: SlowMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real clock decides nothing: on a machine that is too slow for seconds a run is the same."""
    simulate, database = import_module("simulate.run").simulate, import_module("simulate.stage").RunDatabase
    tell_time, told = database.tell_time, [0]

    def tell(self: Any, seconds: float) -> None:
        told[0] += 1
        if told[0] in {300, 900}:
            slow_machine.stop()
        tell_time(self, seconds)

    monkeypatch.setattr(database, "tell_time", tell)
    again = simulate(stage, 1)
    assert told[0] > 900
    assert runs[1].lines == again.lines
    assert again.faults == []


@pytest.mark.slow
@pytest.mark.feature("ZO16")
def test_runs_in_several_processes_are_repeated_by_their_seeds(runs: dict[int, Any]) -> None:
    """Each has a server of its own, and hashes that differ; what happens is the same as in this process."""
    results = {result.seed: result.history for result in import_module("simulate.parallel").Runs([1, 2], 2)}
    assert results == {1: runs[1].history, 2: runs[2].history}


@pytest.mark.slow
def test_a_server_process_whose_connection_was_cut_has_forgotten_everything(stage: Any) -> None:
    """The next connection gets it; who still has a cursor of the old one gets nothing."""
    connection, scheduling = import_module("simulate.connection"), import_module("simulate.scheduling")
    scheduler, came = scheduling.Scheduler(1, IdleServer()), []

    def work(_: Any) -> None:
        first = connection.SimulatedConnection.connect(conninfo, autocommit=True)
        for statement in (
            b"SET work_mem = '1MB'",
            b"PREPARE one AS SELECT 1",
            b"BEGIN",
            b"CREATE TEMP TABLE t (a int)",
        ):
            first.execute(statement)
        first.execute("SELECT pg_advisory_xact_lock(1)")
        cursor, pid = first.cursor(), first.pgconn.backend_pid
        first.cut()
        with pytest.raises(psycopg.OperationalError):
            cursor.execute("SELECT 1")
        second = connection.SimulatedConnection.connect(conninfo)
        came.extend([first.is_lost, second.pgconn.backend_pid == pid, *second.execute(_LEFT).fetchall()])
        second.close()

    with stage.database() as database, connection.of_a_run(lambda *_: "", database.wait_until_gone):
        conninfo = stage.server.conninfo(database.name, "budkavle_app")
        scheduler.add("a", work)
        scheduler.run()
    assert came == [True, True, ("8MB", "a/0", 0, 0, None)]


@pytest.mark.slow
@pytest.mark.feature("ZO16")
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_doubled_or_shown_too_early(runs: dict[int, Any], seed: int) -> None:
    """While connections are cut, processes die and freeze, and the network loses and doubles."""
    assert runs[seed].faults == []
    assert runs[seed].counts["deaths"]
    assert runs[seed].counts["taken"]


@pytest.mark.slow
def test_a_fault_of_the_product_is_told(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here what has failed does not stand under "Behöver åtgärd"."""
    monkeypatch.setattr(case_updates, "update_needs_action", lambda *_: None)
    simulate = import_module("simulate.run").simulate
    told = (fault for seed in range(1, 9) for fault in simulate(stage, seed).faults)
    assert "nobody is told that it failed" in next(told)


@pytest.mark.slow
def test_what_is_missing_in_the_ledger_is_told(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here nothing is noted."""
    monkeypatch.setattr(ledger, "note", lambda *_: None)
    told = import_module("simulate.run").simulate(stage, 1).told
    assert any("handed over are not in it" in fault for fault in told)


def test_a_machine_that_is_too_slow_is_no_fault_of_the_product(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is begun again, and the last one says so."""
    run, scheduling, patience = (import_module(f"simulate.{name}") for name in ("run", "scheduling", "patience"))
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", -1.0)
    monkeypatch.setattr(scheduling, "LOOK_SECONDS", 0.0)
    begun: list[int] = []
    monkeypatch.setattr(run.Run, "start", _counting(begun, run.Run.start))
    with pytest.raises(patience.TooSlow):
        run.simulate(stage, 1)
    assert len(begun) == run.TRIES


def _counting(begun: list[int], start: Callable[[Any], None]) -> Callable[[Any], None]:
    def count(self: Any) -> None:
        begun.append(1)
        start(self)

    return count
