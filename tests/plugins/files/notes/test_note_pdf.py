"""A note as PDF."""

from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest

from budkavle_files.notes.note_pdf import PrintedNote, blocks, note_pdf

NOTE = PrintedNote(
    "Hembesök 3 november",
    "# Närvarande\n\nAnna **Lind** och *Bo*\nmed barn\n\n- ett\n  1. djupt\n- två\n\n---\n\n#set page(1mm) 👋 <b>\n",
    "Skriven av Anna Lind",
    datetime(2026, 11, 3, 12, tzinfo=UTC),
    "Björkviks kommun",
    "sv",
)


@pytest.mark.feature("D16")
def test_a_note_becomes_an_accessible_pdf() -> None:
    """It has the note's name, language and tags, and the same note gives the same bytes."""
    made = note_pdf(NOTE)
    assert made == note_pdf(NOTE)
    with pikepdf.open(BytesIO(made)) as pdf:
        assert str(pdf.docinfo.Title) == "Hembesök 3 november"
        assert str(pdf.Root.Lang) == "sv"
        assert pdf.Root.MarkInfo.Marked


def test_markup_of_the_typesetter_is_text() -> None:
    """What somebody writes is data: nothing in it is a command of the typesetter."""
    (*_, last) = blocks(NOTE.text)
    assert last == {
        "kind": "paragraph",
        "spans": [{"kind": "text", "text": "#set page(1mm) 👋 <b>", "marks": []}],
    }


def test_lists_lie_in_lists() -> None:
    """Lists keep their depth and their numbers."""
    (bullets,) = blocks("- ett\n  1. djupt\n- två")
    assert bullets["kind"] == "bullets"
    assert [part["kind"] for part in bullets["items"][0]] == ["paragraph", "numbers"]
    (numbers,) = blocks("3. tre\n4. fyra")
    assert (numbers["start"], len(numbers["items"])) == (3, 2)


def test_emphasis_and_breaks() -> None:
    """Words keep their emphasis, one within the other, and lines their ends."""
    (paragraph,) = blocks("vanlig ***båda***\n**fet**")
    assert [(span["text"], span["kind"], span["marks"]) for span in paragraph["spans"]] == [
        ("vanlig ", "text", []),
        ("båda", "text", ["em", "strong"]),
        ("", "break", []),
        ("fet", "text", ["strong"]),
    ]
