"""The simulator: a run can be repeated by its seed, nothing is wrong in the product, and planted faults are found."""

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg
import pytest
from tests.tools.slow_machine import SlowMachine

from budkavle.cases import case_updates
from budkavle.model import sources
from budkavle.operations import jobs
from budkavle.storage.outside import ledger

ROOT = Path(__file__).parents[2]
PATCHES = sorted((ROOT / "tools/simulate/planted").glob("*.patch"))
SEEDS = (3, 4, 5)
_LEFT = """
SELECT current_setting('work_mem'), current_setting('application_name'), (SELECT count(*) FROM pg_prepared_statements),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), to_regclass('pg_temp.t')
"""


class IdleServer:
    """A server in which nobody waits for a lock, unless it is told who waits for whom."""

    def __init__(self, waiting: dict[int, list[int]] | None = None) -> None:
        self.waiting = waiting or {}
        self.calls: list[tuple[str, int]] = []

    def blockers(self, pid: int) -> list[int]:
        return self.waiting.get(pid, [])

    def halt(self, pid: int) -> None:
        self.calls.append(("halt", pid))

    def go_on(self, pid: int) -> None:
        self.calls.append(("go on", pid))

    def cancel(self, pid: int) -> None:
        self.calls.append(("cancel", pid))
        self.waiting.pop(pid)

    def tell_time(self, seconds: float) -> None:
        """Nobody asks."""


@dataclass
class FakeProcess:
    """A process of a system that notes what it was sent."""

    pid: int
    of: Sequence["FakeProcess"] = ()
    signals: list[str] = field(default_factory=list)

    def children(self) -> Sequence["FakeProcess"]:
        return self.of

    def suspend(self) -> None:
        self.signals.append("suspend")

    def resume(self) -> None:
        self.signals.append("resume")


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server, and an installation that each run has a copy of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        with import_module("simulate.stage").stage(tmp_path_factory.mktemp("simulate")) as made:
            yield made


@pytest.mark.slow
@pytest.mark.feature("ZO16")
def test_a_run_is_repeated_by_its_seed(stage: Any) -> None:
    """Every step and every change of a state, in the same order; another seed is another run."""
    simulate = import_module("simulate.run").simulate
    first, again, other = simulate(stage, 1), simulate(stage, 1), simulate(stage, 2)
    assert first.lines == again.lines
    assert first.history == again.history != other.history


@pytest.mark.slow
@pytest.mark.feature("ZO16")
def test_a_thread_outside_of_a_run_changes_nothing(stage: Any) -> None:
    """One that an earlier test has left takes neither ids nor chance of the run, and calls what it calls."""
    simulate, ended, answers, ids = import_module("simulate.run").simulate, threading.Event(), set(), set()

    def stay() -> None:
        while not ended.wait(0.001):
            ids.add(sources.new_id())
            sources.chance().random()
            answers.add(jobs.call_within(5, "left", lambda: "answer"))

    first, thread = simulate(stage, 1), threading.Thread(target=stay)
    thread.start()
    try:
        again = simulate(stage, 1)
    finally:
        ended.set()
        thread.join()
    assert first.lines == again.lines
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
    stage: Any, slow_machine: SlowMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real clock decides nothing: on a machine that is too slow for seconds a run is the same."""
    simulate, database = import_module("simulate.run").simulate, import_module("simulate.stage").RunDatabase
    first, tell_time, told = simulate(stage, 1), database.tell_time, [0]

    def tell(self: Any, seconds: float) -> None:
        told[0] += 1
        if told[0] in {300, 900}:
            slow_machine.stop()
        tell_time(self, seconds)

    monkeypatch.setattr(database, "tell_time", tell)
    again = simulate(stage, 1)
    assert told[0] > 900
    assert first.lines == again.lines
    assert first.faults == again.faults == []


@pytest.mark.slow
@pytest.mark.feature("ZO16")
def test_runs_in_several_processes_are_repeated_by_their_seeds() -> None:
    """Each has a server of its own, and hashes that differ; what happens is the same."""
    results = sorted(import_module("simulate.parallel").Runs([1, 2, 1], 2), key=lambda result: result.seed)
    assert [result.seed for result in results] == [1, 1, 2]
    assert results[0].history == results[1].history != results[2].history


@pytest.mark.parametrize(
    ("faults", "arguments", "code", "is_ended"),
    [
        (("", ""), (), 0, False),
        (("", "told"), (), 1, False),
        (("", "told"), ("--stop",), 1, True),
        (("", "raised"), ("--stop",), 1, False),
        (("", "too slow"), (), 75, True),
        (("told", "too slow"), (), 1, True),
    ],
)
def test_the_command_adds_up_and_its_exit_code_tells(
    faults: Sequence[str],
    arguments: Sequence[str],
    code: int,
    is_ended: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """0 where all holds, 1 where something is wrong, 75 where nothing is known; where it is told to, it ends early."""
    command, parallel, run = (import_module(f"simulate.{name}") for name in ("__main__", "parallel", "run"))
    ended: list[int] = []

    class Runs(list[Any]):
        def __init__(self, seeds: Sequence[int], jobs: int) -> None:
            assert (list(seeds), jobs) == ([7, 8], 3)
            super().__init__(map(result, seeds, faults))

        def end(self) -> None:
            ended.append(1)

    def result(seed: int, fault: str) -> Any:
        told, raised = ([fault] if fault == kind else [] for kind in ("told", "raised"))
        return (
            parallel.GivenUp(seed, fault)
            if fault == "too slow"
            else run.Result(seed, told, raised, "history", 100, Counter(deaths=2))
        )

    monkeypatch.setattr(command, "Runs", Runs)
    monkeypatch.setattr(command, "quieten", lambda: None)
    monkeypatch.setattr("sys.argv", ["simulate", "--first", "7", "--seeds", "2", "--jobs", "3", *arguments])
    assert command.main() == code
    assert bool(ended) == is_ended
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    made = [fault for fault in faults if fault != "too slow"]
    assert (summary["seeds"], summary["steps"]) == (len(made), 100 * len(made))
    assert summary["befell"] == {"deaths": 2 * len(made)}
    assert summary["failed"] == [7 + number for number, fault in enumerate(faults) if fault in {"told", "raised"}]


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


def test_who_is_halted_by_a_run_is_not_woken_with_the_server() -> None:
    """Neither who was halted before, though it runs on for a moment, nor who is while the server stands still."""
    server = FakeProcess(1, [FakeProcess(2), FakeProcess(3), FakeProcess(4)])
    machine = SlowMachine(server)  # type: ignore[arg-type]
    halt = machine.note(lambda database, pid: None, halts=True)
    halt(None, 2)
    machine.stop()
    halt(None, 3)
    machine.end()
    assert [process.signals for process in (server, *server.children())] == [
        ["suspend", "resume"], [], ["suspend"], ["suspend", "resume"],
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.feature("ZO16")
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_doubled_or_shown_too_early(stage: Any, seed: int) -> None:
    """While connections are cut, processes die and freeze, and the network loses and doubles."""
    result = import_module("simulate.run").simulate(stage, seed)
    assert result.faults == []
    assert result.counts["deaths"]
    assert result.counts["taken"]


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


def test_the_disk_of_a_run_harms_nobody_outside_of_it(tmp_path: Path) -> None:
    """Only processes of the run, only where they write, and nothing any more when all is calm."""
    files, network, scheduling = (import_module(f"simulate.{name}") for name in ("files", "network", "scheduling"))
    scheduler = scheduling.Scheduler(1, IdleServer())
    outside = network.Network(scheduler)
    disk = files.RunDisk(outside, (tmp_path,), full_at=0.0)
    inside, elsewhere = str(tmp_path / "ledger" / "a"), "elsewhere"
    came = [disk("write", inside)]

    def work(_: Any) -> None:
        came.extend([disk("write", elsewhere), disk("write", inside)])
        outside.is_calm = True
        came.append(disk("write", inside))

    scheduler.add("a", work)
    scheduler.run()
    assert came == ["", "", "full", ""]
    assert (disk.unkept, disk.counts["disk full"]) == (1, 1)


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_each_planted_fault_still_fits(patch: Path) -> None:
    """A patch that fits the core no more is made anew, so that the list stays whole."""
    command = ["git", "apply", "--check", str(patch)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_there_are_as_many_planted_faults_as_promised() -> None:
    """Twenty at least."""
    assert len(PATCHES) >= 20


def test_processes_take_turns_by_the_seed() -> None:
    """The same seed gives the same order, and who sleeps wakes at the time that it has said."""
    scheduling = import_module("simulate.scheduling")

    def order(seed: int) -> list[str]:
        scheduler = scheduling.Scheduler(seed, IdleServer())

        def work(process: Any) -> None:
            for number in range(5):
                process.point(str(number))
            process.sleep(10)

        for name in "abc":
            scheduler.add(name, work)
        scheduler.run()
        assert 10 < scheduler.time < 11
        lines: list[str] = scheduler.lines
        return lines

    assert order(1) == order(1) != order(2)


def test_nothing_goes_on_in_a_process_that_has_died() -> None:
    """Not even what stands in `finally`, where it would reach something outside."""
    scheduling = import_module("simulate.scheduling")
    scheduler, reached = scheduling.Scheduler(1, IdleServer()), []

    def work(process: Any) -> None:
        try:
            process.die("here")
        finally:
            process.point("after death")
            reached.append(process)

    scheduler.add("a", work)
    scheduler.run()
    assert not reached
    assert scheduler.lines[0].endswith("a dies here")


def test_a_process_that_has_died_takes_its_late_threads_with_it() -> None:
    """Also those that sleep, and its connections are cut at once."""
    scheduling = import_module("simulate.scheduling")
    scheduler, reached, cut = scheduling.Scheduler(1, IdleServer()), [], []

    class Connection:
        def cut(self) -> None:
            cut.append(self)

    connection = Connection()

    def late(process: Any) -> None:
        process.sleep(5)
        reached.append(process)

    def work(process: Any) -> None:
        process.connections[connection] = None
        scheduler.add("late", late, parent=process)
        process.sleep(1)
        process.die("here")

    scheduler.add("a", work)
    scheduler.run()
    assert cut == [connection]
    assert not reached


def _waiting(process: Any, server: IdleServer, pid: int, blockers: list[int], then: Callable[[], None]) -> None:
    """Wait in a statement as the server would let it, until `then` returns."""
    server.waiting[pid] = blockers
    process.begin_statement(pid)
    try:
        then()
    finally:
        process.end_statement()


def test_who_waits_for_a_lock_stands_still_until_it_is_free() -> None:
    """Its server process is halted, and goes on when nobody blocks it any more, before anybody else runs."""
    scheduling = import_module("simulate.scheduling")
    server, order = IdleServer(), []
    scheduler, free = scheduling.Scheduler(1, server), threading.Event()

    def until_free() -> None:
        free.wait()
        while server.calls[-1] != ("go on", 7):  # whoever is halted does nothing
            threading.Event().wait(0.001)

    def wait(process: Any) -> None:
        _waiting(process, server, 7, [8], until_free)
        order.append("got it")

    def hold(process: Any) -> None:
        process.sleep(1)
        assert ("halt", 7) in server.calls
        server.waiting.clear()
        free.set()
        process.sleep(1)
        order.append("after")

    scheduler.add("waits", wait)
    scheduler.add("holds", hold)
    scheduler.run()
    assert order == ["got it", "after"]
    assert server.calls[-1] == ("go on", 7)


@pytest.mark.parametrize(("seconds", "is_well"), [(1, True), (10, False)])
def test_who_waits_for_long_for_a_lock_is_not_to_blame(seconds: float, is_well: bool) -> None:
    """Who holds it stands still: what the other one knows meanwhile it cannot write down, nor renew its lease."""
    scheduling = import_module("simulate.scheduling")
    server, came = IdleServer(), []
    scheduler, free = scheduling.Scheduler(1, server), threading.Event()

    def wait(process: Any) -> None:
        _waiting(process, server, 7, [8], free.wait)
        came.append(process.was_well(0, 5))

    def hold(process: Any) -> None:
        process.sleep(seconds)
        came.append(waiting.was_well(0, 5))
        server.waiting.clear()
        free.set()

    waiting = scheduler.add("waits", wait)
    scheduler.add("holds", hold)
    scheduler.run()
    assert came == [is_well, is_well]


def test_a_circle_of_locks_is_ended_by_the_scheduler() -> None:
    """The statement that closes the circle is cancelled, whatever the machine's pace; the other one goes on."""
    scheduling = import_module("simulate.scheduling")
    server = IdleServer()
    scheduler = scheduling.Scheduler(1, server)

    def wait(own: int, other: int) -> Callable[[Any], None]:
        def work(process: Any) -> None:
            process.sleep(own)

            def until_free() -> None:
                while own in server.waiting:
                    threading.Event().wait(0.001)
                if not process.is_victim:
                    return
                server.waiting.clear()  # its rollback lets the other one go on

            _waiting(process, server, own, [other], until_free)

        return work

    scheduler.add("first", wait(1, 2))
    scheduler.add("second", wait(2, 1))
    scheduler.run()
    assert [pid for call, pid in server.calls if call == "cancel"] == [2]


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


def test_what_a_worker_knew_and_did_not_write_down_is_told() -> None:
    """Where it claims something else meanwhile, not what it has written, nor where it died since."""
    network, truth = import_module("simulate.network"), import_module("simulate.truth")
    begins = import_module("simulate.world").BEGINS
    outside = network.Network(import_module("simulate.scheduling").Scheduler(1, IdleServer()))
    let, written, died, other = (uuid4() for _ in range(4))
    outside.heard |= {let: [(3.0, 4.0, "a/0")], written: [(3.0, 4.0, "a/0")], died: [(3.0, 4.0, "b/0")]}
    claimed = [(let, "a/0", 2), (written, "a/0", 2), (died, "b/0", 2), (other, "a/0", 6), (other, "b/1", 30)]
    work = [
        (thing, "READY_TO_SEND", "SEND_IN_PROGRESS", at, False, by, begins + timedelta(seconds=at))
        for thing, by, at in claimed
    ]
    work.insert(3, (written, "SEND_IN_PROGRESS", "ACKNOWLEDGED", 2, False, "a/0", begins + timedelta(seconds=5)))
    assert list(truth.unwritten(outside, work)) == [
        f"deliveries {let}: a/0 knew what came of it, and went on without writing it down"
    ]


def test_an_errand_that_is_lost_or_begun_too_late_is_told() -> None:
    """Queued and never done; forgotten and begun after that; still there at the end; a job that nobody begins."""
    errands, network = import_module("simulate.errands"), import_module("simulate.network")
    scheduler = import_module("simulate.scheduling").Scheduler(1, IdleServer())
    book, late, left = errands.Errands(network.Network(scheduler)), uuid4(), uuid4()
    book.tried |= {b"lost", b"late", b"left"}
    book.confirmed |= {b"lost", b"late", b"left"}
    book.ids |= {late: b"late", left: b"left"}
    book.of[b"late"] = errands.Errand(began=[1.0, 9.0], done=2)
    book.of[b"left"] = errands.Errand(began=[1.0], done=1)
    book.of[b"strange"] = errands.Errand(began=[1.0], done=1)
    book.runs["counts"] = [995.0]
    assert sorted(book.faults({late: 5.0}, set(), 1_000.0)) == [
        "errand late: begun after it was forgotten",
        "errand left: it has not ended",
        "errand lost: queued, said the page, and never done",
        "errand strange: nobody queued it",
        "job breaks: not begun for a long time",
    ]


def test_a_run_that_does_not_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that never ends is a fault of the run, and not a run without end."""
    scheduling = import_module("simulate.scheduling")
    monkeypatch.setattr(scheduling, "MOST_STEPS", 100)
    scheduler = scheduling.Scheduler(1, IdleServer())

    def work(process: Any) -> None:
        while True:
            process.point("on and on")

    scheduler.add("a", work)
    with pytest.raises(scheduling.Stuck):
        scheduler.run()
