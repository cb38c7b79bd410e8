"""What a reader sees of a text in Markdown: everything that was written, and the numbers that were written."""

import pytest

from budkavle.web.views.markdown import LONGEST, REST, markdown


@pytest.mark.feature("SD12")
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


def test_the_end_of_a_very_long_text_is_shown_as_it_was_written() -> None:
    """Drawing the lists of megabytes would take minutes at each look; between two lines is where it ends."""
    text = "* punkt <b>\n" * (LONGEST // 10)
    shown = markdown(text, str.upper)
    assert shown.startswith("<ul>\n<li>punkt &lt;b&gt;</li>")
    drawn, note, rest = shown.partition(f'<p class="hint">{REST.upper()}</p>')
    assert note
    assert rest.startswith("\n<p>* punkt &lt;b&gt;<br>\n* punkt")
    assert drawn.count("punkt") * 12 <= LONGEST
    assert shown.count("punkt") == text.count("punkt")


@pytest.mark.parametrize("text", ["q" * LONGEST * 3, "\n" + "q" * LONGEST * 2, "å\n" * LONGEST])
def test_nothing_of_a_long_text_is_lost(text: str) -> None:
    """Neither where it has no lines, nor where it ends."""
    shown = markdown(text)
    assert shown.count("q") == text.count("q")
    assert shown.count("å") == text.count("å") + REST.count("å")
