"""The test run itself: when one of its processes dies, the test it had in hand fails and all others are run."""

import os
import subprocess
import sys
from pathlib import Path

PATIENCE = 280
"""Seconds, shorter than pytest's own patience; three processes start, on a machine that may have much else to do."""
CONFTEST = """
import importlib.util
spec = importlib.util.spec_from_file_location("whole", {whole!r})
whole = importlib.util.module_from_spec(spec)
spec.loader.exec_module(whole)
pytest_xdist_make_scheduler = whole.pytest_xdist_make_scheduler
pytest_testnodedown = whole.pytest_testnodedown
"""
TESTS = """
import os, time, pytest
@pytest.mark.parametrize("number", range(24))
def test_one(number):
    time.sleep(0.02)
    if number == {fatal}:
        if not os.path.exists({mark!r}):
            open({mark!r}, "w").close()
            os.kill(os.getpid(), 9)
"""


def test_a_process_that_dies_holds_up_nobody(root: Path, tmp_path: Path) -> None:
    """It is killed in the middle; the test that it had in hand has failed, and is run by another once more."""
    fatal = 12
    (tmp_path / "conftest.py").write_text(CONFTEST.format(whole=str(root / "tests/conftest.py")))
    (tmp_path / "test_all.py").write_text(TESTS.format(fatal=fatal, mark=str(tmp_path / "died")))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadgroup"]
    command += [f"-pno:{name}" for name in ("schemathesis", "faker", "hypothesispytest")]  # each takes seconds to load
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert run.returncode == 1
    assert "ended with status -9" in run.stderr
    assert f"crashed while running 'test_all.py::test_one[{fatal}]'" in run.stdout
    assert "1 failed, 24 passed" in run.stdout
