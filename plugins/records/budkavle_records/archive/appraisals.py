"""What the other parts of the plugin know about cases: their kind in the plan, and their register numbers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from budkavle import Host, Work
from budkavle.cases import ClosedCase
from budkavle_records.archive.package.content import Appraisal
from budkavle_records.registration.decisions import case_registrations
from budkavle_records.schedule.assignment import case_kinds_of
from budkavle_records.schedule.kinds import Kind, kinds_by_id, list_kinds


class Chooser:
    """Chooses cases by what the plan says about them.

    Args:
        host: The plugin's host.
        work: Work in the organisation that owns the cases.
        kind: Choose only cases of this kind.
        due_only: Choose only cases that are due to be transferred by now.
    """

    def __init__(self, host: Host, work: Work, *, kind: UUID | None, due_only: bool) -> None:
        self._host = host
        self._work = work
        self._kind = kind
        self._due_only = due_only
        self._kinds = kinds_by_id(host, work)
        self._now = datetime.now(UTC)

    @property
    def closed_before(self) -> datetime | None:
        """The time before which all chosen cases were closed; None if there is no such time for all of them."""
        return closed_before(self._kinds.values(), self._now) if self._due_only else None

    def choose(self, cases: Sequence[ClosedCase]) -> list[ClosedCase]:
        """Return those of the given cases that are chosen."""
        if self._kind is None and not self._due_only:
            return list(cases)
        kinds = kinds_of(self._host, self._work, cases, self._kinds)
        return [case for case in cases if self._is_chosen(case, kinds.get(case.id))]

    def _is_chosen(self, case: ClosedCase, kind: Kind | None) -> bool:
        if kind is None or self._kind not in {None, kind.id}:
            return False
        due = due_on(case, kind)
        return not self._due_only or (due is not None and due <= self._now)


def closed_before(kinds: Iterable[Kind], now: datetime) -> datetime:
    """Return the time before which every case was closed that is due to be transferred, whatever its kind.

    No kind goes to the archive sooner than the one with the fewest years. Two extra days cover leap days.
    """
    years = [kind.archive_years for kind in kinds if kind.archive_years is not None]
    never = datetime(1, 1, 1, tzinfo=UTC)
    if not years or now.year - min(years) <= never.year:
        return never
    return now.replace(day=1, year=now.year - min(years)) + timedelta(days=now.day + 1)


def kinds_of(
    host: Host, work: Work, cases: Sequence[ClosedCase], kinds: Mapping[UUID, Kind] | None = None
) -> Mapping[UUID, Kind]:
    """Return the kind of each of the given cases, without those that have no kind."""
    every = case_kinds_of(host, work, {case.id: case.mailbox_id for case in cases}, kinds)
    return {case_id: case_kind.kind for case_id, case_kind in every.items() if case_kind.kind is not None}


def due_on(case: ClosedCase, kind: Kind) -> datetime | None:
    """Return when the plan says that a case goes to the archive; None if it never does."""
    if kind.archive_years is None:
        return None
    year = case.closed_at.year + kind.archive_years
    is_leap_day = (case.closed_at.month, case.closed_at.day) == (2, 29)
    return case.closed_at.replace(year=year, day=28) if is_leap_day else case.closed_at.replace(year=year)


def kind_choices(host: Host, work: Work) -> list[tuple[str, str]]:
    """Return the kinds of the plan as a list to choose from: ID and label."""
    return [(str(kind.id), kind.label) for kind in list_kinds(host, work)]


def appraisal_of(host: Host, work: Work, case: ClosedCase) -> Appraisal | None:
    """Return what the plan says about a case; None if it has no kind."""
    kind = kinds_of(host, work, [case]).get(case.id)
    if kind is None:
        return None
    ground = "; ".join(filter(None, (kind.legal_ground, kind.decision)))
    return Appraisal(kind.name, kind.klass, ground, preserved=kind.preserve, due=due_on(case, kind))


def registration_of(host: Host, work: Work, case_id: UUID) -> tuple[str, ...]:
    """Return the register numbers of a case, without duplicates."""
    numbers = (each.number for each in case_registrations(host, work, case_id))
    return tuple(dict.fromkeys(number for number in numbers if number))
