"""Disposal runs: what is on the list and what is not, a second person's yes, and what is destroyed then."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert
from tests.plugins.records.conftest import Records

from budkavle import Conflict, Forbidden, Invalid, NotFound, Role
from budkavle.accounts import delegate
from budkavle.accounts.users import update_user
from budkavle.approvals import approve, reject
from budkavle.cases import find_case_times
from budkavle.operations import destroy
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_records.archive.tables import packages
from budkavle_records.disposal import judging, working
from budkavle_records.disposal.runs import (
    ASKED,
    DESTROYED,
    DONE,
    DROPPED,
    DUE,
    HELD,
    KEPT,
    READY,
    UNKNOWN,
    ask_run,
    begin_run,
    cases_of_run,
    drop_run,
)
from budkavle_records.holds.legal_holds import HELD as HELD_WHY
from budkavle_records.holds.legal_holds import NewHold, add_hold
from budkavle_records.registration.tables import registrations
from budkavle_records.schedule.assignment import set_case_kind

ALL = (DUE, HELD, UNKNOWN, KEPT, DESTROYED)


def outcomes(records: Records, run_id: Any) -> dict[Any, tuple[str, str]]:
    """Return what became of each case of a run, and why."""
    with records.host.work(records.administrator) as work:
        rows = cases_of_run(records.host, work, run_id, ALL, None, (1000, 0))
    return {row.case_id: (row.outcome, row.why) for row in rows}


@pytest.mark.feature("Z2")
def test_a_run_destroys_what_is_due_and_nothing_else(records: Records) -> None:
    """After a second person's yes: what is due goes; what is too young, preserved or of no kind stays."""
    short, _, preserved, _ = records.plan()
    due, young = records.case(200, short), records.case(30, short)
    kept, unsorted = records.case(900, preserved), records.case(900)
    run = records.listed()
    assert run.state == READY
    assert outcomes(records, run.id) == {due: (DUE, "")}
    request_id = records.ask(run)
    records.work()
    assert not records.destroyed(due)  # nobody has said yes
    records.approve(request_id)
    records.work()
    assert [records.destroyed(case) for case in (due, young, kept, unsorted)] == [True, False, False, False]
    assert records.run(run.id).state == DONE
    assert outcomes(records, run.id) == {due: (DESTROYED, "")}
    assert records.organisation.exported("records_runs")[0]["reason"]


@pytest.mark.feature("Z2")
def test_each_guard_says_why(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unanswered, open, not registered, not archived, held by somebody: each stands on the list with its reason."""
    short, _, _, born = records.plan()
    unanswered = records.case(200, short, closed=False)
    answered = records.answered_case(200, short)
    held, no_day = records.case(200, short), records.case(9000, born)
    with records.host.work(records.administrator) as work:
        add_hold(records.host, work, NewHold("Tvist", "Domstolen har begärt det.", [held]))
    found = outcomes(records, records.listed().id)
    assert found[unanswered] == (HELD, judging.UNANSWERED)
    assert found[answered] == (HELD, judging.OPEN)
    assert found[held] == (HELD, HELD_WHY)
    assert found[no_day][0] == UNKNOWN
    assert "Födelsedatumet är inte känt" in found[no_day][1]


@pytest.mark.feature("Z8")
def test_nobody_approves_their_own_run(records: Records, organisation: SampleOrganisation) -> None:
    """Neither who asked nor somebody who is no administrator says yes."""
    records.case(200, records.plan()[0])
    request_id = records.ask(records.listed())
    with records.host.work(records.administrator) as work, pytest.raises(Forbidden):
        approve(work, request_id)
    with records.host.work(organisation.case_worker) as work, pytest.raises(NotFound):
        approve(work, request_id)


@pytest.mark.feature("Z8")
def test_who_stands_in_for_who_asked_approves_nothing(records: Records) -> None:
    """Nor does a delegate of who asked."""
    later = datetime.now(UTC) + timedelta(days=2)
    with records.host.work(records.administrator) as work:
        delegate(work, records.second.user_id, later, old_too=True, may_answer=True)
    records.case(200, records.plan()[0])
    request_id = records.ask(records.listed())
    with records.host.work(records.second) as work, pytest.raises(Forbidden):
        approve(work, request_id)


@pytest.mark.feature("Z8")
def test_a_refused_run_destroys_nothing(records: Records) -> None:
    """It can be ended, and another begun."""
    case = records.case(200, records.plan()[0])
    run = records.listed()
    request_id = records.ask(run)
    with records.host.work(records.administrator) as work, pytest.raises(Conflict):
        drop_run(records.host, work, run.id)  # it may still be approved
    with records.host.work(records.second) as work:
        reject(work, request_id, "Inte nu.")
    records.work()
    assert (records.run(run.id).state, records.destroyed(case)) == (ASKED, False)
    with records.host.work(records.administrator) as work:
        drop_run(records.host, work, run.id)
    assert records.listed().number == run.number + 1


def test_who_lost_the_right_starts_nothing(records: Records) -> None:
    """The run is done with the rights that who asked has when it begins."""
    case = records.case(200, records.plan()[0])
    run = records.listed()
    request_id = records.ask(run)
    platform, organisation = records.organisation.platform, records.organisation
    in_work(platform, organisation.system, update_user, records.administrator.user_id, role=Role.USER)
    records.approve(request_id)
    records.work()
    assert not records.destroyed(case)
    with records.host.work(records.second) as work:
        drop_run(records.host, work, run.id)  # it blocks no other run
    assert records.run(run.id).state == DROPPED


@pytest.mark.feature("Z2")
def test_what_changed_since_the_yes_stays(records: Records) -> None:
    """A case that got a hold, another kind, or a new message after the list was made is left, and says why."""
    short, long, *_ = records.plan()
    cases = [records.case(200, short) for _ in range(3)]
    run = records.listed()
    request_id = records.ask(run)
    with records.host.work(records.administrator) as work:
        add_hold(records.host, work, NewHold("Tvist", "Begärt.", [cases[0]]))
    with records.host.work(records.organisation.case_worker) as work:
        set_case_kind(records.host, work, cases[1], long.id)
    late = records.case(200, short)  # due, and not on the list that was approved
    records.approve(request_id)
    records.work()
    assert [records.destroyed(case) for case in (*cases, late)] == [False, False, True, False]
    assert {end for end, _ in outcomes(records, run.id).values()} == {KEPT, DESTROYED}


@pytest.mark.feature("Z2")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_run_goes_on(records: Records, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Killed before or after the destruction of a batch, each case is destroyed once and counted once."""
    short = records.plan()[0]
    cases = [records.case(200, short) for _ in range(5)]
    run = records.listed()
    request_id = records.ask(run)
    monkeypatch.setattr(working, "BATCH", 2)
    real, calls = destroy, []

    def killed(work: Any, reason: str, **what: Any) -> Any:
        calls.append(what)
        if len(calls) != 2:
            return real(work, reason, **what)
        if moment == "before":
            work.commit()
            raise KeyboardInterrupt
        real(work, reason, **what)
        raise KeyboardInterrupt

    monkeypatch.setattr(working, "destroy", killed)
    records.approve(request_id)
    with pytest.raises(KeyboardInterrupt):
        records.work()
    records.work()
    assert all(records.destroyed(case) for case in cases)
    assert set(outcomes(records, run.id).values()) == {(DESTROYED, "")}
    entries = "SELECT count(*) AS number FROM audit_log WHERE kind = 'case.destroyed'"
    assert records.organisation.rows(entries)[0].number == 5


def test_a_run_is_the_administrators(
    records: Records, other_organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Nobody else begins or asks; without a plan, a reason or anything due there is nothing to ask for."""
    with records.host.work(case_worker) as work, pytest.raises(Forbidden):
        begin_run(records.host, work)
    with records.host.work(records.administrator) as work, pytest.raises(Conflict):
        begin_run(records.host, work)
    records.plan()
    run = records.listed()
    with records.host.work(records.administrator) as work, pytest.raises(Conflict):
        begin_run(records.host, work)
    for reason in ("", "Tiden har gått ut."):
        with records.host.work(records.administrator) as work, pytest.raises(Invalid):
            ask_run(records.host, work, run.id, reason)


@pytest.mark.feature("Z2")
def test_what_the_register_and_the_archive_wait_for_stays(records: Records) -> None:
    """A message whose clock has begun is not registered; a kind that goes to the archive waits for its receipt."""
    short, to_archive, preserved = records.plan(
        "1;Brev;;;;inkommen;90;nej;;;;;", "2;Beslut;;;;inkommen;90;nej;2;;;;", "3;Avslag;;;;;;ja;5;;;;"
    )
    unregistered, unarchived = records.case(200, short), records.case(200, to_archive)
    archived, kept, changed = records.case(200, preserved), records.case(200, preserved), records.case(200, preserved)
    with records.host.work(records.administrator) as work:
        received = find_case_times(work, [unregistered, archived, changed])
        mailbox = records.organisation.mailbox.id
        message_id = received[unregistered].received_ids[0]
        clock = {"message_id": message_id, "case_id": unregistered, "mailbox_id": mailbox}
        now = datetime.now(UTC)
        with records.host.tables(work) as connection:
            times = {"arrived_at": now, "late_from": now, "settled_by": "", "hides_sender": False, "hides_about": False}
            connection.execute(insert(registrations).values(organisation_id=records.organisation.id, **clock, **times))
            for case, messages in ((archived, received[archived].received_ids), (changed, ())):
                connection.execute(insert(packages).values(_package(records, case, messages)))
    run = records.listed()
    found = outcomes(records, run.id)
    assert found[unregistered] == (HELD, judging.NOT_REGISTERED)
    assert found[unarchived] == (HELD, judging.NOT_ARCHIVED)
    assert found[archived] == (DUE, "")
    assert kept not in found
    assert changed not in found  # something came in that the archive does not have


def _package(records: Records, case_id: Any, message_ids: Any) -> dict[str, Any]:
    return {
        "organisation_id": records.organisation.id,
        "id": uuid4(),
        "transfer_id": uuid4(),
        "position": 1,
        "case_id": case_id,
        "case_number": "1",
        "message_ids": list(message_ids),
        "state": "ACCEPTED",
        "tries": 1,
        "made_at": datetime.now(UTC),
        "failure": "",
        "answered_by": "Arkivet",
    }
