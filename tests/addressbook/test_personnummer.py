from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle_addressbook.personnummer import check_digit, normal

TODAY = date(2026, 11, 24)


@pytest.mark.feature("B5")
@pytest.mark.parametrize(
    ("typed", "twelve"),
    [
        ("811218-9876", "198112189876"),
        ("19811218-9876", "198112189876"),
        ("198112189876", "198112189876"),
        (" 19811218 9876 ", "198112189876"),
        ("811218+9876", "188112189876"),
        ("701063-2391", "197010632391"),
        ("19701063-2391", "197010632391"),
        ("000229-1235", "200002291235"),
    ],
)
def test_true_numbers_become_twelve_digits(typed: str, twelve: str) -> None:
    """Personnummer and samordningsnummer in every form that people write."""
    assert normal(typed, TODAY) == twelve


@pytest.mark.feature("B5")
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "811218-9875",
        "19811318-9876",
        "19810230-9871",
        "1981121898765",
        "abc",
        "19811218-9876\n1",
        "٨١١٢١٨-٩٨٧٦",
        "811218--9876",
        "20991218-9876",
    ],
)
def test_false_numbers_are_none(typed: str) -> None:
    """A wrong check digit, an impossible date, a day that has not come, or something else altogether."""
    assert normal(typed, TODAY) is None


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.booleans())
def test_every_number_keeps_its_value(born: date, serial: int, coordination: bool) -> None:
    """Twelve digits come out as they went in, and any other check digit is refused."""
    day = born.day + (60 if coordination else 0)
    nine = f"{born:%y%m}{day:02}{serial:03}"
    good = check_digit(nine)
    number = f"{born:%Y%m}{day:02}{serial:03}"
    assert normal(f"{number}{good}", TODAY) == f"{number}{good}"
    assert all(normal(f"{number}{other}", TODAY) is None for other in range(10) if other != good)


@given(st.text(max_size=20))
def test_anything_is_judged(text: str) -> None:
    """No input raises, and what comes out comes out again."""
    found = normal(text, TODAY)
    assert found is None or normal(found, TODAY) == found
