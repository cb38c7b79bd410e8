"""Neither web nor worker nor a command leaves what it has in memory to a core file or to another process."""

import subprocess
import sys
from pathlib import Path

import pytest

PRINT = """
import ctypes, resource
print(resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""
BEFORE = """
import resource
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="the second of the two is Linux's")


def run(program: str, folder: Path) -> list[str]:
    """What a program of its own prints, with a folder of its own as the place that it is started in."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.split()


@linux
def test_a_command_leaves_no_dump(tmp_path: Path) -> None:
    """Each goes by `main`, those of plugins, `serve` and `worker` too."""
    command = f"""{BEFORE}
import contextlib, io
from budkavle.cli import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main(["--help"])
{PRINT}"""
    assert run(command, tmp_path) == ["0", "0"]


@linux
def test_the_web_and_its_worker_leave_no_dump(tmp_path: Path) -> None:
    """A process of the web is begun by the server, and not by a command; its first act is this."""
    page = f"""{BEFORE}
import contextlib
from budkavle.web.start import from_settings
with contextlib.suppress(Exception):
    from_settings()
{PRINT}"""
    (tmp_path / "budkavle.toml").write_text("unknown = 1\n", "utf-8")
    assert run(page, tmp_path) == ["0", "0"]
