"""The simulator: a run can be repeated by its seed, nothing is wrong in the product, and planted faults are found."""

import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from budkavle.cases import case_updates

ROOT = Path(__file__).parents[2]
PATCHES = sorted((ROOT / "tools/simulate/planted").glob("*.patch"))
SEEDS = (3, 4, 5)


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
        scheduler = scheduling.Scheduler(seed, lambda _: False)

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
    scheduler, reached = scheduling.Scheduler(1, lambda _: False), []

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


def test_a_run_that_does_not_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that never ends is a fault of the run, and not a run without end."""
    scheduling = import_module("simulate.scheduling")
    monkeypatch.setattr(scheduling, "MOST_STEPS", 100)
    scheduler = scheduling.Scheduler(1, lambda _: False)

    def work(process: Any) -> None:
        while True:
            process.point("on and on")

    scheduler.add("a", work)
    with pytest.raises(scheduling.Stuck):
        scheduler.run()
