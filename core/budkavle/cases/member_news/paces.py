"""When a person is notified: the chosen pace, and the quiet hours. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from budkavle.model.notices import Pace
from budkavle.model.times import ZONE

MORNING = time(7)
"""When people who chose a morning summary are notified, in Swedish time."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours of a day without notifications to a person, in Swedish time.

    Attributes:
        begin: When they begin.
        end: When they end; earlier than `begin` if they pass midnight.
    """

    begin: time
    end: time

    @classmethod
    def from_stored(cls, stored: object) -> "QuietHours | None":
        """Return stored quiet hours; None if there are none."""
        if not isinstance(stored, Mapping):
            return None
        try:
            return cls(time.fromisoformat(str(stored["begin"])), time.fromisoformat(str(stored["end"])))
        except (KeyError, ValueError):
            return None

    def to_stored(self) -> dict[str, str | bool]:
        """Return the stored form."""
        return {"begin": self.begin.isoformat("minutes"), "end": self.end.isoformat("minutes")}

    def has(self, moment: time) -> bool:
        """Tell whether a time of day is within the hours; never if they begin and end at the same time."""
        if self.begin <= self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end

    def after(self, at: datetime) -> datetime:
        """Return the first moment from `at` on that is outside the hours."""
        local = at.astimezone(ZONE)
        if not self.has(local.time()):
            return at
        day = local.date() + timedelta(days=1 if local.time() >= self.end else 0)
        return datetime.combine(day, self.end, ZONE)


def due(pace: Pace, quiet: QuietHours | None, at: datetime) -> datetime | None:
    """Return when a person is notified of an event; None if never.

    Args:
        pace: What the person has chosen.
        quiet: The person's quiet hours.
        at: When it happened.
    """
    if pace is Pace.OFF:
        return None
    local = at.astimezone(ZONE)
    if pace is Pace.HOURLY:
        local = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    elif pace is Pace.MORNING:
        day = local.date() + timedelta(days=1 if local.time() >= MORNING else 0)
        local = datetime.combine(day, MORNING, ZONE)
    return quiet.after(local) if quiet else local
