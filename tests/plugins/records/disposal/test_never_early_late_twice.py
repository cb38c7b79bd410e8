"""No case goes early, late or twice: over random schedules, holds and clock shifts, judged by a plainer rule."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.plugins.records.conftest import Records

from budkavle import Host, Platform, Role
from budkavle.cases import CaseTimes
from budkavle.model.states import CaseState
from budkavle.operations import destroy
from budkavle.testing import SampleOrganisation, in_work
from budkavle_records.disposal.runs import READY, drop_run, tallies
from budkavle_records.holds.legal_holds import NewHold, add_hold, end_hold
from budkavle_records.schedule.due import ZONE, Outside, judge
from budkavle_records.schedule.kinds import CountsFrom, Kind

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
MOMENTS = st.integers(946_684_800, 2_840_140_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
NUMBERS = count(1)


def times(received: datetime, ended: datetime | None) -> CaseTimes:
    """Return a case that came in and was closed then."""
    state = CaseState.OPEN if ended is None else CaseState.CLOSED
    last = max(received, ended or received)
    return CaseTimes(uuid4(), uuid4(), "1", state, received, received, received, None, last, ended, (), 1, 0)


@pytest.mark.feature("Z2")
@given(
    received=MOMENTS,
    ended=st.none() | MOMENTS,
    days=st.integers(1, 73_050),
    counts_from=st.sampled_from(CountsFrom),
    said=st.none() | DAYS,
    receipt=st.none() | DAYS,
    now=DAYS,
)
@settings(max_examples=1000)
def test_a_day_is_never_too_early_or_too_late(
    received: datetime,
    ended: datetime | None,
    days: int,
    counts_from: CountsFrom,
    said: date | None,
    receipt: date | None,
    now: date,
) -> None:
    """Due from the day after the last day, for as long as anybody asks; never where the moment is not known."""
    case = times(received, ended)
    kind = Kind(uuid4(), "1", "Brev", counts_from, days, preserve=False)
    judgement = judge(kind, case, Outside(said, receipt), now)
    known: dict[CountsFrom, list[date | None]] = {
        CountsFrom.RECEIVED: [received.astimezone(ZONE).date()],
        CountsFrom.MADE: [],
        CountsFrom.CLOSED: [ended.astimezone(ZONE).date() if ended else None],
        CountsFrom.HANDLED: [ended.astimezone(ZONE).date() if ended else None, said],
        CountsFrom.RECEIPT: [receipt, said],
        CountsFrom.LAST_ENTRY: [case.last_at.astimezone(ZONE).date(), said],
        CountsFrom.BIRTH: [said],
    }
    moments = [day for day in known[counts_from] if day is not None]
    if not moments:
        assert (judgement.is_due, judgement.is_unknown) == (False, True)
        assert judgement.why
        return
    whole_days_since = (now - max(moments)).days
    assert judgement.is_due == (whole_days_since > days)
    assert judgement.is_due == (judgement.why == "")
    assert judgement.on == max(moments) + timedelta(days=days + 1)


@given(received=MOMENTS, archived=st.booleans(), now=DAYS)
def test_what_is_preserved_waits_for_the_archive(received: datetime, archived: bool, now: date) -> None:
    """However much time goes by."""
    kind = Kind(uuid4(), "1", "Avslag", None, None, preserve=True)
    assert judge(kind, times(received, received), Outside(is_archived=archived), now).is_due == archived


def test_the_day_is_the_swedish_one() -> None:
    """What came late on a summer evening in UTC came the day after in Sweden."""
    kind = Kind(uuid4(), "1", "Brev", CountsFrom.RECEIVED, 10, preserve=False)
    late = datetime.combine(date(2026, 6, 30), time(22, 30), UTC)
    judged = judge(kind, times(late, None), Outside(), date(2026, 7, 11))
    assert not judged.is_due
    assert judge(kind, times(late, None), Outside(), date(2026, 7, 12)).is_due


@dataclass
class Planned:
    """A case of the model: how old it is, how many days its kind has, and whether it is held or open."""

    id: UUID
    age: int
    days: int | None
    held: UUID | None
    is_open: bool
    is_gone: bool = False


CASES = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=5
)
SHIFTS = st.lists(st.tuples(st.integers(0, 300), st.booleans()), min_size=1, max_size=3)


@pytest.mark.feature("Z2")
@given(cases=CASES, shifts=SHIFTS, plan=st.lists(st.integers(1, 400), min_size=3, max_size=3))
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
def test_runs_destroy_each_case_once_and_in_time(
    platform: Platform,
    host: Host,
    cases: list[tuple[int, int, bool, bool]],
    shifts: list[tuple[int, bool]],
    plan: list[int],
) -> None:
    """Whatever the plan, the holds and the clock, a run takes what is due, and nobody takes what the plan keeps."""
    organisation = SampleOrganisation.create(platform, f"Kommun {next(NUMBERS)}").staffed()
    records = Records(host, organisation, organisation.administrator, organisation.add_user("Sigrid Andra", Role.ADMIN))
    kinds = records.plan(*(f"{place};Slag {place};;;;inkommen;{days};nej;;;;;" for place, days in enumerate(plan)))
    model = []
    for age, kind, held, is_open in cases:
        case = records.case(age, kinds[kind] if kind < 3 else None, closed=not is_open)
        hold = None
        if held:
            with host.work(records.administrator) as work:
                hold = add_hold(host, work, NewHold("Prov", "Prov.", [case]))
        model.append(Planned(case, age, plan[kind] if kind < 3 else None, hold, is_open))
    for days, ends_holds in shifts:
        for case in model:
            case.age += days
            records.age(case.id, days)
            if ends_holds and case.held:
                with host.work(records.administrator) as work:
                    end_hold(host, work, case.held, "Klart.")
                case.held = None
        _run(records)
        for case in model:
            due = case.days is not None and case.age > case.days
            case.is_gone = case.is_gone or (due and not case.held and not case.is_open)
            assert records.destroyed(case.id) == case.is_gone, case
    kept = [case for case in model if not case.is_gone and (case.held or (case.days and case.age <= case.days))]
    result = in_work(platform, organisation.system, destroy, "Prov.", case_ids=[case.id for case in kept])
    assert result.case_ids == ()  # nobody else destroys what is held, or what the plan keeps longer
    entries = organisation.rows(
        "SELECT count(*) AS number FROM audit_log WHERE kind = 'case.destroyed' AND organisation_id = :id",
        id=organisation.id,
    )
    assert entries[0].number == sum(case.is_gone for case in model)


def _run(records: Records) -> None:
    """Do a whole run, or end it where nothing is due."""
    run = records.listed()
    assert run.state == READY
    with records.host.work(records.administrator) as work:
        due = sum(tally.cases for tally in tallies(records.host, work, run.id) if tally.outcome == "due")
        if not due:
            drop_run(records.host, work, run.id)
    if due:
        records.approve(records.ask(run))
        records.work()
