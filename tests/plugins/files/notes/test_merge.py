"""Two people write in one note at the same time."""

import random
from collections import Counter
from itertools import count

import pytest

from budkavle_files.notes.merge import MOST_PAIRS, Conflict, merge


def test_what_one_changes_is_taken() -> None:
    """Lines that only one has touched are as that one left them."""
    merged = merge("Ett\nTvå\nTre", "Ett\n2\nTre", "Ett\nTvå\nTre\nFyra")
    assert (merged.text, merged.conflicts) == ("Ett\n2\nTre\nFyra", [])


def test_both_may_write_at_the_end() -> None:
    """Lines that both add stand after one another, first those that were saved first; nobody has to choose."""
    merged = merge("Ett", "Ett\nfrån Bo", "Ett\nfrån Anna")
    assert (merged.text, merged.conflicts) == ("Ett\nfrån Bo\nfrån Anna", [])


def test_both_may_begin_an_empty_note() -> None:
    """In an empty note, too, both texts stand."""
    merged = merge("", "från Bo", "från Anna")
    assert (merged.text, merged.conflicts) == ("från Bo\nfrån Anna", [])


def test_the_same_lines_are_a_conflict_that_keeps_both() -> None:
    """Where both have changed a line both variants stand, and it is said which."""
    merged = merge("Ett\nTvå\nTre", "Ett\n2\nTre", "Ett\nII\nTre")
    assert (merged.text, merged.conflicts) == ("Ett\n2\nII\nTre", [Conflict("2", "II")])


def test_what_is_written_in_what_another_removes_is_kept() -> None:
    """Somebody who removes a line does not take away what another has written in it."""
    merged = merge("Ett\nTvå", "Ett", "Ett\nTvå gånger")
    assert merged.text == "Ett\nTvå gånger"
    assert merged.conflicts == [Conflict("", "Två gånger")]


def test_the_same_change_stands_once() -> None:
    """What both have done alike is no conflict, and is not doubled."""
    merged = merge("Ett\nTvå", "Ett\n2", "Ett\n2")
    assert (merged.text, merged.conflicts) == ("Ett\n2", [])


@pytest.mark.feature("D4", "D14")
@pytest.mark.parametrize("seed", range(40))
def test_no_line_that_somebody_types_is_lost(seed: int) -> None:
    """Whatever two writers do at once, each line that either has typed stands in what is saved, and stands once."""
    chance, numbers = random.Random(seed), count()  # noqa: S311 - a test that can be repeated
    for _ in range(25):
        base = [_line(chance, "bas", numbers) for _ in range(chance.randrange(12))]
        saved, own = (_written(chance, base, who, numbers) for who in ("bo", "anna"))
        lines = Counter(merge("\n".join(base), "\n".join(saved), "\n".join(own)).text.split("\n"))
        typed = [line for line in (*saved, *own) if line.startswith(("bo", "anna"))]
        assert [lines[line] for line in typed] == [1] * len(typed)
        for line in base:
            if line in saved and line in own and line:
                assert lines[line] >= 1


@pytest.mark.parametrize("seed", range(10))
def test_many_rounds_of_autosave_lose_nothing(seed: int) -> None:
    """Three writers save by turns, each against what they saw last; what all typed is there in the end."""
    chance, numbers = random.Random(seed), count()  # noqa: S311 - a test that can be repeated
    stored, seen, typed = "Rubrik", dict.fromkeys(("anna", "bo", "eva"), "Rubrik"), set[str]()
    for _ in range(60):
        who = chance.choice(list(seen))
        lines = seen[who].split("\n")
        new = _line(chance, who, numbers)
        typed.add(new)
        lines.insert(chance.randrange(len(lines) + 1), new)
        stored = merge(seen[who], stored, "\n".join(lines)).text
        seen[who] = stored
    assert typed <= set(stored.split("\n"))


def test_a_text_too_long_to_compare_is_kept_twice() -> None:
    """Where there are too many lines to compare, both texts stand whole."""
    many = int(MOST_PAIRS**0.5) + 1
    base = "\n".join(["rad"] * many)
    merged = merge(base, f"{base}\nbo", f"anna\n{base}")
    assert {"bo", "anna"} <= set(merged.text.split("\n"))
    assert len(merged.conflicts) == 1


def _written(chance: random.Random, base: list[str], who: str, numbers: "count[int]") -> list[str]:
    """Add, change and remove some lines, as somebody does who writes for a while."""
    lines = list(base)
    for _ in range(chance.randrange(5)):
        place = chance.randrange(len(lines) + 1)
        match chance.randrange(3):
            case 0:
                lines.insert(place, _line(chance, who, numbers))
            case 1 if place < len(lines) and not lines[place].startswith(who):
                lines[place] = _line(chance, who, numbers)
            case 2 if place < len(lines) and not lines[place].startswith(who):
                del lines[place]
    return lines


def _line(chance: random.Random, who: str, numbers: "count[int]") -> str:
    """Return a line that nobody else has; among those of the base some are blank, as between paragraphs."""
    return "" if who == "bas" and chance.random() < 0.3 else f"{who} {next(numbers)}"
