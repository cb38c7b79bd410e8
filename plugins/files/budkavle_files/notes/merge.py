"""Merges two texts that were written at the same time from the same text, line by line, without losing any line.

What only one writer has changed is taken. If both have added lines in the same place, both are kept, first those
that were saved first. If both have changed the same lines in different ways, it is a conflict: the text has both
variants one after the other, and they are shown to the writer who came last.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MOST_PAIRS = 4_000_000
"""The most line pairs that are compared; a larger text counts as one change of all lines, which loses none either."""

Lines = Sequence[str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Lines that two writers have changed in different ways.

    Attributes:
        saved: The lines as they were saved first.
        own: The lines of the writer who came last.
    """

    saved: str
    own: str


@dataclass(frozen=True, slots=True)
class Merged:
    """One text merged from two.

    Attributes:
        text: Everything that both have written.
        conflicts: Where the text has both variants one after the other.
    """

    text: str
    conflicts: Sequence[Conflict]


def merge(base: str, saved: str, own: str) -> Merged:
    r"""Merge the texts of two writers.

    Args:
        base: The text that both started with.
        saved: What has been saved meanwhile.
        own: What the later writer has written.

    Example:
        merge("Ett", "Ett\nTvå", "Noll\nEtt").text == "Noll\nEtt\nTvå"
    """
    parts, conflicts = list[str](), list[Conflict]()
    for before, first, second in _regions(base.split("\n"), saved.split("\n"), own.split("\n")):
        if first in (before, second):
            parts += second
        elif second == before:
            parts += first
        else:
            parts += [*first, *second]
            if any(before):  # lines that both have added do not conflict
                conflicts.append(Conflict("\n".join(first), "\n".join(second)))
    return Merged("\n".join(parts), conflicts)


def _regions(base: Lines, saved: Lines, own: Lines) -> Iterator[tuple[Lines, Lines, Lines]]:
    """Yield matching pieces of the texts: lines that all three have in common, and what is between them."""
    at, at_saved, at_own = 0, 0, 0
    for start, start_saved, start_own, length in _common(base, saved, own):
        yield base[at:start], saved[at_saved:start_saved], own[at_own:start_own]
        at, at_saved, at_own = start + length, start_saved + length, start_own + length
        yield base[start:at], saved[start_saved:at_saved], own[start_own:at_own]
    yield base[at:], saved[at_saved:], own[at_own:]


def _common(base: Lines, saved: Lines, own: Lines) -> Iterator[tuple[int, int, int, int]]:
    """Yield the runs of lines that all three have in common: where in each, and how many."""
    in_saved, in_own = _matches(base, saved), _matches(base, own)
    number_saved = number_own = 0
    while number_saved < len(in_saved) and number_own < len(in_own):
        saved_start, saved_place, saved_length = in_saved[number_saved]
        own_start, own_place, own_length = in_own[number_own]
        start, end = max(saved_start, own_start), min(saved_start + saved_length, own_start + own_length)
        if start < end:
            yield start, saved_place + start - saved_start, own_place + start - own_start, end - start
        if saved_start + saved_length < own_start + own_length:
            number_saved += 1
        else:
            number_own += 1


def _matches(base: Lines, other: Lines) -> list[tuple[int, int, int]]:
    if len(base) * len(other) > MOST_PAIRS:
        return []
    return [(a, b, size) for a, b, size in SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()]
