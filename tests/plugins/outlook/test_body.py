"""A draft's plain text as a message."""

import pytest

from budkavle_outlook.body import body_of


@pytest.mark.feature("C4")
@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("Hej!\r\n\r\n\r\n\r\nVi ses.\r\n", "Hej!\n\nVi ses."),
        ("fil_namn_2 och 2*3*4", "fil\\_namn\\_2 och 2\\*3\\*4"),
        ("# 4 är numret", "\\# 4 är numret"),
        ("Ta med:\r\n•\tlegitimation\r\n*   underlaget", "Ta med:\n- legitimation\n- underlaget"),
        ("C:\\mapp", "C:\\\\mapp"),
        ("", ""),
    ],
)
def test_the_words_stay_what_they_are(text: str, body: str) -> None:
    """Nothing is taken for emphasis or a heading, and lists stay lists."""
    assert body_of(text) == body
