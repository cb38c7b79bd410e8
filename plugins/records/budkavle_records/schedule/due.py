"""When a case may be destroyed by the schedule, and why not yet: a pure function of times.

Each time counts from the latest of the possible starting points, and only whole days count: nothing is destroyed a day
too early. Unknown facts are never guessed; the case is then kept, and the sentence says what is missing.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from budkavle import Sentence
from budkavle.cases import CaseTimes
from budkavle_records.frame import N_
from budkavle_records.schedule.kinds import CountsFrom, Kind

ZONE = ZoneInfo("Europe/Stockholm")
NO_KIND = N_("Ärendet har ingen handlingstyp i hanteringsplanen.")
GONE_KIND = N_("Ärendets handlingstyp finns inte längre i hanteringsplanen.")
PRESERVED = N_("Handlingstypen bevaras, och arkivet har inte kvitterat ärendet.")
KEPT_UNTIL = N_("Hanteringsplanen säger att ärendet bevaras till och med {day}.")
UNKNOWN = {
    CountsFrom.RECEIVED: N_("Inget har kommit in i ärendet, och tiden räknas från när handlingen kom in."),
    CountsFrom.MADE: N_("Inget har skickats i ärendet, och tiden räknas från när handlingen upprättades."),
    CountsFrom.CLOSED: N_("Ärendet är inte avslutat, och tiden räknas från att det avslutas."),
    CountsFrom.HANDLED: N_("Ärendet är inte avslutat, och tiden räknas från att det åtgärdas."),
    CountsFrom.RECEIPT: N_("Ingen kvittens finns, och tiden räknas från kvittensen."),
    CountsFrom.LAST_ENTRY: N_("Ärendet har inga meddelanden, och tiden räknas från sista anteckningen."),
    CountsFrom.BIRTH: N_("Födelsedatumet är inte känt, och tiden räknas från personens födelse."),
}
"""Why the day that the time counts from is not known."""
SAID = frozenset({CountsFrom.HANDLED, CountsFrom.RECEIPT, CountsFrom.LAST_ENTRY, CountsFrom.BIRTH})
"""The starting points whose day a user may state, since Budkavle may not know it."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Facts about a case that do not come from its messages.

    Attributes:
        said_day: The day that the time counts from, as stated by a user.
        receipt_day: The day when another system confirmed that it has the case.
        is_archived: Whether the archive has confirmed that it has the case.
    """

    said_day: date | None = None
    receipt_day: date | None = None
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the schedule says about a case.

    Attributes:
        is_due: Whether it may be destroyed by the schedule.
        on: The first day on which it may be destroyed; None if that is not known.
        why: Why it is not due; empty if it is.
        is_unknown: Whether something must be known before the day can be decided.
    """

    is_due: bool
    on: date | None = None
    why: str = ""
    is_unknown: bool = False


def today() -> date:
    """Return today's date in Sweden."""
    return datetime.now(ZONE).date()


def judge(kind: Kind | None, times: CaseTimes, outside: Outside, now: date) -> Judgement:
    """Check whether a case is due, by its kind.

    Args:
        kind: Its kind in the schedule; None if it has none.
        times: When things happened in it.
        outside: Other facts about it.
        now: The day to check against.
    """
    if kind is None:
        return Judgement(is_due=False, why=NO_KIND, is_unknown=True)
    if kind.preserve or kind.days is None or kind.counts_from is None:
        return Judgement(is_due=outside.is_archived, why="" if outside.is_archived else PRESERVED)
    moment = moment_of(kind.counts_from, times, outside)
    if moment is None:
        return Judgement(is_due=False, why=UNKNOWN[kind.counts_from], is_unknown=True)
    last = moment + timedelta(days=kind.days)
    first = last + timedelta(days=1)
    if now < first:
        return Judgement(is_due=False, on=first, why=Sentence(KEPT_UNTIL, day=last.isoformat()))
    return Judgement(is_due=True, on=first)


def moment_of(counts_from: CountsFrom, times: CaseTimes, outside: Outside) -> date | None:
    """Return the day that the time counts from; None if it is not known."""
    moments: dict[CountsFrom, datetime | date | None] = {
        CountsFrom.RECEIVED: times.last_received_at,
        CountsFrom.MADE: times.last_sent_at,
        CountsFrom.CLOSED: times.ended_at,
        CountsFrom.HANDLED: _latest(times.ended_at, outside.said_day),
        CountsFrom.RECEIPT: _latest(outside.receipt_day, outside.said_day),
        CountsFrom.LAST_ENTRY: _latest(times.last_at, outside.said_day),
        CountsFrom.BIRTH: outside.said_day,
    }
    return _day(moments[counts_from])


def _latest(*moments: datetime | date | None) -> date | None:
    return max((day for moment in moments if (day := _day(moment)) is not None), default=None)


def _day(moment: datetime | date | None) -> date | None:
    if isinstance(moment, datetime):
        return moment.astimezone(ZONE).date()
    return moment
