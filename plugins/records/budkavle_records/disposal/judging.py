"""Which cases may be destroyed by the schedule, and what prevents it: for runs, and for every other destruction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from budkavle import ActorScope, Host, Work
from budkavle.cases import CaseTimes, find_case_times
from budkavle.operations import Hold, PlannedDestruction
from budkavle_records.archive.store import archived_whole
from budkavle_records.frame import N_
from budkavle_records.holds.legal_holds import HELD, holds_of_cases
from budkavle_records.registration.decisions import registrations_of, unsettled
from budkavle_records.registration.outcomes import Outcome
from budkavle_records.schedule.assignment import CaseKind, case_kinds_of
from budkavle_records.schedule.due import GONE_KIND, NO_KIND, ZONE, Judgement, Outside, judge, today
from budkavle_records.schedule.kinds import Kind, kinds_by_id

OPEN = N_("Ärendet är öppet.")
UNANSWERED = N_("Det senaste meddelandet är inte besvarat, och ärendet är öppet.")
NOT_REGISTERED = N_("Ett meddelande är varken registrerat eller bedömt.")
NOT_ARCHIVED = N_("Handlingstypen ska till arkivet, som inte har kvitterat ärendet.")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case with what the schedule says about it.

    Attributes:
        times: When things happened in the case.
        case_kind: The kind of the case, and how it was given.
        judgement: Whether it is due.
        is_registered: Whether everything in it has been registered, or it has been decided not to register it.
        is_archived: Whether the archive has confirmed that it has the case.
    """

    times: CaseTimes
    case_kind: CaseKind
    judgement: Judgement
    is_registered: bool = True
    is_archived: bool = False

    @property
    def kind(self) -> Kind | None:
        """The kind in the version that applies now."""
        return self.case_kind.kind


def judge_cases(host: Host, work: Work, cases: Collection[CaseTimes], now: date | None = None) -> list[Candidate]:
    """Check cases against the schedule that applies now.

    Args:
        host: The plugin's host.
        work: A unit of work of the plugin itself, with READ.
        cases: The cases.
        now: The day to check against; today unless another day is given.
    """
    day, kinds = now or today(), kinds_by_id(host, work)
    case_kinds = case_kinds_of(host, work, {times.id: times.mailbox_id for times in cases}, kinds)
    archived, settled, receipts = (
        _archived(host, work, cases),
        _settled(host, work, cases),
        receipt_days(host, work, cases),
    )
    judged = []
    for times in cases:
        case_kind = case_kinds[times.id]
        outside = Outside(case_kind.said_day, receipts.get(times.id), times.id in archived)
        judgement = judge(case_kind.kind, times, outside, day)
        if case_kind.is_gone:
            judgement = Judgement(is_due=False, why=GONE_KIND, is_unknown=True)
        judged.append(Candidate(times, case_kind, judgement, times.id in settled, times.id in archived))
    return judged


def _is_open(candidate: Candidate) -> str:
    return OPEN if candidate.times.is_open and candidate.times.is_answered else ""


def _is_unanswered(candidate: Candidate) -> str:
    return UNANSWERED if candidate.times.is_open and not candidate.times.is_answered else ""


def _is_unregistered(candidate: Candidate) -> str:
    return "" if candidate.is_registered else NOT_REGISTERED


def _is_unarchived(candidate: Candidate) -> str:
    kind = candidate.kind
    return NOT_ARCHIVED if kind is not None and kind.archive_years and not candidate.is_archived else ""


GUARDS: Sequence[Callable[[Candidate], str]] = (_is_unanswered, _is_open, _is_unregistered, _is_unarchived)
"""Checks that keep a case out of a run although it is due: each returns the reason, or an empty text."""


def guard(candidate: Candidate) -> str:
    """Return why a run must not destroy a case although it is due; empty if it may."""
    return next((why for check in GUARDS if (why := check(candidate))), "")


def hold_back(host: Host, planned: PlannedDestruction) -> list[Hold]:
    """Return holds for cases under a legal hold, or that the schedule keeps longer, whatever wants to destroy them.

    For a case without a kind, the organisation's own retention days apply.
    """
    with host.work(host.system(planned.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        cases = find_case_times(work, [case.id for case in planned.cases]).values()
        if not cases:
            return []
        candidates = judge_cases(host, work, cases)
        kinds = {candidate.times.id: candidate.kind.id if candidate.kind else None for candidate in candidates}
        held_cases = holds_of_cases(host, work, cases, kinds)
    holds = [Hold(case_id, HELD) for case_id in held_cases]
    for candidate in candidates:
        judgement = candidate.judgement
        if candidate.times.id not in held_cases and not judgement.is_due and judgement.why != NO_KIND:
            holds.append(Hold(candidate.times.id, judgement.why))
    return holds


def _archived(host: Host, work: Work, cases: Collection[CaseTimes]) -> Collection[UUID]:
    """Return the cases that the archive has confirmed in their present form."""
    messages = {times.id: times.received_ids for times in cases}
    return archived_whole(host, work, messages, {times.id: times.last_at for times in cases})


def _settled(host: Host, work: Work, cases: Collection[CaseTimes]) -> Collection[UUID]:
    """Return the cases where everything has been registered, or it has been decided not to register it."""
    waiting = unsettled(host, work, [message_id for times in cases for message_id in times.received_ids])
    return {times.id for times in cases if not waiting.intersection(times.received_ids)}


def receipt_days(host: Host, work: Work, cases: Collection[CaseTimes]) -> Mapping[UUID, date]:
    """Return the day when another system had the last message of a case, if it has all of them.

    It has a message if its number in the register is known, or if it has confirmed the message itself (the hook
    `records_receipts`).
    """
    ids = [message_id for times in cases for message_id in times.received_ids]
    if not ids:
        return {}
    confirmed: dict[UUID, datetime] = {}
    answers = host.platform.plugins.call_hook("records_receipts", organisation_id=work.organisation_id, message_ids=ids)
    for answer in answers:
        confirmed.update(answer.thing)
    for message_id, registration in registrations_of(host, work, ids).items():
        if registration.settled_at and registration.outcome is Outcome.REGISTERED:
            confirmed[message_id] = min(registration.settled_at, confirmed.get(message_id, registration.settled_at))
    days = {}
    for times in cases:
        at = [confirmed[message_id] for message_id in times.received_ids if message_id in confirmed]
        if at and len(at) == len(times.received_ids):
            days[times.id] = max(at).astimezone(ZONE).date()
    return days
