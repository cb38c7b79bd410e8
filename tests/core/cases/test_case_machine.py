"""Random people do random things to one case, on the real database; a model in memory says how each must end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from budkavle.cases import actions
from budkavle.model.errors import BudkavleError, Conflict, Forbidden
from budkavle.model.states import CaseState
from budkavle.storage.events.verifying import verify
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation

OPEN, CLOSED, BINNED = CaseState.OPEN, CaseState.CLOSED, CaseState.BINNED
WHO = st.sampled_from(["case_worker", "colleague", "mailbox_administrator"])


@dataclass
class Model:
    """What a case should be."""

    state: CaseState = OPEN
    before: CaseState = OPEN
    holder: str | None = None
    log: list[str] = field(default_factory=list)


class Cases(RuleBasedStateMachine):
    """One rule for each thing that people do to a case."""

    organisation: ClassVar[SampleOrganisation]

    def __init__(self) -> None:
        super().__init__()
        self.conversation = f"conversation {id(self)}"
        self.case_id = self.organisation.arrive(conversation_id=self.conversation)
        self.model = Model(log=self.organisation.case_events(self.case_id))

    def do(self, change: Callable[..., object], who: str, *more: object) -> type[BudkavleError] | None:
        try:
            in_work(self.organisation.platform, getattr(self.organisation, who), change, self.case_id, *more)
        except (Conflict, Forbidden) as error:
            return type(error)
        return None

    def note(self, kind: str, **changes: Any) -> None:
        self.model.log.append(kind)
        for name, value in changes.items():
            setattr(self.model, name, value)

    @rule(who=WHO)
    def take(self, who: str) -> None:
        ended = self.do(actions.take, who)
        may = self.model.state is OPEN and self.model.holder in {None, who}
        assert ended is (None if may else Conflict)
        if may and self.model.holder is None:
            self.note("taken", holder=who)

    @rule(who=WHO)
    def release(self, who: str) -> None:
        ended = self.do(actions.release, who)
        if self.model.state is not OPEN or self.model.holder is None:
            assert ended is Conflict
        elif who not in {self.model.holder, "mailbox_administrator"}:
            assert ended is Forbidden
        else:
            assert ended is None
            self.note("released", holder=None)

    @rule(who=WHO, shown=WHO)
    def take_over(self, who: str, shown: str) -> None:
        ended = self.do(actions.take_over, who, getattr(self.organisation, shown).user_id)
        holder = self.model.holder
        may = self.model.state is OPEN and holder is not None and (holder in {who, shown})
        assert ended is (None if may else Conflict)
        if may and holder != who:
            self.note("taken-over", holder=who)

    @rule(who=WHO)
    def close(self, who: str) -> None:
        assert self.do(actions.close, who) is (Conflict if self.model.state is BINNED else None)
        if self.model.state is OPEN:
            self.note("closed", state=CLOSED)

    @rule(who=WHO)
    def reopen(self, who: str) -> None:
        assert self.do(actions.reopen, who) is (Conflict if self.model.state is BINNED else None)
        if self.model.state is CLOSED:
            self.note("reopened", state=OPEN)

    @rule(who=WHO)
    def bin_case(self, who: str) -> None:
        assert self.do(actions.bin_case, who) is None
        if self.model.state is not BINNED:
            self.note("binned", before=self.model.state, state=BINNED)

    @rule(who=WHO)
    def restore(self, who: str) -> None:
        assert self.do(actions.restore, who) is None
        if self.model.state is BINNED:
            self.note("restored", state=self.model.before)

    @precondition(lambda self: self.model.state is CLOSED)
    @rule()
    def a_message_comes(self) -> None:
        assert self.organisation.arrive(conversation_id=self.conversation) == self.case_id
        self.note("joined")
        self.note("reopened", state=OPEN)

    @invariant()
    def the_case_is_as_the_model(self) -> None:
        (case,) = [
            one
            for one in self.organisation.cases(self.organisation.case_worker, state=self.model.state)
            if one.id == self.case_id
        ]
        holder = getattr(self.organisation, self.model.holder).user_id if self.model.holder else None
        assert case.holder_id == holder
        assert self.organisation.case_events(self.case_id) == self.model.log


@pytest.mark.feature("F13", "F14", "F15", "F18", "Y1", "Y2", "Y3")
def test_any_order_of_changes(platform: Platform, organisation: SampleOrganisation) -> None:
    """Whatever members do in whatever order, state, holder and log are the model's, and the event log is whole."""
    bounded = settings(
        max_examples=12,
        stateful_step_count=12,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(type("Run", (Cases,), {"organisation": organisation}), settings=bounded)
    assert verify(platform.database, platform.vault, organisation.id).ok
