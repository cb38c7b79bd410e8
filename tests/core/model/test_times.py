"""Times in sentences are written in the reader's language, wherever the sentence is filled in."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from budkavle import i18n
from budkavle.model.errors import Conflict
from budkavle.model.times import ZONE, clock, fill, minute, moment, read_clock, read_day
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


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2026-02-28", date(2026, 2, 28)),
        ("2026-02-30", None),
        ("20260228", None),
        ("2026-W09-6", None),
        ("2026-2-28", None),
        ("2026-02-28T10:00", None),
        ("２０２６-02-28", None),
        ("0000-01-01", None),
        ("0001-01-01", None),
        ("9999-12-31", None),
        ("99999-01-01", None),
        ("", None),
    ],
)
def test_a_day_is_read_in_one_way(typed: str, read: date | None) -> None:
    """Nothing is guessed; the day after one that is read exists, and so does its midnight in every zone."""
    assert read_day(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("19:00", time(19)),
        ("7.05", time(7, 5)),
        ("19:00:00", time(19)),
        ("19", None),
        ("19:00+02:00", None),
        ("19:00:30", None),
        ("24:00", None),
        ("19:60", None),
        ("٠٧:00", None),
        ("", None),
    ],
)
def test_a_time_of_day_is_read_to_the_minute(typed: str, read: time | None) -> None:
    """A browser's field may add no seconds; another zone than ours has no time of day here."""
    assert read_clock(typed) == read
