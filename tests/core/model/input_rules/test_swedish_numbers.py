"""Personnummer and samordningsnummer as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle.model.input_rules.swedish_numbers import personal_number, spaced_number

TRUE = {
    "811218-9876": "198112189876",
    "19811218-9876": "198112189876",
    "198112189876": "198112189876",
    " 19811218 9876 ": "198112189876",
    "811218+9876": "188112189876",
    "701063-2391": "197010632391",
    "19701063-2391": "197010632391",
    "000229-1235": "200002291235",
}
FALSE = (
    *("", "811218-9875", "19811318-9876", "19810230-9871", "1981121898765", "abc", "19811218-9876\n1"),
    *("٨١١٢١٨-٩٨٧٦", "811218--9876", "20991218-9876"),
)


@pytest.mark.feature("B5", "A10")
@pytest.mark.parametrize(("typed", "twelve"), TRUE.items())
def test_true_numbers_become_twelve_digits(typed: str, twelve: str) -> None:
    """In every form that people write."""
    assert personal_number(typed) == twelve


@pytest.mark.feature("B5", "A10")
@pytest.mark.parametrize("typed", FALSE)
def test_false_numbers_are_none(typed: str) -> None:
    """A wrong check digit, an impossible date, a day that has not come, or something else altogether."""
    assert personal_number(typed) == ""


@given(st.text())
def test_any_text_can_be_asked_about(text: str) -> None:
    """What comes out is nothing or twelve digits."""
    found = personal_number(text)
    assert found == "" or (found.isascii() and found.isdecimal() and len(found) == 12)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+46109002002", "+46 10 900 20 02"),
        ("0700000001", "+46 70 000 00 01"),
        ("08-123 45 67", "+46 8 123 45 67"),
        ("+4791234567", "+4791234567"),
        ("Växel 1", "Växel 1"),
        ("", ""),
    ],
)
def test_a_telephone_number_is_shown_in_groups(text: str, shown: str) -> None:
    """As people read it, wherever it stands; what is no Swedish number stays as it is."""
    assert spaced_number(text) == shown
