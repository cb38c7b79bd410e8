"""A single time of a series is moved or cancelled: what is kept, who is told, and what the others hear of it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle.testing import SampleUser
from budkavle_meetings.booking.booking import rebook
from budkavle_meetings.booking.changes import as_new
from budkavle_meetings.booking.held import people_of
from budkavle_meetings.booking.meetings import find_meeting
from budkavle_meetings.booking.participants import Booking
from budkavle_meetings.booking.times import (
    ZONE,
    ChangedTime,
    Occurrence,
    Schedule,
    may_join,
    next_time,
    occurrences,
    series_times,
)
from budkavle_meetings.pages.time_pages import time_url

ANNA = "anna.ek@exempel.example"
HOUR = timedelta(hours=1)
Browse = Callable[..., Any]


@given(st.integers(0, 9), st.integers(-600, 600), st.integers(0, 120))
def test_a_moved_time_opens_when_it_is_held_and_no_more_when_it_was(place: int, minutes: int, after: int) -> None:
    """Five minutes before the new start, to the second; the other times are as before."""
    start = datetime(2026, 3, 2, 9, tzinfo=ZONE).astimezone(UTC)
    schedule = Schedule(start, start + HOUR, "weekly", 10)  # over the change to summer time
    rule, open_after = occurrences(schedule), timedelta(minutes=after)
    was = rule[place].starts_at
    to = Occurrence(was + timedelta(minutes=minutes), was + timedelta(minutes=minutes) + HOUR)
    moved = schedule.changing(ChangedTime(was, to.starts_at, to.ends_at))
    assert may_join(moved, to.starts_at - timedelta(minutes=5), open_after) == to
    assert may_join(moved, to.starts_at - timedelta(minutes=5, seconds=1), open_after) is None
    assert may_join(moved, to.ends_at + open_after, open_after) == to
    assert may_join(moved, to.ends_at + open_after + timedelta(seconds=1), open_after) is None
    assert [*occurrences(moved)[:place], *occurrences(moved)[place + 1 :]] == [*rule[:place], *rule[place + 1 :]]
    cancelled = moved.changing(ChangedTime(was))
    assert occurrences(cancelled) == [*rule[:place], *rule[place + 1 :]]
    assert may_join(cancelled, was, open_after) is None
    assert next_time(cancelled, was, open_after) == (rule[place + 1] if place < 9 else None)
    assert cancelled.rule == schedule


@pytest.fixture
def series(meetings: Any) -> Any:
    """Four weekly times at nine o'clock, the first in a week."""
    start = datetime.now(ZONE).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=7)
    return meetings.book(schedule=Schedule(start.astimezone(UTC), start.astimezone(UTC) + HOUR, "weekly", 4))


def path_of(meeting: Any, place: int) -> str:
    return time_url(meeting, series_times(meeting.schedule)[place])


def fields(at: datetime, length: timedelta = HOUR) -> dict[str, str]:
    start, end = at.astimezone(ZONE), (at + length).astimezone(ZONE)
    return {"day": start.date().isoformat(), "start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}


@pytest.mark.feature("V2")
def test_a_single_time_is_moved(
    browse: Browse, case_worker: SampleUser, meetings: Any, series: Any, mail: Any, link: Any
) -> None:
    """The calendar gets that time alone, by when it was to be; the others stay, and page and history tell it."""
    browser, was = browse(case_worker), occurrences(series.schedule)[1]
    form = browser.get(f"{path_of(series, 1)}/change").text
    assert fields(was.starts_at)["day"] in form
    to = (was.starts_at + timedelta(days=1)).replace(second=0, microsecond=0)
    answer = browser.post(f"{path_of(series, 1)}/change", **fields(to))
    assert (answer.status_code, answer.headers["location"][-17:]) == (303, "said=time-changed")
    meetings.told()
    for address in (ANNA, case_worker.email):
        first, again = mail.to(address)
        calendar = again.calendar
        assert (calendar.uid, calendar.recurrence_id, calendar.starts_at) == (first.calendar.uid, was.starts_at, to)
        assert (calendar.method.value, calendar.sequence, calendar.recurrence) == ("REQUEST", 1, "")
        assert again.link == first.link
        assert again.subject.startswith("Ändrad tid för ett möte")
    assert "Tidigare tid:" in mail.to(ANNA)[1].text
    assert "Tidigare tid:" in [one.body for one in link.carried.values()][-1]
    meeting = meetings.do(find_meeting, series.id, by=case_worker)
    assert [time.starts_at for time in occurrences(meeting.schedule)] == [
        to if place == 1 else time.starts_at for place, time in enumerate(occurrences(series.schedule))
    ]
    page = browser.get(f"/plugin/meetings/{series.id}").text
    assert ">Ändrad<" in page
    history = browser.get(f"/c/{series.case_id}").text
    assert f"{case_worker.name} gav mötet {was.starts_at.astimezone(ZONE):%Y-%m-%d %H:%M} en ny tid" in history


@pytest.mark.feature("V2")
def test_a_single_time_is_cancelled(
    browse: Browse, case_worker: SampleUser, meetings: Any, series: Any, mail: Any
) -> None:
    """It asks first; the calendar loses that time alone; the list and the page count to the next one."""
    browser, (first, second, *_) = browse(case_worker), occurrences(series.schedule)
    assert "De andra mötena i serien ändras inte" in browser.get(f"{path_of(series, 0)}/cancel").text
    assert browser.post(f"{path_of(series, 0)}/cancel").status_code == 303
    meetings.told()
    calendar = mail.to(ANNA)[-1].calendar
    assert (calendar.method.value, calendar.recurrence_id, calendar.starts_at) == (
        "CANCEL",
        first.starts_at,
        first.starts_at,
    )
    meeting = meetings.do(find_meeting, series.id, by=case_worker)
    assert not meeting.is_cancelled
    assert occurrences(meeting.schedule)[0] == second
    assert ">Inställd<" in browser.get(f"/plugin/meetings/{series.id}").text
    listed = browser.get("/plugin/meetings").text
    assert second.starts_at.isoformat() in listed
    assert "3 gånger" in listed
    assert browser.post(f"{path_of(series, 0)}/cancel").status_code == 409


@pytest.mark.feature("V2")
def test_with_the_last_time_the_meeting_is_cancelled(
    browse: Browse, case_worker: SampleUser, meetings: Any, series: Any, mail: Any
) -> None:
    """The whole entry leaves calendars then."""
    browser = browse(case_worker)
    for place in range(4):
        if place == 3:
            assert "Det är den sista tiden som är kvar" in browser.get(f"{path_of(series, place)}/cancel").text
        assert browser.post(f"{path_of(series, place)}/cancel").status_code == 303
    meetings.told()
    assert meetings.do(find_meeting, series.id, by=case_worker).is_cancelled
    assert (mail.to(ANNA)[-1].calendar.method.value, mail.to(ANNA)[-1].calendar.recurrence_id) == ("CANCEL", None)


@pytest.mark.feature("V2")
@pytest.mark.parametrize(
    ("shift", "length", "said"),
    [
        (timedelta(days=7), HOUR, "Tiden ska ligga mellan seriens möten före och efter."),
        (timedelta(days=-7), HOUR, "Tiden ska ligga mellan seriens möten före och efter."),
        (timedelta(days=-60), HOUR, "Tiden har redan varit."),
        (timedelta(0), -timedelta(minutes=1), "Mötet ska sluta efter att det har börjat."),
    ],
)
def test_what_is_wrong_with_a_time_stands_at_its_field(
    browse: Browse,
    case_worker: SampleUser,
    meetings: Any,
    series: Any,
    shift: timedelta,
    length: timedelta,
    said: str,
) -> None:
    """Nothing is changed, and what was typed stays."""
    typed = fields(occurrences(series.schedule)[1].starts_at + shift, length)
    answer = browse(case_worker).post(f"{path_of(series, 1)}/change", **typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert typed["day"] in answer.text
    assert meetings.do(find_meeting, series.id, by=case_worker).schedule == series.schedule


@pytest.mark.feature("V2")
def test_a_time_that_is_over_or_none_is_not_changed(
    browse: Browse, case_worker: SampleUser, outsider: SampleUser, meetings: Any, series: Any
) -> None:
    """Nor one of a meeting that is held once, nor by somebody else."""
    browser = browse(case_worker)
    begun = meetings.book(starts_in=-timedelta(days=8), repeats="weekly", times=3)
    assert browser.get(f"{path_of(begun, 0)}/change").status_code == 409
    assert browser.post(f"{path_of(begun, 0)}/cancel").status_code == 409
    once = meetings.book(starts_in=timedelta(days=3))
    assert browser.get(f"{path_of(once, 0)}/change").status_code == 404
    nowhere = re.sub(r"[0-9]+$", "7", path_of(series, 0))
    for page in ("change", "cancel"):
        assert browser.get(f"{nowhere}/{page}").status_code == 404
        assert browser.post(f"{nowhere}/{page}", **fields(series.schedule.starts_at)).status_code == 404
        assert browse(outsider).get(f"{path_of(series, 0)}/{page}").status_code == 404
        assert browse(outsider).post(f"{path_of(series, 0)}/{page}").status_code in {404, 422}
    assert meetings.do(find_meeting, series.id, by=case_worker).schedule == series.schedule


@pytest.mark.feature("V2")
def test_a_changed_series_keeps_its_single_times(
    browse: Browse, case_worker: SampleUser, meetings: Any, series: Any, mail: Any
) -> None:
    """Calendars that take the series anew get them with it; a series with other times begins anew."""
    browser, times = browse(case_worker), occurrences(series.schedule)
    to = (times[1].starts_at + timedelta(days=1)).replace(second=0, microsecond=0)
    browser.post(f"{path_of(series, 1)}/change", **fields(to))
    browser.post(f"{path_of(series, 2)}/cancel")
    meeting = meetings.do(find_meeting, series.id, by=case_worker)
    people = meetings.do(people_of, meeting)
    new = as_new(meeting)
    typed = type(new)(new.mailbox_id, new.kind, "Annat ämne", "", meeting.schedule.rule, new.case_id)
    changed = meetings.do(rebook, meeting, Booking(typed, people), by=case_worker)
    assert changed.schedule == meeting.schedule
    meetings.told()
    exceptions = mail.to(ANNA)[-1].calendar.exceptions
    assert [(one.was, one.starts_at) for one in exceptions] == [(times[1].starts_at, to), (times[2].starts_at, None)]
    later = Schedule(series.schedule.starts_at + HOUR, series.schedule.ends_at + HOUR, "weekly", 4)
    moved = type(new)(new.mailbox_id, new.kind, "Annat ämne", "", later, new.case_id)
    assert meetings.do(rebook, changed, Booking(moved, people), by=case_worker).schedule == later


@pytest.mark.feature("V2")
def test_a_series_that_is_under_way_is_changed(browse: Browse, case_worker: SampleUser, meetings: Any) -> None:
    """Its first time has been; the form takes it as it is all the same."""
    start = (datetime.now(UTC) - timedelta(days=3)).replace(hour=9, minute=0, second=0, microsecond=0)
    schedule = Schedule(start, start + HOUR, "weekly", 3)
    meeting = meetings.book(schedule=schedule)
    browser = browse(case_worker)
    typed = {**fields(start), "kind": "room", "emails": ANNA, "subject": "Nytt ämne", "repeats": "weekly", "times": "3"}
    path = f"/plugin/meetings/{meeting.id}/change"
    assert browser.post(path, step="1", **typed).status_code == 200
    assert "Tiden har redan varit" in browser.post(path, step="1", **{**typed, "times": "2"}).text


def night_of_the_change() -> date:
    """The Sunday in March when the clocks go forward next."""
    today = datetime.now(ZONE).date()
    ends = (date(year, 3, 31) for year in (today.year, today.year + 1))
    nights = [end - timedelta(days=end.isoweekday() % 7) for end in ends]
    return next(night for night in nights if night > today + timedelta(days=8))


@pytest.mark.feature("V2")
def test_a_time_in_the_hour_that_is_skipped_is_changed(
    browse: Browse, case_worker: SampleUser, meetings: Any, mail: Any
) -> None:
    """Half past two is held at half past three that night; calendars find it by that, and no time lies in the gap."""
    night = night_of_the_change()
    start = datetime.combine(night - timedelta(days=7), time(2, 30), ZONE).astimezone(UTC)
    series = meetings.book(schedule=Schedule(start, start + HOUR, "weekly", 3))
    browser, skipped = browse(case_worker), occurrences(series.schedule)[1]
    assert skipped.starts_at == start + timedelta(days=7)  # an hour later by the clock on the wall
    path = f"{path_of(series, 1)}/change"
    assert 'value="03:30"' in browser.get(path).text
    day = night.isoformat()
    for first, last in (("02:30", "03:30"), ("01:00", "02:30")):
        refused = browser.post(path, day=day, start=first, end=last)
        assert (refused.status_code, "klockan ställs fram" in refused.text) == (422, True)
    assert browser.post(path, day=day, start="04:00", end="05:00").status_code == 303
    meetings.told()
    calendar = mail.to(ANNA)[-1].calendar
    assert (calendar.recurrence_id, calendar.starts_at) == (skipped.starts_at, start + timedelta(days=7, minutes=30))
    times = occurrences(meetings.do(find_meeting, series.id, by=case_worker).schedule)
    assert [one.starts_at.astimezone(ZONE).time() for one in times] == [time(2, 30), time(4), time(2, 30)]
    assert browser.post(f"{path_of(series, 1)}/cancel").status_code == 303
    meetings.told()
    calendar = mail.to(ANNA)[-1].calendar
    assert (calendar.method.value, calendar.recurrence_id) == ("CANCEL", skipped.starts_at)
