"""The test run itself: what goes to which of its processes, and what becomes of the tests of one that dies."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

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
    (tmp_path / "conftest.py").write_text(CONFTEST.format(whole=str(root / "tests/distribution.py")))
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


def test_what_a_file_makes_for_all_its_tests_is_made_by_one_process(root: Path, tmp_path: Path) -> None:
    """Tests of other files go where there is room, each by itself."""
    spec = importlib.util.spec_from_file_location("whole", root / "tests/distribution.py")
    assert spec is not None
    assert spec.loader is not None
    whole = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(whole)
    scheduler = whole.Together.__new__(whole.Together)
    scheduler.config = SimpleNamespace(rootpath=tmp_path)
    (tmp_path / "test_alone.py").write_text("@pytest.fixture\ndef server(): ...\n")
    (tmp_path / "test_module.py").write_text('@pytest.fixture(scope="module")\ndef server(): ...\n')
    (tmp_path / "test_session.py").write_text('@pytest.fixture(autouse=True, scope="session")\ndef server(): ...\n')
    groups = [
        {scheduler._split_scope(f"test_{file}.py::test_{test}") for test in "abc"}
        for file in ("alone", "module", "session")
    ]
    assert [len(group) for group in groups] == [3, 1, 1]
