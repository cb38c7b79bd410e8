"""The fragments of `changelog/` make a changelog, each of them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def draft(root: Path) -> str:
    """What `make changelog` shows."""
    if not _fragments(root):
        pytest.skip("there is no fragment: a release has just been made")
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9", "--date", "2026-01-02"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_fragment_stands_in_the_next_changelog(root: Path, draft: str) -> None:
    """None is left out by its name, and no two take each other's place."""
    shown = " ".join(draft.split())
    assert re.match(r"## 9\.9\.9 \(2026-01-02\)\n\n### (New|Mended)\n\n- ", draft)
    assert len(re.findall(r"^- ", draft, re.MULTILINE)) == len({path.read_text("utf-8") for path in _fragments(root)})
    assert [path.name for path in _fragments(root) if _begins(path) not in shown] == []


def test_a_line_names_the_issue_by_its_number_alone(draft: str) -> None:
    """`14-word` and `19.word` are issues 14 and 19; a word is no issue."""
    ends = re.findall(r"\((#[^)]*)\)$", draft, re.MULTILINE)
    assert [end for end in ends if not re.fullmatch(r"#\d+(, #\d+)*", end)] == []


def _fragments(root: Path) -> list[Path]:
    return sorted(path for path in (root / "changelog").glob("*.md") if path.name != "README.md")


def _begins(path: Path) -> str:
    return " ".join(path.read_text("utf-8").split())[:60]
