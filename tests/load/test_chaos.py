"""The short form of `make chaos`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE = 420
"""Seconds; a machine that has nothing else to do needs a fifth of it."""


@pytest.mark.slow
@pytest.mark.feature("SD5", "SD6", "SD7", "Z10")
@pytest.mark.xdist_group("heavy")
def test_nothing_is_lost_or_doubled_when_everything_is_killed(root: Path) -> None:
    """Ten kills of web, worker and PostgreSQL under load: all that was confirmed stands once, whole, receipted."""
    command = [sys.executable, str(root / "tools/chaos.py"), "--kills", "10", "--workers", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["ok"]
    assert summary["kills"] == 10
    assert summary["confirmed"] > 0
