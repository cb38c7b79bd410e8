"""When a person is told: at once, each hour, each morning, and never in quiet hours."""

from datetime import datetime, time

import pytest

from budkavle.cases.member_news.paces import QuietHours, due
from budkavle.model.notices import Pace
from budkavle.model.times import ZONE

NIGHT = QuietHours(time(19), time(7, 30))
LUNCH = QuietHours(time(12), time(13))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.feature("E24")
@pytest.mark.parametrize(
    ("pace", "quiet", "came", "told"),
    [
        (Pace.AT_ONCE, None, "2026-11-27 23:14", "2026-11-27 23:14"),
        (Pace.AT_ONCE, NIGHT, "2026-11-27 18:59", "2026-11-27 18:59"),
        (Pace.AT_ONCE, NIGHT, "2026-11-27 19:00", "2026-11-28 07:30"),
        (Pace.AT_ONCE, NIGHT, "2026-11-28 02:00", "2026-11-28 07:30"),
        (Pace.AT_ONCE, NIGHT, "2026-11-28 07:30", "2026-11-28 07:30"),
        (Pace.AT_ONCE, LUNCH, "2026-11-27 12:10", "2026-11-27 13:00"),
        (Pace.AT_ONCE, LUNCH, "2026-11-27 11:59", "2026-11-27 11:59"),
        (Pace.HOURLY, None, "2026-11-27 10:05", "2026-11-27 11:00"),
        (Pace.HOURLY, None, "2026-11-27 23:05", "2026-11-28 00:00"),
        (Pace.HOURLY, NIGHT, "2026-11-27 18:30", "2026-11-28 07:30"),
        (Pace.MORNING, None, "2026-11-27 06:59", "2026-11-27 07:00"),
        (Pace.MORNING, None, "2026-11-27 07:00", "2026-11-28 07:00"),
        (Pace.MORNING, NIGHT, "2026-11-27 12:00", "2026-11-28 07:30"),
        # The clocks go back on 25 October: the morning is still at seven.
        (Pace.MORNING, None, "2026-10-24 12:00", "2026-10-25 07:00"),
    ],
)
def test_what_has_come_is_told_at_that_time(pace: Pace, quiet: QuietHours | None, came: str, told: str) -> None:
    """In Swedish time."""
    assert due(pace, quiet, at(came)) == at(told)


def test_who_wants_nothing_is_never_told() -> None:
    """Whatever the hour."""
    assert due(Pace.OFF, None, at("2026-11-27 10:00")) is None


@pytest.mark.parametrize("stored", [None, {}, {"begin": "25:00", "end": "07:00"}, {"begin": "19:00"}, "19-07"])
def test_what_was_stored_wrongly_are_no_quiet_hours(stored: object) -> None:
    """Nobody is told too little because of it."""
    assert QuietHours.from_stored(stored) is None
    assert QuietHours.from_stored(NIGHT.to_stored()) == NIGHT
