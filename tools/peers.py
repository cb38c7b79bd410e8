"""Installs the programs from npm that tests use, as pinned in ``tests/peers/package-lock.json`` (``make peers``)."""

from __future__ import annotations

import subprocess
from pathlib import Path

from browser_packages import _environment, _npm

HERE = Path(__file__).parents[1] / "tests" / "peers"
QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]

if __name__ == "__main__":
    subprocess.run([*_npm(), "ci", *QUIET], cwd=HERE, env=_environment(), check=True)
