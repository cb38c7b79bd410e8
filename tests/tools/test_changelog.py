"""The fragments of `changelog/` make a changelog, each of them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def draft(root: Path) -> str:
    """What `make changelog` shows."""
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9", "--date", "2026-01-02"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_fragment_stands_in_the_next_changelog(root: Path, draft: str) -> None:
    """None is left out by its name, and no two take each other's place."""
    fragments = sorted((root / "changelog").glob("*.md"))
    shown = " ".join(draft.split())
    assert draft.startswith("## 9.9.9 (2026-01-02)\n\n### New\n\n- ")
    assert "\n\n### Mended\n\n- " in draft
    assert fragments
    assert [path.name for path in fragments if _begins(path) not in shown] == []


def test_a_line_names_the_issue_by_its_number_alone(draft: str) -> None:
    """`14-word` and `19.word` are issues 14 and 19; a word is no issue."""
    ends = re.findall(r"\((#[^)]*)\)$", draft, re.MULTILINE)
    assert ends
    assert [end for end in ends if not re.fullmatch(r"#\d+(, #\d+)*", end)] == []


def _begins(path: Path) -> str:
    return " ".join(path.read_text("utf-8").split())[:60]
