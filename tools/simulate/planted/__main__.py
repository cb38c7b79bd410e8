"""Plant each fault in a copy of the core, and see whether the simulator finds it: `make simulate-planted`."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[3]
PATCHES = sorted(Path(__file__).parent.glob("*.patch"))
WANTED = 0.95
"""The part of the faults that must be found by a rule of the model."""


def plant(patch: Path, folder: Path) -> None:
    """Make a copy of the core with one fault.

    Args:
        patch: The fault.
        folder: Where `core/budkavle` is copied to.

    Raises:
        CalledProcessError: The patch does not fit the core any more.
    """
    shutil.copytree(
        ROOT / "core/budkavle", folder / "core/budkavle", ignore=shutil.ignore_patterns("__pycache__", "static")
    )
    command = ["git", "apply", "--unidiff-zero", str(patch)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=os.environ | {"GIT_DIR": "/dev/null"})


def look_for(patch: Path, seeds: int) -> tuple[str, int | None, str]:
    """Return the fault's name, in which run a rule of the model told of it, and the rule's words; None for none.

    An exception finds a fault by luck: somebody else's code may not mind. It is told where no rule did.
    """
    with tempfile.TemporaryDirectory(prefix="budkavle-planted-") as name:
        plant(patch, Path(name))
        command = [sys.executable, str(ROOT / "tools/simulate"), "--seeds", str(seeds), "--jobs", "1", "--stop"]
        environment = os.environ | {"PYTHONPATH": f"{name}/core"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    told = next((line for line in lines if line["name"] == "simulate.fault"), None)
    if told:
        return patch.stem, told["seed"], told["text"]
    raised = next((line["text"] for line in lines if line["name"] == "simulate.raised"), "")
    return patch.stem, None, raised or done.stderr.strip().rpartition("\n")[2]


def main() -> int:
    """Look for all; 1 where too few are found."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=50, help="the most for each fault (default 50)")
    options.add_argument("--only", default="", help="those whose name has this word")
    options.add_argument("--at-once", type=int, default=2, help="how many at a time (default 2)")
    arguments = options.parse_args()
    patches = [patch for patch in PATCHES if arguments.only in patch.stem]
    missed = []
    with ThreadPoolExecutor(arguments.at_once) as threads:
        for name, seeds, fault in threads.map(lambda patch: look_for(patch, arguments.seeds), patches):
            print(json.dumps({"name": "planted", "fault": name, "seeds": seeds, "told": fault[:300]}), flush=True)
            missed += [name] if seeds is None else []
    found = len(patches) - len(missed)
    print(
        json.dumps({"name": "planted.summary", "planted": len(patches), "found": found, "missed": missed}), flush=True
    )
    return 0 if found >= WANTED * len(patches) else 1


if __name__ == "__main__":
    sys.exit(main())
