"""A made-up year of the demo's municipality, written to its event log, so that Statistik has something to show.

The entries are real ones with made-up facts: days, mailboxes, channels and sign-in methods, but no persons, messages or
cases. They are dated before the messages of the demo's people, and the year is the same each time.
"""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from budkavle import UserActor
from budkavle.testing import PastEvent

DAYS = 760
"""Enough to compare half a year with the year before."""
LOCAL = ZoneInfo("Europe/Stockholm")
CHANNELS = (("sdk", 0.5), ("link", 0.33), ("fax", 0.17))
SIGN_INS = (("mobilt_bankid", 0.4), ("password", 0.45), ("freja", 0.15))
METHODS = (("BankID", 0.7), ("Freja eID+", 0.2), ("SMS-kod", 0.1))
QUIET = {7: 0.5, 12: 0.75, 1: 0.9}
"""The share of the usual volume in July, December and January."""


def past_year(today: date, mailbox_ids: list[UUID]) -> Iterator[PastEvent]:
    """Return the events until yesterday, the earliest first.

    Args:
        today: The day of the demo.
        mailbox_ids: The function mailboxes of the municipality. The first one is the busiest.
    """
    random = Random(1709)  # noqa: S311 - the same year each time
    for number in range(DAYS, 0, -1):
        day = today - timedelta(days=number)
        share = 0.1 if day.weekday() > 4 else QUIET.get(day.month, 1.0)
        # A channel that is new to an organisation is used more and more.
        growth = 0.6 + 0.4 * (DAYS - number) / DAYS
        events = list(_day(random, day, mailbox_ids, (share * growth, number / DAYS)))
        yield from sorted(events, key=lambda event: event.at)


def past_openings(now: datetime, cases: list[tuple[UUID, UUID]], readers: list[UserActor]) -> list[PastEvent]:
    """Return openings of cases in the last days, some late in the evening, for Loggkontroll to find.

    Args:
        now: The current time.
        cases: Existing cases, each with its mailbox.
        readers: The people of the municipality.
    """
    events = [
        PastEvent(
            (now - timedelta(days=1 + number % 5)).replace(hour=(9, 12, 21, 10)[number % 4], minute=7 * number % 60),
            "case.viewed",
            cases[number % len(cases)][0],
            {"mailbox": str(cases[number % len(cases)][1]), "protected": number % len(cases) == 0},
            readers[number % len(readers)],
        )
        for number in range(24)
    ]
    return sorted(events, key=lambda event: event.at)


def _day(random: Random, day: date, mailbox_ids: list[UUID], of: tuple[float, float]) -> Iterator[PastEvent]:
    """Return the events of a day, given the share of the usual volume and its age from 1 to 0: answers get quicker."""
    share, age = of
    for place, mailbox_id in enumerate(mailbox_ids):
        for _ in range(_about(random, 4 * share / (place + 1))):
            yield _event(random, day, "message.received", mailbox=str(mailbox_id), transport=_one(random, CHANNELS))
        for _ in range(_about(random, 3.6 * share / (place + 1))):
            facts: dict[str, str | int | bool | None] = {
                "mailbox": str(mailbox_id),
                "transport": _one(random, CHANNELS),
            }
            if random.random() < 0.6:
                hours = (2.2 + 3 * age + place) * math.exp(random.gauss(0, 0.8))
                facts["first_answer"] = round(hours * 3600)
            yield _event(random, day, "message.sent", **facts)
    for _ in range(_about(random, 6 * share)):
        yield _event(random, day, "user.signed-in", provider=_one(random, SIGN_INS))
    for _ in range(_about(random, 2 * share)):
        yield _event(random, day, "guest.identified", method=_one(random, METHODS))


def _event(random: Random, day: date, kind: str, **facts: str | int | bool | None) -> PastEvent:
    at = datetime.combine(day, time(7), LOCAL) + timedelta(minutes=random.randrange(10 * 60))
    return PastEvent(at.astimezone(UTC), kind, uuid4(), facts)


def _about(random: Random, number: float) -> int:
    """Return a whole number with this average."""
    number *= random.uniform(0.6, 1.4)
    return int(number) + (random.random() < number % 1)


def _one(random: Random, choices: tuple[tuple[str, float], ...]) -> str:
    return random.choices([name for name, _ in choices], [weight for _, weight in choices])[0]
