"""Every pair of every table of states."""

from itertools import product

import pytest

from budkavle.model.states import (
    CASE,
    DELIVERY,
    FINAL,
    INCOMING,
    NOTICE,
    ORGANISATION,
    TROUBLE,
    WAITING,
    CaseState,
    DeliveryState,
    IncomingState,
    NoticeState,
    OrganisationState,
    before,
    may_follow,
)

D = DeliveryState
TABLES = [
    (DELIVERY, DeliveryState),
    (INCOMING, IncomingState),
    (CASE, CaseState),
    (NOTICE, NoticeState),
    (ORGANISATION, OrganisationState),
]


@pytest.mark.feature("SD6")
@pytest.mark.parametrize(("table", "states"), TABLES)
def test_the_table_knows_every_state(table, states):
    """No state is missing in its table, and none leads to a state of another table."""
    assert set(table) == set(states)
    assert all(isinstance(after, states) for following in table.values() for after in following)


@pytest.mark.feature("SD6")
@pytest.mark.parametrize(("table", "states"), TABLES)
def test_before_and_after_agree_for_every_pair(table, states):
    """What `before` says of a state is what `may_follow` says of each pair, and no state follows itself."""
    for old, new in product(states, states):
        assert may_follow(table, old, new) == (old in before(table, new)) == (new in table[old])
        assert not may_follow(table, old, old)


@pytest.mark.feature("SD6", "S15", "S16")
@pytest.mark.parametrize("answer", [D.REJECTED, D.ACKNOWLEDGED, D.ACKNOWLEDGED_WITH_WARNING])
def test_an_answer_is_never_turned_into_another(answer):
    """Whatever comes later, step by step, REJECTED never becomes ACKNOWLEDGED, nor the other way, by itself."""
    reached, waiting = set(), [answer]
    while waiting:
        for new in DELIVERY[waiting.pop()] - {D.READY_TO_SEND}:  # READY_TO_SEND needs a person
            if new not in reached:
                reached.add(new)
                waiting.append(new)
    assert not reached & {D.REJECTED, D.ACKNOWLEDGED, D.ACKNOWLEDGED_WITH_WARNING}


@pytest.mark.feature("S11")
def test_only_a_person_brings_back_what_is_parked():
    """Back to the beginning leads only from the states where a person can press "försök igen"."""
    assert before(DELIVERY, D.READY_TO_SEND) == {D.SEND_FAILURE, D.NOT_FOUND}
    assert WAITING.isdisjoint(FINAL | TROUBLE)


@pytest.mark.feature("SD8")
def test_nothing_becomes_held_afterwards():
    """A message is held from the start or never."""
    assert not before(INCOMING, IncomingState.HELD)
