"""The time zone that people of the installation live in, and times as they say them."""

from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Stockholm")


def moment(at: datetime) -> str:
    """Return a time as people in Sweden say it: `13.42`, with the date where it was not today."""
    local = at.astimezone(ZONE)
    return f"{local:%H.%M}" if local.date() == datetime.now(ZONE).date() else f"{local:%Y-%m-%d %H.%M}"
