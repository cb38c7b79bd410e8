"""Times in sentences are written in the reader's language, wherever the sentence is filled in."""

from datetime import UTC, datetime, timedelta

import pytest

from budkavle import i18n
from budkavle.model.errors import Conflict
from budkavle.model.times import ZONE, clock, fill, minute, moment
from budkavle.plugins.protocols.adviser import Advice

THEN = datetime(2025, 12, 31, 23, 4, 5, tzinfo=UTC)
"""In Sweden it is the new year already."""


@pytest.mark.parametrize(
    ("language", "written", "whole"),
    [("sv", "2026-01-01 00.04", "1 januari 2026 00.04.05"), ("en", "2026-01-01 00:04", "1 January 2026 00:04:05")],
)
def test_a_time_is_written_in_the_language_of_its_sentence(language: str, written: str, whole: str) -> None:
    """With its date where it was not today."""
    assert fill("{at}", {"at": THEN}, language) == written
    assert moment(THEN, language) == whole
    assert minute(THEN, language) == whole[:-3]


def test_of_today_the_clock_is_enough() -> None:
    """As people say it."""
    noon = datetime.now(ZONE)
    assert fill("{at}", {"at": noon}) == clock(noon, "sv") == f"{noon:%H.%M}"
    assert fill("{at}", {"at": noon - timedelta(days=1)}) != clock(noon, "sv")


def test_an_error_says_its_time_to_each_in_their_language() -> None:
    """The core makes the error and knows no language; whoever shows it does."""
    error = Conflict("{holder} tog ärendet {at}.", holder="Bo Ek", at=THEN)
    assert str(error) == "Bo Ek tog ärendet 2026-01-01 00.04."
    english = i18n.say(error, i18n.translations("en"))
    assert english.startswith("Bo Ek")
    assert english.endswith("2026-01-01 00:04.")
    assert i18n.say(error, i18n.translations("sv")) == str(error)


def test_a_sentence_without_facts_keeps_its_braces() -> None:
    """They are somebody's own."""
    assert fill("{kvar}", {}) == "{kvar}"
    assert str(Advice("body", "Den {at}.", facts={"at": THEN})) == "Den 2026-01-01 00.04."
