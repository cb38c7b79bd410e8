"""Meeting times in words, and the sentences of what is sent, in the reader's language."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from babel.dates import format_date

from budkavle import Host, Work, translations
from budkavle.accounts import find_organisation, read_settings
from budkavle.organisation import InformationSettings
from budkavle_meetings.booking.times import ZONE, Occurrence, Schedule, occurrences

LANGUAGES = ("sv", "en")
PATH = "/plugin/meetings"


def N_(word: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a word that is translated where it is shown."""
    return word


REPEATS = {
    "": N_("Upprepas inte"),
    "daily": N_("Varje dag"),
    "weekly": N_("Varje vecka"),
    "biweekly": N_("Varannan vecka"),
    "monthly": N_("Varje månad"),
}
"""The label of each repetition rule."""


def words(host: Host, language: str) -> Callable[[str], str]:
    """Return a function that translates a Swedish sentence into a language."""
    return translations(language, dict(host.platform.plugins.folders("locale"))).gettext


def clock(at: datetime, language: str) -> str:
    """Return the time of day in Sweden, in the format of the language."""
    return at.astimezone(ZONE).strftime("%H:%M" if language == "en" else "%H.%M")


def spoken_day(at: datetime, language: str) -> str:
    """Return the day in Sweden in words, with the weekday."""
    day = at.astimezone(ZONE).date()
    return format_date(day, "EEEE d MMMM y", locale=language)


def spoken_time(time: Occurrence, language: str) -> str:
    """Return when a meeting is held: the day, the start and the end."""
    first, last = clock(time.starts_at, language), clock(time.ends_at, language)
    until = "" if _same_day(time) else f"{spoken_day(time.ends_at, language)} "
    return f"{spoken_day(time.starts_at, language)}, {first}–{until}{last}"


def spoken_series(say: Callable[[str], str], schedule: Schedule, language: str) -> str:
    """Return how a meeting is repeated and when it is held last; empty if it is held once."""
    if not schedule.recurrence:
        return ""
    times = occurrences(schedule)
    last = spoken_day(times[-1].starts_at, language)
    sentence = say("{repeats}, {times} gånger, sista gången {last}")
    return sentence.format(repeats=say(REPEATS[schedule.repeats]), times=len(times), last=last)


def participant_url(host: Host, token: str) -> str:
    """Return the link of an invited person: our own page, never a room's address."""
    return f"{host.platform.settings.base_url}{PATH}/join/{token}"


def host_name(host: Host) -> str:
    """Return the host name of this installation."""
    return urlsplit(host.platform.settings.base_url).hostname or "localhost"


def sender(work: Work) -> dict[str, str]:
    """Return the sender that a reader without an account sees: the organisation's name and colour."""
    organisation = find_organisation(work)
    colour = read_settings(work, InformationSettings).colour.strip("# ").lower()
    return {"name": organisation.name, "detail": "", "slug": organisation.slug, "logo_url": "", "colour": colour}


def _same_day(time: Occurrence) -> bool:
    return time.starts_at.astimezone(ZONE).date() == time.ends_at.astimezone(ZONE).date()
