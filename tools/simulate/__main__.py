"""Run seeds, and tell what is wrong: `python tools/simulate --seeds 500`, or `--seed 7` for one with its history."""

import argparse
import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulate.parallel import GivenUp, Runs, prepared_stage, quieten
from simulate.patience import TooSlow
from simulate.run import Result, simulate

TOO_SLOW = 75
"""The exit code where the machine was too slow, so that nothing is known (EX_TEMPFAIL of sysexits.h)."""


@dataclass
class Summary:
    """What came of all runs."""

    jobs: int
    began: float = field(default_factory=time.monotonic)
    seeds: int = 0
    failed: list[int] = field(default_factory=list)
    steps: int = 0
    befell: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Count one run, and tell what is wrong in it."""
        self.seeds += 1
        self.steps += result.steps
        self.befell.update(result.counts)
        if result.faults:
            self.failed.append(result.seed)
        for text in result.told:
            say("fault", seed=result.seed, text=text)
        for text in result.raised:
            say("raised", seed=result.seed, text=text)

    def say(self) -> None:
        """Tell it."""
        seconds, failed = round(time.monotonic() - self.began, 1), sorted(self.failed)
        say(
            "summary", seeds=self.seeds, failed=failed, steps=self.steps, seconds=seconds, jobs=self.jobs,
            befell=dict(self.befell),
        )  # fmt: skip


def main() -> int:
    """Read the command line, and run; 1 where something is wrong, 75 where the machine was too slow."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=500, help="how many (default 500)")
    options.add_argument("--first", type=int, default=1, help="the first of them (default 1)")
    options.add_argument("--seed", type=int, help="one seed, with all of its history")
    options.add_argument("--seconds", type=float, default=0, help="as many as fit in this time")
    options.add_argument("--stop", action="store_true", help="end at the first that fails by a rule of the model")
    options.add_argument(
        "--jobs", type=int, default=len(os.sched_getaffinity(0)), help="how many at once (default: one a core)"
    )
    arguments = options.parse_args()
    quieten()
    if arguments.seed is not None:
        return _one(arguments.seed)
    summary = Summary(arguments.jobs)
    say("begun")
    runs = Runs(range(arguments.first, arguments.first + arguments.seeds), arguments.jobs)
    given_up = False
    for result in runs:
        if isinstance(result, GivenUp):
            given_up = True
            say("too_slow", seed=result.seed, text=result.text)
        else:
            summary.add(result)
        is_time_up = 0 < arguments.seconds < time.monotonic() - summary.began
        if given_up or is_time_up or (arguments.stop and isinstance(result, Result) and result.told):
            runs.end()
    summary.say()
    return 1 if summary.failed else TOO_SLOW if given_up else 0


def _one(seed: int) -> int:
    """Make one run, and tell all that happened."""
    summary = Summary(1)
    with prepared_stage() as made:
        try:
            result = simulate(made, seed)
        except TooSlow as error:
            say("too_slow", seed=seed, text=str(error))
            return TOO_SLOW
    print("\n".join(result.lines))
    summary.add(result)
    say("run", seed=seed, history=result.history, steps=result.steps)
    summary.say()
    return 1 if summary.failed else 0


def say(name: str, **details: object) -> None:
    """Print one line."""
    print(json.dumps({"name": f"simulate.{name}", **details}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
