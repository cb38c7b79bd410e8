"""Which kind a case is of: what a person says, else the first rule that fits, else the mailbox's own."""

from datetime import UTC, date, datetime, tzinfo
from uuid import UUID, uuid4

import pytest
from tests.plugins.records.conftest import Records

from budkavle_records.schedule import assignment
from budkavle_records.schedule.assignment import CaseKind, case_kinds_of, set_case_kind, set_mailbox_kind
from budkavle_records.schedule.kinds import Kind
from budkavle_records.schedule.rules import Rule, add_rule, apply_again, judge_arrivals


def rule(kind: Kind, word: str) -> Rule:
    return Rule(uuid4(), 0, None, "", "", word, kind.id)


def kind_of(records: Records, case_id: UUID) -> CaseKind:
    with records.host.work(records.administrator) as work:
        return case_kinds_of(records.host, work, {case_id: records.organisation.mailbox.id})[case_id]


def test_a_day_is_a_swedish_day(monkeypatch: pytest.MonkeyPatch, records: Records) -> None:
    """Just after midnight in Sweden the new day has been, though it is still yesterday in UTC."""

    class AfterMidnight(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "AfterMidnight":
            return cls(2026, 3, 1, 23, 30, tzinfo=UTC).astimezone(tz)

    host, case_id = records.host, records.organisation.arrive("Anmälan")
    kind = next(kind for kind in records.plan() if kind.counts_from in assignment.SAID)
    monkeypatch.setattr(assignment, "datetime", AfterMidnight)
    with host.work(records.organisation.case_worker) as work:
        set_case_kind(host, work, case_id, kind.id, "2026-03-02")
    assert kind_of(records, case_id).said_day == date(2026, 3, 2)


@pytest.mark.feature("ZR1")
def test_the_hand_wins_over_the_rules_and_these_over_the_mailbox(records: Records) -> None:
    """Also where the rules are asked again about all that has come; the first rule that fits is the one."""
    host, organisation = records.host, records.organisation
    minor, request, refusal, child = records.plan()
    by_hand, by_rule, by_mailbox = (organisation.arrive(subject) for subject in ("Bygglov", "Om bygglov", "Annat"))
    with host.work(organisation.case_worker) as work:
        set_case_kind(host, work, by_hand, refusal.id)
    with host.work(records.administrator) as work:
        set_mailbox_kind(host, work, organisation.mailbox.id, minor.id)
        add_rule(host, work, rule(request, "bygglov"))
        add_rule(host, work, rule(child, "bygglov"))
        apply_again(host, work)
    while judge_arrivals(host):
        pass
    kinds = {name: kind_of(records, case_id) for name, case_id in (("hand", by_hand), ("rule", by_rule))}
    assert {name: (each.kind and each.kind.id, each.how) for name, each in kinds.items()} == {
        "hand": (refusal.id, "hand"),
        "rule": (request.id, "rule"),
    }
    assert kind_of(records, by_mailbox).kind == minor
    assert kind_of(records, by_mailbox).how == "mailbox"
    with host.work(organisation.case_worker) as work:
        set_case_kind(host, work, by_hand, None)
    assert kind_of(records, by_hand).how == "mailbox"
