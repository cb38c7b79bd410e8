"""Words as the index of searches has them."""

import sys
from collections.abc import Callable
from functools import partial

import pytest

from budkavle.cases.finding.words import (
    LONGEST_BEGINNING,
    STOP_WORDS,
    Place,
    Term,
    fold,
    holds_all,
    marked,
    split,
    stem,
    terms,
    tokens,
)


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
    assert set(tokens("Kallelse", Place.SUBJECT)) >= {"find-b/kal", "find-b/kalle", "find-b/kallels", "find-b/kallelse"}
    assert not {one for one in tokens("Kallelse", Place.SUBJECT) if one in {"find-b/ka", "find-b/k"}}
    assert set(tokens("och kallelse till", Place.TEXT)) == {f"find-w/{stem('kallelse')}"}


WORDS = (
    *("ks", "alm", "ek", "ekan", "anna", "annas", "kommun", "kommunen", "kallelse", "kallelserna", "ungdomspsykiatrin"),
    *("2026-0002", "2026/817", "810513-9879", "anna.ek@habo.se", "åsa", "åäöåäö", "naturvårdsavdelningen", "δοκιμή"),
    *("annaδοκιμή", "x" * 19, "x" * 20, "y" * 21, "z" * 22, "v" * 23 + "en", "barn-och-ungdomsnämnden", "a1_b2_c3_d4"),
)


@pytest.mark.feature("E25")
def test_every_beginning_finds_its_words_and_no_other() -> None:
    """Of each length from three letters, whatever letters follow, though only each second one is kept."""
    looked_for = {word[:length] + more for word in WORDS for length in range(2, len(word) + 1) for more in ("", "q")}
    for searched in sorted(looked_for - STOP_WORDS):
        term = Term(fold(searched), stem(fold(searched)))
        if len(term.word) > LONGEST_BEGINNING and term.word not in WORDS:
            continue  # longer beginnings have never been kept
        wanted = {*term.tokens, *term.longer_tokens}
        for text in WORDS:
            is_there = any(term.is_in(word, Place.NAME) for word in split(text))
            assert is_there == (not wanted.isdisjoint(tokens(text, Place.NAME))), (searched, text)


def test_of_a_name_less_than_two_thirds_are_kept() -> None:
    """Each row of the index is written in three places; beginnings of all lengths were 101 rows for such a case."""
    names = (
        "Socialtjänsten, mottagning barn och unga; Björkviks kommun; Barn- och ungdomspsykiatrin; 2026-0002; Begäran"
    )
    kept = set(tokens(names, Place.NAME))
    words = {word for word in split(names) if len(word) > 1 and word not in STOP_WORDS}
    all_lengths = {word[:length] for word in words for length in range(3, min(len(word), LONGEST_BEGINNING) + 1)}
    assert len(kept) < 0.65 * len(all_lengths | {f"w/{stem(word)}" for word in words})


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
