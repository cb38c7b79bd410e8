import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle_adviser import detection
from budkavle_adviser.standard_word_list import STANDARD

NUMBERS = ["198112189876", "19811218-9876", "811218-9876", "8112189876", "811218 9876", "19701063-2391", "701063-2391"]
NUMBERS += ["811218\u00a09876", "811218\u20119876", "811218–9876", "811218 – 9876", "-811218-9876", "–811218-9876"]


@pytest.mark.feature("Z5")
@pytest.mark.parametrize("number", NUMBERS)
def test_a_valid_number_is_found_as_people_write_it(number: str) -> None:
    """Ten or twelve digits, with and without hyphen or space, as a word processor sets them, and in a list."""
    assert detection.has_personal_number(f"Det gäller {number}, som ringde.")


@pytest.mark.feature("Z5")
@pytest.mark.parametrize(
    "text",
    [
        "Diarienummer 2026-0451 och telefon 070-123 45 67",
        "811218-9875",  # the check digit is wrong
        "19811318-9876",  # there is no thirteenth month
        "serie 1-811218-9876",
        "plusgiro 8112189876123 har fler siffror",
        "",
    ],
)
def test_other_numbers_are_let_alone(text: str) -> None:
    """A warning that comes too often is read by nobody."""
    assert not detection.has_personal_number(text)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """No text makes it fail."""
    detection.has_personal_number(text)
    detection.words_found(text, STANDARD)


@pytest.mark.feature("Z5")
def test_words_are_found_whatever_their_case_and_ending() -> None:
    """`*` stands for any ending; without it the word must be the whole word."""
    wanted = ["diagnos*", "hot", "lvu"]
    assert detection.words_found("Diagnosen kom efter ett HOT.", wanted) == ["diagnos*", "hot"]
    assert detection.words_found("Hotellet bokas.", wanted) == []


def test_a_list_is_tidied() -> None:
    """Doubles, empty lines and capitals go; what is no word is named."""
    assert detection.tidy(["Remiss ", "", "remiss", " journal*"]) == ["journal*", "remiss"]
    assert list(detection.wrong_entries(["journal*", "två ord", "a*", "*"])) == ["två ord", "a*", "*"]
    assert list(detection.wrong_entries(STANDARD)) == []
