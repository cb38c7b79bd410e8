"""Words as the index of searches has them."""

import sys
from collections.abc import Callable
from functools import partial

import pytest

from budkavle.cases.finding.words import Place, Term, fold, holds_all, marked, split, stem, terms, tokens


@pytest.mark.feature("E25")
def test_letters_are_folded_as_swedes_write_them() -> None:
    """Accents go, å, ä and ö stay, and Danish, German and split letters become the Swedish ones."""
    assert fold("ÉVA Müller Sørensen STRASSE Straße") == "eva muller sörensen strasse strasse"
    assert fold("A\N{COMBINING RING ABOVE}sa ÅSA asa") == "åsa åsa asa"


@pytest.mark.feature("E25")
def test_a_word_is_found_in_all_its_forms() -> None:
    """Kallelse, kallelsen and kallelserna are one word; numbers and addresses have no endings."""
    assert stem("kallelsen") == stem("kallelserna") == stem("kallelse")
    assert stem("2026") == "2026"
    assert set(split("KS 2026/12, 810513-9879")) >= {"ks", "2026/12", "2026", "12", "8105139879"}


@pytest.mark.feature("E25")
def test_beginnings_are_kept_of_subjects_and_names_alone() -> None:
    """From three letters; of a text the words, and of what stands everywhere nothing."""
    assert set(tokens("Kallelse", Place.SUBJECT)) >= {"find-b/kal", "find-b/kallels", "find-b/kallelse"}
    assert not {one for one in tokens("Kallelse", Place.SUBJECT) if one in {"find-b/ka", "find-b/k"}}
    assert set(tokens("och kallelse till", Place.TEXT)) == {f"find-w/{stem('kallelse')}"}


def test_words_that_stand_everywhere_are_not_looked_for() -> None:
    """Nor the same word twice, nor more than a few."""
    assert terms("till och från") == []
    assert terms("SIP sip till möte") == [Term("sip", "sip"), Term("möte", "möt")]
    assert len(terms(" ".join(f"ord{number}" for number in range(50)))) == 6


def test_what_is_looked_for_is_marked_where_it_stands() -> None:
    """By its form in a text, by its beginning too in a subject."""
    looked_for = terms("kall möte")
    assert [word for word, is_one in marked(looked_for, "Kallinge, mötet", Place.SUBJECT) if is_one] == [
        "Kallinge",
        "mötet",
    ]
    assert [word for word, is_one in marked(looked_for, "Kallinge, mötet", Place.TEXT) if is_one] == ["mötet"]
    assert "".join(word for word, _ in marked(looked_for, "Ett <b> möte.", Place.TEXT)) == "Ett <b> möte."
    assert holds_all(looked_for, "Möten med Kallinge", Place.NAME)


def test_a_long_text_costs_by_its_different_words() -> None:
    """Nothing is called for each letter, nor for each place where the same word stands again."""
    sentence = "Vi har tagit emot er begäran och återkommer med de handlingar som ni frågar efter. "
    assert calls_of(lambda: fold(sentence * 100)) == calls_of(lambda: fold(sentence))
    short, long = (calls_of(partial(kept, text)) for text in (sentence, sentence * 100))
    assert 10 < short == long < 200


def kept(text: str) -> set[str]:
    return set(tokens(text, Place.TEXT))


def calls_of(function: Callable[[], object]) -> int:
    """Count the functions that are called, Python's own included."""
    count = 0

    def note(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    function()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count
