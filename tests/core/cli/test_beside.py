"""The worker beside `budkavle serve`: it is started again when it is killed, and stopped with the web."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from budkavle.cli.run import Beside, end_together
from budkavle.testing.working import wait_until

PATIENCE = 30


def written(path: Path, *more: str) -> list[str]:
    """A process that writes its number and goes on for ever, or does something else instead."""
    script = f"import os, time; open({str(path)!r}, 'a').write(f'{{os.getpid()}}\\n'); " + (
        more[0] if more else "time.sleep(600)"
    )
    return [sys.executable, "-c", script]


def numbers(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.feature("Z10")
def test_a_worker_that_is_killed_is_started_again(tmp_path: Path) -> None:
    """Each time, and the last one is stopped with the block."""
    path = tmp_path / "numbers"
    with Beside(written(path), pause=0.01):
        for times in (1, 2):
            wait_until(lambda times=times: len(numbers(path)) == times)  # type: ignore[misc]
            os.kill(numbers(path)[-1], signal.SIGKILL)
        wait_until(lambda: len(numbers(path)) == 3)
    assert not any(psutil.pid_exists(number) for number in numbers(path))
    assert len(numbers(path)) == 3


def test_a_worker_that_was_told_to_stop_stays_down(tmp_path: Path) -> None:
    """What has ended well is not started again."""
    path = tmp_path / "numbers"
    with Beside(written(path, "raise SystemExit(0)"), pause=0.01) as beside:
        wait_until(lambda: len(numbers(path)) == 1)
        wait_until(lambda: not beside._thread.is_alive())
    assert len(numbers(path)) == 1


def test_stopping_while_it_waits_for_the_next_start(tmp_path: Path) -> None:
    """A worker that fails again and again does not hold up the end."""
    path = tmp_path / "numbers"
    with Beside(written(path, "raise SystemExit(3)"), pause=600):
        wait_until(lambda: len(numbers(path)) == 1)
    assert len(numbers(path)) == 1


def test_it_is_told_while_the_web_ends(tmp_path: Path) -> None:
    """Web and worker each need their time to end, and get it at the same time."""

    class Web:
        """A server whose end waits for what it has begun with."""

        def shutdown(self, exit_code: int = 0) -> None:
            """End when the worker has ended, which therefore must know."""
            wait_until(lambda: not beside._thread.is_alive())

    web: Any = Web()
    with Beside(written(tmp_path / "numbers")) as beside:
        wait_until(lambda: len(numbers(tmp_path / "numbers")) == 1)
        end_together(web, beside)
        web.shutdown()
