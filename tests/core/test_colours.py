"""An organisation's own colour is read by everybody, in the light and in the dark."""

import pytest

from budkavle.colours import DARK_PANE, LEAST_CONTRAST, PAPER, contrast, for_dark, for_light, read_colour


@pytest.mark.feature("E31")
@pytest.mark.parametrize("colour", ["0b5566", "ffcc00", "c8102e", "ffffff", "000000", "00ff00", "808080"])
def test_words_in_the_colour_are_read(colour: str) -> None:
    """On our paper and on what is dark, and white words on the first."""
    assert contrast(for_light(colour), PAPER) >= LEAST_CONTRAST
    assert contrast(for_light(colour), "ffffff") >= LEAST_CONTRAST
    assert contrast(for_dark(colour), DARK_PANE) >= LEAST_CONTRAST
    assert LEAST_CONTRAST >= 4.5, "what WCAG 1.4.3 asks for"


@pytest.mark.feature("E31")
def test_a_colour_that_is_read_stays() -> None:
    """Only what cannot be read is moved, and no further than needed."""
    assert for_light("0b5566") == "0b5566"
    assert for_dark("7accdc") == "7accdc"
    assert contrast(for_light("ffcc00"), PAPER) < LEAST_CONTRAST + 0.3


def test_contrast_is_as_wcag_says() -> None:
    """Black on white is 21, and the order is no matter."""
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("767676", "ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("ffffff", "767676") == contrast("767676", "ffffff")


@pytest.mark.parametrize(
    ("text", "colour"), [(" #0B5566 ", "0b5566"), ("0b5566", "0b5566"), ("#fff", ""), ("", ""), ("#0b55661", "")]
)
def test_a_colour_is_read_as_people_write_it(text: str, colour: str) -> None:
    """With or without the sign, in large letters or small."""
    assert read_colour(text) == colour
