"""The difference between two versions of a note, line by line, for people to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from budkavle_files.notes.merge import MOST_PAIRS

Change = Literal["same", "added", "removed", "skipped"]
AROUND = 2
"""Unchanged lines that are shown around a change."""
MOST_LINES = 1_000
"""The most lines of a difference that are shown."""


@dataclass(frozen=True, slots=True)
class DifferentLine:
    """A line of a difference; for `skipped`, how many unchanged lines are left out."""

    change: Change
    text: str = ""
    count: int = 0


def differences(before: str, after: str) -> list[DifferentLine]:
    """Return the changes from one text to another: removed and added lines, with some lines around them.

    Args:
        before: The older text.
        after: The newer text.
    """
    old_lines, new_lines = before.splitlines(), after.splitlines()
    if len(old_lines) * len(new_lines) > MOST_PAIRS:
        lines = [*_lines("removed", old_lines), *_lines("added", new_lines)]
    else:
        lines = list(_compared(old_lines, new_lines))
    shown, hidden = lines[:MOST_LINES], len(lines) - MOST_LINES
    return [*shown, DifferentLine("skipped", count=hidden)] if hidden > 0 else shown


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[DifferentLine]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            yield from _unchanged(old, old_start, old_end, last=old_end == len(old))
        else:
            yield from _lines("removed", old[old_start:old_end])
            yield from _lines("added", new[new_start:new_end])


def _unchanged(lines: Sequence[str], start: int, end: int, *, last: bool) -> Iterator[DifferentLine]:
    head = 0 if start == 0 else AROUND
    tail = 0 if last else AROUND
    skipped = end - start - head - tail
    if skipped <= 1:
        yield from _lines("same", lines[start:end])
        return
    yield from _lines("same", lines[start : start + head])
    yield DifferentLine("skipped", count=skipped)
    yield from _lines("same", lines[end - tail : end] if tail else ())


def _lines(change: Change, lines: Sequence[str]) -> Iterator[DifferentLine]:
    return (DifferentLine(change, line) for line in lines)
