"""What `make chaos` tells of the logs."""

from importlib import import_module
from pathlib import Path

import pytest

TRACEBACK = """\
{"event": "message.sent"}
Traceback (most recent call last):
  File "server.py", line 7, in run
    work()

  File "work.py", line 3, in work
    raise KeyError(1)
KeyError: 1
{"event": "message.sent"}
"""


def test_a_traceback_is_told_with_its_end(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(root / "tools"))
    chaos = import_module("chaos")
    (tmp_path / "web.log").write_text(TRACEBACK * 2, "utf-8")
    assert chaos.logged(tmp_path) == {'KeyError: 1 at File "work.py", line 3, in work (web.log)': 2}
