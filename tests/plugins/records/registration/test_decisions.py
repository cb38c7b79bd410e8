"""Clocks that start, decisions that hold, and a history that nothing erases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle import Conflict, Invalid, NotFound, Platform, record
from budkavle.accounts import delegate, write_settings
from budkavle.cases import search_cases
from budkavle.operations import Destroyed, destroy
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle_records.registration import decisions, outcomes
from budkavle_records.registration.clock import late_from
from budkavle_records.registration.outcomes import Outcome
from budkavle_records.registration.settings import RegistrationSettings


@pytest.mark.feature("ZR2")
def test_a_clock_starts_for_what_comes_in(register: Any, organisation: SampleOrganisation) -> None:
    """By the organisation's working days; a message that goes out has none; a second reading starts nothing anew."""
    register.choose(days=3)
    known = register.arrive()
    assert known.late_from == late_from(known.arrived_at, 3)
    assert known.outcome is None
    organisation.send(organisation.case_worker)
    assert register.start() == 0
    assert len(register.of_case(known.case_id)) == 1
    assert register.unsettled(known.message_id, uuid4()) == {known.message_id}


@pytest.mark.feature("ZR2")
def test_only_where_it_is_switched_on(register: Any, organisation: SampleOrganisation) -> None:
    """A mailbox may have its own choice; personal inboxes take part where the organisation says so."""
    register.choose(organisation.mailbox.id, on=False)
    case_id = organisation.arrive()
    own = organisation.arrive(mailbox_id=organisation.case_worker.personal_id)
    assert register.start() == 0
    assert register.of_case(case_id) == []
    register.choose(personal=True)
    again = organisation.arrive(mailbox_id=organisation.case_worker.personal_id)
    assert register.start() == 1
    assert register.of_case(own) == []
    assert len(register.of_case(again)) == 1


def test_a_reader_that_stopped_in_the_middle_misses_nothing(
    register: Any, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch is stored with its place in the log, or not at all; the next worker reads it again."""
    cases = [organisation.arrive() for _ in range(3)]
    with monkeypatch.context() as patched:
        patched.setattr("budkavle_records.registration.arrivals.record", _die)
        with pytest.raises(RuntimeError):
            register.start()
    assert register.of_case(cases[0]) == []
    assert register.start() == 3
    assert [len(register.of_case(case_id)) for case_id in cases] == [1, 1, 1]
    assert len(organisation.log_entries("records.registration-wanted")) == 3


def test_an_entry_that_names_no_case_stops_nothing(register: Any, organisation: SampleOrganisation) -> None:
    """Such as one that was written for statistics alone."""
    with organisation.platform.work(organisation.system) as work:
        record(work, "message.received", uuid4(), mailbox=str(organisation.mailbox.id))
    known = register.arrive()
    assert register.unsettled(known.message_id) == {known.message_id}


def _die(*_: object, **__: object) -> None:
    raise RuntimeError


@pytest.mark.feature("ZR2")
def test_a_decision_says_who_and_when(register: Any, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """It stands in the logs without the number, and is found by the number in capitals or not."""
    known = register.arrive()
    register.settle(case_worker, known.message_id, number="KS 2026/17", about="Bygglov")
    now = register.of(known.message_id)
    assert (now.outcome, now.number, now.about, now.settled_by) == (
        Outcome.REGISTERED,
        "KS 2026/17",
        "Bygglov",
        case_worker.name,
    )
    assert now.settled_at
    assert not now.is_late
    assert register.unsettled(known.message_id) == set()
    (entry,) = organisation.log_entries("records.registered")
    assert "2026/17" not in entry
    assert str(organisation.mailbox.id) in entry
    stored = organisation.rows("SELECT number, about FROM records_registrations")
    assert b"2026/17" not in bytes(stored[0].number)
    for table in ("records_registrations", "records_registration_log"):
        (row,) = organisation.exported(table)
        assert (row["number"], row["about"]) == ("KS 2026/17", "Bygglov")


def test_the_same_decision_twice_is_one(register: Any, case_worker: SampleUser, colleague: SampleUser) -> None:
    """Another one is refused, and the first holds."""
    known = register.arrive()
    register.settle(case_worker, known.message_id)
    register.settle(colleague, known.message_id, number="ks 2026/1")
    assert register.of(known.message_id).settled_by == case_worker.name
    with pytest.raises(Conflict):
        register.settle(colleague, known.message_id, number="KS 2026/9")
    with pytest.raises(Conflict):
        register.settle(colleague, known.message_id, outcome=Outcome.MINOR, number="")


@pytest.mark.feature("ZR2")
def test_a_correction_erases_nothing(register: Any, case_worker: SampleUser, colleague: SampleUser) -> None:
    """It needs a reason; when it was first decided stays what the clock is judged by."""
    known = register.arrive()
    register.settle(case_worker, known.message_id)
    first = register.of(known.message_id).settled_at
    with pytest.raises(Invalid) as refused:
        register.correct(colleague, known.message_id, reason="")
    assert "reason" in refused.value.fields
    register.correct(colleague, known.message_id)
    now = register.of(known.message_id)
    assert (now.number, now.settled_by, now.settled_at) == ("KS 2026/2", colleague.name, first)
    with register.platform.work(colleague) as work:
        past = decisions.history(register.host, work, [known.message_id])[known.message_id]
    assert [(each.number, each.by, each.reason) for each in past] == [
        ("KS 2026/1", case_worker.name, ""),
        ("KS 2026/2", colleague.name, "Fel nummer"),
    ]


def test_several_at_once_or_none(register: Any, case_worker: SampleUser) -> None:
    """Where one of them has another decision, nothing is changed."""
    first, second = register.arrive(), register.arrive()
    register.settle(case_worker, first.message_id, second.message_id, outcome=Outcome.MINOR, number="")
    third = register.arrive()
    with pytest.raises(Conflict):
        register.settle(case_worker, third.message_id, first.message_id)
    assert register.of(third.message_id).outcome is None


def test_who_may_decide(
    register: Any,
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    case_worker: SampleUser,
) -> None:
    """Members of the mailbox, and nobody else: not its organisation's administrator, nor anybody of another one."""
    known = register.arrive()
    for who in (organisation.administrator, organisation.outsider, other_organisation.administrator):
        with pytest.raises(NotFound):
            register.settle(who, known.message_id)
    assert register.of(known.message_id).outcome is None
    with pytest.raises(NotFound):
        register.settle(case_worker, known.message_id, uuid4())


def test_who_stands_in_decides_about_new_messages_alone(
    register: Any, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """A delegate who sees only new messages decides about no old one."""
    register.choose(personal=True)
    old = register.arrive(mailbox_id=case_worker.personal_id)
    until = old.arrived_at + timedelta(days=30)
    in_work(
        organisation.platform, case_worker, delegate, organisation.outsider.id, until, may_answer=True, old_too=False
    )
    new = register.arrive(mailbox_id=case_worker.personal_id)
    with pytest.raises(NotFound):
        register.settle(organisation.outsider, old.message_id)
    register.settle(organisation.outsider, new.message_id)
    assert register.of(new.message_id).settled_by == organisation.outsider.name


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"outcome": ""}, "outcome"),
        ({"outcome": "registered"}, "number"),
        ({"outcome": "registered", "number": "  "}, "number"),
        ({"outcome": "registered", "number": "9" * 61}, "number"),
        ({"outcome": "minor", "number": "KS 2026/1"}, "number"),
        ({"outcome": "kept-ordered", "number": "KS 2026/1"}, "number"),
        ({"outcome": "minor", "about": "x" * 401}, "about"),
    ],
)
def test_what_is_no_decision(values: dict[str, str], field: str) -> None:
    """Each fault stands at its field."""
    with pytest.raises(Invalid) as refused:
        outcomes.checked(values.pop("outcome"), values, hides_sender=False, hides_about=False)
    assert set(refused.value.fields) == {field}


def test_what_destroyed_messages_were_about_is_forgotten(
    register: Any, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Number, outcome, who and when stay; a message that nobody decided about waits no more."""
    known, waiting = register.arrive(), register.arrive()
    register.settle(case_worker, known.message_id, about="Bygglov")
    register.correct(case_worker, known.message_id, about="Bygglov, altan")
    cases = [known.case_id, waiting.case_id]
    in_work(organisation.platform, organisation.system, destroy, "Gallras.", case_ids=cases)
    while do_job(organisation.platform, "outbox.budkavle.clean-up.records"):
        pass
    now = register.of(known.message_id)
    assert (now.number, now.about, now.gone) == ("KS 2026/2", "", True)
    assert register.unsettled(waiting.message_id) == set()
    rows = organisation.rows("SELECT about, reason FROM records_registration_log")
    assert rows
    assert not any(row.about or row.reason for row in rows)
    decisions.forget_texts(register.host, organisation.id, Destroyed(organisation.id, (), (), (), "").message_ids)


def test_lists_of_messages_have_the_numbers(
    budkavle_open: Callable[..., Platform],
) -> None:
    """The public records desk is told them by its hook; what has no number is left out."""
    platform = budkavle_open(enabled=("records", "disclosure"))
    organisation = SampleOrganisation.create(platform, "Kisa").staffed()
    do_job(platform, "records.registration")
    with platform.work(organisation.administrator) as work:
        write_settings(work, RegistrationSettings, {"on": True})
    for _ in range(2):
        organisation.arrive()
    do_job(platform, "records.registration")
    first, second = (row.id for row in organisation.rows("SELECT id FROM messages ORDER BY created_at"))
    host = platform.plugins.host("records")
    with platform.work(organisation.case_worker) as work:
        decisions.settle(host, work, [first], outcomes.Decision(Outcome.REGISTERED, "KS 2026/5"))
    (answer,) = platform.plugins.call_hook(
        "disclosure_registrations", organisation_id=organisation.id, message_ids=[first, second]
    )
    assert answer.thing == {first: "KS 2026/5"}


@pytest.mark.feature("ZR2")
def test_a_case_is_found_by_its_number_in_the_register(
    register: Any, organisation: SampleOrganisation, case_worker: SampleUser, platform: Platform
) -> None:
    """By searching, and by a message that names it; no more once the number was corrected or the message is gone."""
    known = register.arrive()
    register.settle(case_worker, known.message_id, number="KS 2026/17")
    assert found(platform, case_worker, "ks  2026/17") == [known.case_id]
    named = {"subject": "Komplettering, dnr KS 2026/17", "transport": "sms", "mailbox_id": organisation.mailbox.id}
    assert organisation.arrive(**named) == known.case_id
    register.correct(case_worker, known.message_id, number="KS 2026/18")
    assert found(platform, case_worker, "KS 2026/17") == [known.case_id]  # by the subject of the message that named it
    assert organisation.arrive(**named | {"subject": "dnr KS 2026/19"}) != known.case_id
    assert found(platform, case_worker, "KS 2026/18") == [known.case_id]
    decisions.forget_texts(register.host, organisation.id, [known.message_id])
    assert found(platform, case_worker, "KS 2026/18") == []


def found(platform: Platform, who: SampleUser, words: str) -> list[UUID]:
    """Return the cases that a search finds."""
    return [case.id for case in in_work(platform, who, search_cases, words)]
