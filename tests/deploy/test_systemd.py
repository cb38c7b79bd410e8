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


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_unit_lets_foreign_files_be_opened(root: Path, name: str) -> None:
    """What closes the processes that open them makes namespaces, mounts in them, and sets limits."""
    lines = (root / f"deploy/systemd/budkavle-{name}.service").read_text("utf-8").splitlines()
    (namespaces,) = [line.partition("=")[2].split() for line in lines if line.startswith("RestrictNamespaces=")]
    assert set(namespaces) == {"user", "mnt", "net"}
    calls = {call for line in lines if line.startswith("SystemCallFilter=") for call in line.partition("=")[2].split()}
    assert {"@system-service", "@sandbox", "mount", "prlimit64", "setrlimit"} <= calls
