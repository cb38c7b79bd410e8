"""The units of systemd let the processes do little besides their work."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_unit_is_hardened(root: Path, program: Callable[..., str], name: str) -> None:
    """The judgement of systemd itself is below 2 of 10, where 10 is without any protection."""
    unit = root / f"deploy/systemd/budkavle-{name}.service"
    command = [program("systemd-analyze"), "security", "--offline=true", "--threshold=20", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr
