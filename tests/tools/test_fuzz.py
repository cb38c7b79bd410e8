"""Who runs a long fuzzing sees how far it has come."""

from importlib import import_module
from pathlib import Path

import pytest
from tests.fuzzing.parsers import Parser


def test_progress_stands_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, root: Path, tmp_path: Path
) -> None:
    """A line now and then, with the parser, its inputs and its faults; the figures stay alone on standard output."""
    monkeypatch.syspath_prepend(str(root / "tools"))
    fuzz = import_module("fuzz")
    monkeypatch.setattr(fuzz, "TELL_SECONDS", 0.0)
    figures = fuzz.fuzz(Parser("plain", (b"a",), len, ()), 60.0, 2, 1, tmp_path)
    assert figures["inputs"] == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert [line.split(",")[0] for line in told.err.splitlines()] == ["plain: 0 inputs", "plain: 1 inputs"]
