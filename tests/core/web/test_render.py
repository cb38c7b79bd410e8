"""What a reader sees of a text in Markdown: everything that was written, and the numbers that were written."""

import pytest

from budkavle.web.render import LONGEST, markdown

pytestmark = pytest.mark.feature("SD12")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("14. september ses vi", '<ol start="14">\n<li>september ses vi</li>\n</ol>\n'),
        ("2. Ja\n\nOch så:\n\n5. Nej", '<ol start="2">\n<li>Ja</li>\n</ol>\n<p>Och så:</p>\n<ol start="5">'),
        ("1. Först", "<ol>\n<li>Först</li>\n</ol>\n"),
    ],
)
def test_numbers_stay_those_that_were_written(text: str, shown: str) -> None:
    """An answer to question 2 is not shown as one to question 1, nor the fourteenth as the first."""
    assert markdown(text).startswith(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Anna\n---\nKansliet", "<p>Anna</p>\n<hr>\n<p>Kansliet</p>\n"),
        ("Med vänlig hälsning\n--\nAnna", "<p>Med vänlig hälsning<br>\n--<br>\nAnna</p>\n"),
        ("Summa\n=====", "<p>Summa<br>\n=====</p>\n"),
    ],
)
def test_an_underlined_line_is_no_heading(text: str, shown: str) -> None:
    """The named subset has headings that begin with #, and three hyphens between two texts."""
    assert markdown(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Hej\n\n" + "+ " * 13 + "\n\nViktigt <b>",
        "".join("  " * depth + "* punkt\n" for depth in range(60)) + "\nViktigt <b>",
    ],
)
def test_nothing_is_lost_in_deep_lists(text: str) -> None:
    """What is nested deeper than a list is drawn is shown as it was written, and so is all that follows."""
    shown = markdown(text)
    assert "Viktigt &lt;b&gt;" in shown
    assert shown.count("punkt") == text.count("punkt")


def test_a_very_long_text_is_shown_as_it_was_written() -> None:
    """Drawing the lists of megabytes would take minutes at each look."""
    text = "* punkt <b>\n" * (LONGEST // 10)
    shown = markdown(text)
    assert shown.startswith("<p>* punkt &lt;b&gt;<br>\n* punkt")
    assert shown.count("punkt") == text.count("punkt")
