"""Search filters, parsed from the URL."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from budkavle.cases.finding.limits import Limits
from budkavle.cases.finding.walk import Candidate
from budkavle.cases.finding.words import NOWHERE, Place
from budkavle.model.errors import Invalid
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.states import CaseState
from budkavle.model.times import ZONE, read_day
from budkavle.web.views.delivery_status import N_

NAMES = ("box", "where", "state", "time", "from", "to", "kind", "person", "label")
"""The filters in the URL; several values are joined by commas."""
NO_DATE = "Skriv datumet som år, månad och dag, till exempel 2026-05-31."
WRONG_ORDER = "Det första datumet är senare än det sista. Byt plats på dem."
NOBODY = "none"
PLACES = {
    "subject": (Place.SUBJECT, N_("Ämne")),
    "text": (Place.TEXT, N_("Text")),
    "file": (Place.FILE, N_("Bilagor")),
    "note": (Place.NOTE, N_("Anteckningar")),
}
STATES = {CaseState.OPEN.value: N_("Öppna"), CaseState.CLOSED.value: N_("Avslutade")}
TIMES = {
    "week": (timedelta(days=7), N_("Senaste veckan")),
    "month": (timedelta(days=31), N_("Senaste månaden")),
    "year": (timedelta(days=366), N_("Senaste året")),
}
Chosen = Mapping[str, tuple[str, ...]]


def read_address(query: str) -> tuple[str, Chosen]:
    """Return the words and the filters from the query of a URL."""
    values = dict(parse_qsl(query))
    return values.get("q", ""), {name: tuple(filter(None, values.get(name, "").split(","))) for name in NAMES}


def address(words: str, chosen: Chosen, after: str = "") -> str:
    """Return the query of a search's URL."""
    values = {"q": words, **{name: ",".join(values) for name, values in chosen.items()}, "after": after}
    return f"?{urlencode({name: value for name, value in values.items() if value})}"


def limits_of(chosen: Chosen) -> Limits:
    """Return the filters for the search index.

    Raises:
        Invalid: A date is not valid, or the dates are in the wrong order.
    """
    since = next((datetime.now(UTC) - TIMES[name][0] for name in chosen["time"] if name in TIMES), None)
    begin, end = period_of(chosen)
    places = NOWHERE
    for name in chosen["where"]:
        places |= PLACES[name][0] if name in PLACES else NOWHERE
    return Limits(
        mailboxes=_ids(chosen["box"]),
        places=places,
        since=max(filter(None, (since, begin)), default=None),
        until=end,
        channels=frozenset(chosen["kind"]),
        holders=_ids(chosen["person"]),
        untaken=NOBODY in chosen["person"],
        states=frozenset(chosen["state"]) & STATES.keys(),
        tags=_ids(chosen["label"]),
    )


def period_of(chosen: Chosen) -> tuple[datetime | None, datetime | None]:
    """Return the start and the end of the chosen days, in Swedish time; None if not chosen.

    Raises:
        Invalid: A date is not valid, or the dates are in the wrong order.
    """
    first, last = (_day(name, chosen[name]) for name in ("from", "to"))
    if first and last and first > last:
        raise Invalid(WRONG_ORDER, fields={"from": WRONG_ORDER})
    return _midnight(first), _midnight(last + timedelta(days=1)) if last else None


def _day(name: str, values: tuple[str, ...]) -> date | None:
    if not values:
        return None
    day = read_day(values[0].strip())
    if day is None:
        raise Invalid(NO_DATE, fields={name: NO_DATE})
    return day


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), ZONE) if day else None


def _ids(values: Iterable[str]) -> frozenset[UUID]:
    return frozenset(one for value in values if (one := as_uuid(value)))


def matches(pair: tuple[Candidate, Any], limits: Limits) -> bool:
    """Tell whether a counted hit matches the filters."""
    candidate, row = pair
    holds = limits.holders or limits.untaken
    return (
        (not limits.mailboxes or row.mailbox_id in limits.mailboxes)
        and (not limits.places or bool(candidate.places & limits.places))
        and (limits.since is None or row.opened_at >= limits.since)
        and (limits.until is None or row.opened_at < limits.until)
        and (not limits.channels or row.channel in limits.channels)
        and (not holds or (row.holder_id in limits.holders if row.holder_id else limits.untaken))
        and (not limits.states or row.state in limits.states)
        and (not limits.tags or bool(limits.tags & set(row.tags or ())))
    )
