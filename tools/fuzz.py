"""Tries each parser of foreign bytes with inputs that are nearly right, for so long; JSON lines with the figures.

    make fuzz ARGS="--seconds 60 --seed 1 --only xml"

How far it has come stands on standard error, a line each minute. An input that breaks a parser, or that it takes longer
with than it may, is written to `--out` by its hash. A parser whose program is not here is passed over, which its line
says.
"""

import argparse
import hashlib
import json
import logging
import shutil
import sys
import time
from pathlib import Path
from random import Random

import structlog

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.fuzzing.parsers import Parser, parsers

TELL_SECONDS = 60.0
"""Between two lines of progress on standard error."""


def fuzz(parser: Parser, seconds: float, most: int, seed: int, out: Path) -> dict[str, object]:
    """Try one parser, and return its figures."""
    chance = Random(f"{parser.name} {seed}")  # noqa: S311 - the same inputs for the same seed
    began, slowest = time.monotonic(), 0.0
    inputs = taken = faults = 0
    told = began
    while inputs < min(most, parser.most) and time.monotonic() - began < seconds:
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            print(f"{parser.name}: {inputs} inputs, {faults} faults, {told - began:.0f} s", file=sys.stderr, flush=True)
        data, inputs = parser.input(chance), inputs + 1
        is_taken, fault, lasted = _tried(parser, data)
        if not fault and lasted > parser.patience:  # once more: the machine may have paused
            is_taken, fault, lasted = _tried(parser, data)
        taken += is_taken
        slowest = max(slowest, lasted)
        if fault or lasted > parser.patience:
            faults += 1
            _keep(out, parser, data, fault or f"{lasted:.1f} s")
    figures: dict[str, object] = {"parser": parser.name, "seed": seed, "inputs": inputs, "taken": taken}
    return {
        **figures,
        "faults": faults,
        "slowest_ms": round(slowest * 1000),
        "seconds": round(time.monotonic() - began),
        **({"ends": dict(parser.ends)} if parser.ends else {}),
    }


def _tried(parser: Parser, data: bytes) -> tuple[int, str, float]:
    """Return whether an input is accepted, its fault, and the seconds that it took."""
    began, taken, fault = time.monotonic(), 0, ""
    try:
        taken = int(parser.is_taken(data))
    except Exception as error:  # noqa: BLE001 - this is what is searched for
        fault = type(error).__name__
    return taken, fault, time.monotonic() - began


def _keep(out: Path, parser: Parser, data: bytes, fault: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    name = f"{parser.name}-{hashlib.sha256(data).hexdigest()[:12]}"
    (out / name).write_bytes(data)
    print(f"{name}: {fault}", file=sys.stderr)


def main() -> int:
    """Return 1 if a parser broke."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60.0, help="for each parser")
    options.add_argument("--inputs", type=int, default=1_000_000, help="at most, for each parser")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", action="append", choices=sorted(parsers()))
    options.add_argument("--out", type=Path, default=Path("build/fuzz"))
    arguments, faults = options.parse_args(), 0
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for name in arguments.only or sorted(parsers()):
        parser = parsers()[name]
        if parser.needs and not any(map(shutil.which, parser.needs)):
            print(json.dumps({"parser": name, "missing": parser.needs[0]}), flush=True)
            continue
        figures = fuzz(parser, arguments.seconds, arguments.inputs, arguments.seed, arguments.out)
        print(json.dumps(figures), flush=True)
        faults += int(str(figures["faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
