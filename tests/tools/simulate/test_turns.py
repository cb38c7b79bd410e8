"""Processes take turns by the seed, wait for locks, and die whole."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.tools.simulate.idle_server import IdleServer
from tests.tools.slow_machine import SlowMachine


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
