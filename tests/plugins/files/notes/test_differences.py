"""The difference between two versions of a note."""

from budkavle_files.notes.differences import MOST_LINES, DifferentLine, differences


def test_changes_stand_between_lines_that_stay() -> None:
    """What was removed comes before what was added, with two lines around; the rest is counted."""
    before = "\n".join(str(number) for number in range(10))
    assert differences(before, before.replace("5", "fem")) == [
        DifferentLine("skipped", count=3),
        DifferentLine("same", "3"),
        DifferentLine("same", "4"),
        DifferentLine("removed", "5"),
        DifferentLine("added", "fem"),
        DifferentLine("same", "6"),
        DifferentLine("same", "7"),
        DifferentLine("skipped", count=2),
    ]


def test_the_first_version_is_added_whole() -> None:
    """Where nothing was before, all is added."""
    assert differences("", "a\nb") == [DifferentLine("added", "a"), DifferentLine("added", "b")]


def test_a_long_difference_ends() -> None:
    """A page shows so many lines, and says how many more there are."""
    lines = differences("", "\n".join(["rad"] * (MOST_LINES + 7)))
    assert lines[-1] == DifferentLine("skipped", count=7)
    assert len(lines) == MOST_LINES + 1


def test_equal_texts_have_none() -> None:
    """Between equal texts there is nothing but what is left out."""
    assert [line.change for line in differences("a\nb\nc", "a\nb\nc")] == ["skipped"]
