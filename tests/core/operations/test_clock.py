"""Whether the database's clock is believed: it jumps, hosts are started, and nobody watches for a while."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from budkavle.operations.clock import LONGEST, TOLERANCE, Clock, Uptime, judge

START = datetime(2026, 11, 27, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def look(clocks: list[Clock], now: datetime, uptime: timedelta, boot: str = "first") -> list[Clock]:
    clock = judge(clocks, now, Uptime(boot, uptime))
    return [*(other for other in clocks if other.boot != boot), clock]


def test_a_clock_that_runs_evenly_is_believed() -> None:
    """From the first look, over restarts of the worker, and however long nobody has looked while the host was up."""
    clocks: list[Clock] = []
    for passed in (0 * HOUR, MINUTE, HOUR, 40 * DAY):
        clocks = look(clocks, START + passed, HOUR + passed)
        assert not clocks[0].is_doubted


def test_a_jump_ahead_is_doubted_until_it_has_stood_for_as_long() -> None:
    """And no longer than a week."""
    for jump, doubted in ((3 * HOUR, 3 * HOUR), (60 * DAY, LONGEST)):
        clocks = look([], START, HOUR)
        for passed in (MINUTE, HOUR, doubted):
            clocks = look(clocks, START + passed + jump, HOUR + passed)
            assert clocks[0].is_doubted
        clocks = look(clocks, START + doubted + MINUTE + jump, HOUR + doubted + MINUTE)
        assert not clocks[0].is_doubted


def test_a_clock_that_is_set_right_is_believed_at_once() -> None:
    """It goes back, and time goes on from there."""
    clocks = look([], START, HOUR)
    clocks = look(clocks, START + 60 * DAY, HOUR + MINUTE)
    assert clocks[0].is_doubted
    clocks = look(clocks, START + 2 * MINUTE, HOUR + 2 * MINUTE)
    assert not clocks[0].is_doubted


def test_a_second_jump_begins_the_doubt_anew() -> None:
    """What has stood is the clock as it is now."""
    clocks = look(look([], START, HOUR), START + 2 * DAY, HOUR + MINUTE)
    clocks = look(clocks, START + 20 * DAY, HOUR + 2 * DAY)
    clocks = look(clocks, START + 20 * DAY + HOUR, HOUR + 2 * DAY + HOUR)
    assert clocks[0].is_doubted


def test_a_host_that_was_started_waits_as_long_as_nobody_watched() -> None:
    """Unless another host has watched meanwhile."""
    clocks = look([], START, HOUR)
    later = START + 3 * HOUR
    alone = look(clocks, later, MINUTE, "second")
    assert alone[1].is_doubted
    assert not look(alone, later + 3 * HOUR + MINUTE, 3 * HOUR + 2 * MINUTE, "second")[1].is_doubted
    clocks = look(clocks, later, 4 * HOUR)
    assert not look(clocks, later + MINUTE, MINUTE, "second")[1].is_doubted


def test_what_was_believed_never_goes_back() -> None:
    """So that a message that comes while the clock has gone back does not count as older than it is."""
    clocks = look(look([], START, HOUR), START - 40 * DAY, HOUR + MINUTE)
    assert clocks[0].believed_at == START


class Hosts(RuleBasedStateMachine):
    """Two hosts that are started, look, and rest, beside a clock that is set; an hour passes now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.true = START
        self.jump = timedelta(0)
        self.since_jump = timedelta(0)
        self.started = {"a": START - HOUR, "b": START - HOUR}
        self.boots = {"a": "a0", "b": "b0"}
        self.clocks: list[Clock] = look([], START, HOUR, "a0")

    @rule(minutes=st.integers(1, 5_000))
    def time_passes(self, minutes: int) -> None:
        """For up to some days."""
        self.true += minutes * MINUTE
        self.since_jump += minutes * MINUTE

    @rule(days=st.integers(-90, 90))
    def the_clock_is_set(self, days: int) -> None:
        """Ahead of the true time, or behind it."""
        self.jump, self.since_jump = days * DAY, timedelta(0)

    @rule(host=st.sampled_from(["a", "b"]))
    def a_host_is_started(self, host: str) -> None:
        """Its own clock begins anew."""
        self.started[host] = self.true
        self.boots[host] = f"{host}{int(self.boots[host][1:]) + 1}"

    @rule(host=st.sampled_from(["a", "b"]))
    def a_host_looks(self, host: str) -> None:
        """A clock that is ahead is believed only when it has stood like that for long enough."""
        uptime = Uptime(self.boots[host], self.true - self.started[host])
        clock = judge(self.clocks, self.true + self.jump, uptime)
        self.clocks = [*(other for other in self.clocks if other.boot != clock.boot), clock]
        if not clock.is_doubted and self.jump > TOLERANCE:
            # Believed all the same: then it has stood like that for as long as it is ahead, or for a week.
            assert self.since_jump >= min(self.jump, LONGEST) - TOLERANCE or self.was_believed >= self.true - TOLERANCE
        self.was_believed = max(other.believed_at for other in self.clocks)

    was_believed = START

    @invariant()
    def what_was_believed_stays(self) -> None:
        """It never goes back."""
        assert max(clock.believed_at for clock in self.clocks) >= self.was_believed


TestHosts = Hosts.TestCase
TestHosts.settings = settings(max_examples=200, stateful_step_count=25)


@pytest.mark.parametrize("boot", [True, False])
def test_a_host_can_be_read(boot: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its start and the time since; without such a file, those of the process."""
    if not boot:
        monkeypatch.setattr("budkavle.operations.clock._BOOT", Path("/none"))
    first, second = Uptime.read(), Uptime.read()
    assert first.boot == second.boot
    assert first.since <= second.since
