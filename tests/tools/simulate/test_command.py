"""The command of the simulator, and the faults that are planted to try it."""

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PATCHES = sorted((ROOT / "tools/simulate/planted").glob("*.patch"))


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


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_each_planted_fault_still_fits(patch: Path) -> None:
    """A patch that fits the core no more is made anew, so that the list stays whole."""
    command = ["git", "apply", "--check", str(patch)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_there_are_as_many_planted_faults_as_promised() -> None:
    """Twenty at least."""
    assert len(PATCHES) >= 20
