"""Run seeds, and tell what is wrong: `python tools/simulate --seeds 500`, or `--seed 7` for one with its history."""

import argparse
import json
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog

from simulate.patience import TooSlow
from simulate.run import Result, simulate
from simulate.stage import stage

TOO_SLOW = 75
"""The exit code where the machine was too slow, so that nothing is known (EX_TEMPFAIL of sysexits.h)."""


def main() -> int:
    """Read the command line, and run; 1 where something is wrong, 75 where the machine was too slow."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=500, help="how many (default 500)")
    options.add_argument("--first", type=int, default=1, help="the first of them (default 1)")
    options.add_argument("--seed", type=int, help="one seed, with all of its history")
    options.add_argument("--seconds", type=float, default=0, help="as many as fit in this time")
    options.add_argument("--stop", action="store_true", help="end at the first that fails by a rule of the model")
    arguments = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    began, failed, counts, steps = time.monotonic(), [], Counter[str](), 0
    seeds = (
        [arguments.seed] if arguments.seed is not None else range(arguments.first, arguments.first + arguments.seeds)
    )
    with (
        tempfile.TemporaryDirectory(prefix="budkavle-simulate-", ignore_cleanup_errors=True) as folder,
        stage(Path(folder)) as made,
    ):
        say("begun")
        ready, done = time.monotonic(), 0
        for seed in seeds:
            done += 1
            try:
                result = simulate(made, seed)
            except TooSlow as error:
                say("too_slow", seed=seed, text=str(error))
                return TOO_SLOW
            counts.update(result.counts)
            steps += result.steps
            if result.faults:
                failed.append(seed)
            _tell(result, whole=arguments.seed is not None)
            if (result.told and arguments.stop) or 0 < arguments.seconds < time.monotonic() - began:
                break
    seconds = round(time.monotonic() - ready, 1)
    say("summary", seeds=done, failed=failed, steps=steps, seconds=seconds, befell=dict(counts))
    return 1 if failed else 0


def _tell(result: Result, *, whole: bool) -> None:
    if whole:
        print("\n".join(result.lines))
    for text in result.told:
        say("fault", seed=result.seed, text=text)
    for text in result.raised:
        say("raised", seed=result.seed, text=text)
    if whole:
        say("run", seed=result.seed, history=result.history, steps=result.steps)


def say(name: str, **details: object) -> None:
    """Print one line."""
    print(json.dumps({"name": f"simulate.{name}", **details}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
