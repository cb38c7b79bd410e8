"""PDF files: texts are data, a character without a glyph is named, and the same values give the same bytes."""

import io
from datetime import UTC, datetime

import pikepdf
import pytest

from budkavle.operations import typeset_pdf

AT = datetime(2026, 3, 1, tzinfo=UTC)
TEMPLATE = b"""#let given = json(bytes(sys.inputs.values))
#set document(title: given.title, date: datetime(year: 2026, month: 3, day: 1))
#set text(lang: "sv")
= #given.title
#for line in given.lines { par(line) }
"""


def made(*lines: str) -> bytes:
    return typeset_pdf(TEMPLATE, {"title": "Prov", "lines": lines}, AT)


def test_the_same_values_give_the_same_bytes() -> None:
    """A PDF that can be opened, tagged, in its language."""
    content = made("Hej")
    assert content == made("Hej")
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert str(pdf.Root.Lang) == "sv"
        assert pdf.Root.MarkInfo.Marked


@pytest.mark.parametrize(
    "text",
    [
        "👋",
        "你好",
        "\x01\x00",
        "\ufeffx",
        "\ue000",
        "𐐨",
        "\ud800",
        "#import $x$ *b* \\",
        "a\u0301",
        "☃\ufe0f",
        "Sámi ʼ",
    ],
)
def test_no_text_stops_it(text: str) -> None:
    """Emoji, Chinese, control characters, private use, half a character, and typst's own signs."""
    assert made(text).startswith(b"%PDF")


def test_a_wrong_template_says_what_is_wrong() -> None:
    """And is no endless search for glyphs."""
    with pytest.raises(ValueError, match="unknown variable"):
        typeset_pdf(b"#nothing", {}, AT)
