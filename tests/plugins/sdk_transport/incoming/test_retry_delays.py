"""A parcel that cannot be handled waits longer each time, by itself, and an administrator is told of it once."""

from typing import Any

import pytest

from budkavle import Platform, Unavailable
from budkavle_sdk_transport.incoming import retry_delays
from budkavle_sdk_transport.incoming.retry_delays import RetryDelays


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in seconds, as the delays see it."""
    now = [1000.0]
    monkeypatch.setattr(retry_delays.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def delays(platform: Platform) -> RetryDelays:
    return RetryDelays(platform.plugins.host("sdk"))


@pytest.mark.feature("PL5")
def test_a_parcel_waits_longer_each_time_and_no_other_waits_for_it(
    municipality: Any, delays: RetryDelays, clock: list[float]
) -> None:
    """Doubled up to ten minutes; once it has been dealt with, the next one of its name begins anew."""

    def waits(seconds: float) -> None:
        delays.postpone(municipality.organisation.id, "one", "Senare.", Unavailable("Senare."))
        clock[0] += seconds - 0.25
        assert delays.is_waiting("one")
        assert not delays.is_waiting("other")
        clock[0] += 0.5
        assert not delays.is_waiting("one")

    for pause in [*(2.0**number for number in range(10)), 600.0, 600.0]:
        waits(pause)
    delays.forget("one")
    waits(1.0)


@pytest.mark.feature("PL5")
def test_an_administrator_is_told_once_of_what_does_not_pass(municipality: Any, delays: RetryDelays) -> None:
    """After so many tries; what is our own database's fault is told elsewhere."""
    organisation, told = municipality.organisation, []
    for error in (ValueError("hemligt"), Unavailable("Databasen svarar inte.")):
        for _ in range(5):
            delays.postpone(organisation.id, type(error).__name__, "Läs loggen.", error, tell_after=3)
            told.append(len(organisation.log_entries("parcel.postponed")))
    assert told == [0, 0, 1, 1, 1] + [1] * 5
    (entry,) = organisation.log_entries("parcel.postponed")
    assert "Läs loggen." in entry
    assert "hemligt" not in entry
