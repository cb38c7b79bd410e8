"""Fax numbers in every form that people and exchanges write them."""

import pytest

from budkavle import Invalid
from budkavle_fax.numbers.formats import called, dialled, e164, numbers_in, shown


@pytest.mark.feature("T4")
@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("08-123 456 78", "+46812345678"),
        ("+46 (0)8 123 45 67", "+4681234567"),
        ("0046101234567", "+46101234567"),
        ("010/123.45.67", "+46101234567"),
        ("+460101234567", "+46101234567"),
        ("+49 30 1234567", "+49301234567"),
        ("0049301234567", "+49301234567"),
    ],
)
def test_a_number_is_understood_as_people_write_it(typed: str, number: str) -> None:
    """Separators, a zero in brackets, with or without country."""
    assert e164(typed) == number


@pytest.mark.parametrize("typed", ["", "fax", "09-1", "+4", "070a", "+46899945678901234", "99"])
def test_what_is_no_number_is_refused_in_words_without_it(typed: str) -> None:
    """The sentence says how to write it and does not repeat what was typed."""
    with pytest.raises(Invalid) as caught:
        e164(typed)
    assert "Skriv det som" in str(caught.value)
    assert len(typed) < 4 or typed not in str(caught.value)


@pytest.mark.feature("T4")
def test_several_numbers_stand_apart_by_commas_or_lines() -> None:
    """Each is found once, in order, and words are left out."""
    assert numbers_in("08-123 45 67, 010-765 43 21\n+4681234567; Söder") == ["+4681234567", "+46107654321"]


@pytest.mark.parametrize(
    ("heard", "prefix", "number"),
    [
        ("0107654321", "", "+46107654321"),
        ("107654321", "", "+46107654321"),
        ("46107654321", "", "+46107654321"),
        ("463599999", "", "+46463599999"),
        ("+46107654321", "", "+46107654321"),
        ("4321", "+4610765", "+46107654321"),
        ("4321", "", ""),
        ("", "", ""),
    ],
)
def test_a_called_number_is_known_however_the_exchange_says_it(heard: str, prefix: str, number: str) -> None:
    """In full, without its zero, with its country, or only its last digits; too few digits are no number."""
    assert called(heard, prefix) == number


def test_a_line_dials_as_the_settings_say() -> None:
    """National with a leading zero or as it is, after what reaches the outside line."""
    assert dialled("+4681234567", national=True) == "081234567"
    assert dialled("+49301234567", national=True, prefix="0,") == "0,0049301234567"
    assert dialled("+4681234567", national=False) == "+4681234567"


def test_a_number_is_shown_in_groups() -> None:
    """As people read it; a foreign one as it is."""
    assert shown("+4681234567") == "+46 8 123 45 67"
    assert shown("+46101234567") == "+46 10 123 45 67"
    assert shown("+49301234567") == "+49301234567"
