import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle_addressbook.name_search import fold, haystack, matches, sort_key, words

texts = st.text(max_size=40)


@pytest.mark.feature("AB2")
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("SOCIAL", "Socialtjänst"),
        ("hälsa", "Hälsa & vård"),
        ("idé cafe", "Café Idé"),
        ("psykiatri", "Barnpsykiatrin"),
        ("vård uppsala", "Region Uppsala Vård"),
        ("digg.se", "sdk:inkorg:0203:digg.se"),
        ("ha\u0308lsa", "Hälsa"),
    ],
)
def test_words_find_names(typed: str, found: str) -> None:
    """Case, accents, order and joined words are no hindrance."""
    assert matches(words(typed), haystack(found))


@pytest.mark.feature("AB2")
@pytest.mark.parametrize(
    ("typed", "other"), [("vard", "Vård"), ("halsa", "Hälsa"), ("mal", "Möl"), ("vård bil", "Vård")]
)
def test_words_pass_over_others(typed: str, other: str) -> None:
    """å, ä and ö are letters of their own, and every word must be there."""
    assert not matches(words(typed), haystack(other))


def test_sorting_is_swedish() -> None:
    """å, ä, ö come after z, in that order."""
    names = ["Ö", "Å", "Ä", "z", "a", "É", "f"]
    assert sorted(names, key=sort_key) == ["a", "É", "f", "z", "Å", "Ä", "Ö"]


@given(texts)
def test_folding_twice_is_folding_once(text: str) -> None:
    """A folded text stays as it is."""
    assert fold(fold(text)) == fold(text)


@given(texts, texts)
def test_what_is_there_is_found(text: str, more: str) -> None:
    """Every word of a text finds the text, whatever stands around it, in any case."""
    assert matches(words(text), haystack(more, text))
    assert matches(list(reversed(words(text))), haystack(text, more))


@given(texts)
def test_words_hold_only_letters_and_digits(text: str) -> None:
    """No word carries a space, a sign or a NUL that a query or a column could trip over."""
    assert all(word.isalnum() for word in words(text))


@given(st.text(alphabet=string.ascii_letters + "åäöÅÄÖ", min_size=1, max_size=20))
def test_case_never_matters(text: str) -> None:
    """Upper and lower case give the same words."""
    assert words(text.upper()) == words(text.lower())
