"""Who is claimed next: the more urgent first, then each organisation, and each destination of it."""

from collections import Counter
from uuid import UUID, uuid4

import pytest

from budkavle.deliveries.destinations import naming
from budkavle.deliveries.destinations.turns import Part, Turns

ONE, TWO = UUID(int=1), UUID(int=2)


def rounds(turns, count, shut=()):
    """Who has a turn in so many claims, each of which gets all that it may from the first two."""
    seen = Counter()
    for _ in range(count):
        parts = turns.take(shut)
        seen.update(parts[:2])
        turns.claimed(parts, full=True)
    return seen


@pytest.mark.feature("ZO1")
def test_an_organisation_with_many_destinations_gets_no_more_than_one_with_a_single():
    """The share is the organisation's, however many it writes to."""
    turns = Turns()
    turns.fill([Part(1, ONE, destination) for destination in range(1000)] + [Part(1, TWO, 5)])
    seen = rounds(turns, 40)
    assert seen[Part(1, TWO, 5)] == 40
    assert len(seen) == 41


@pytest.mark.feature("ZO1")
def test_the_more_urgent_come_first():
    """Receipts, then messages to few, then messages to many."""
    turns = Turns()
    turns.fill([Part(priority, uuid4(), 0) for priority in (2, 0, 1, 2, 1, 0)])
    order = []
    while parts := turns.take(()):
        order += [part.priority for part in parts]
    assert order == [0, 0, 1, 1, 2, 2]


@pytest.mark.feature("ZO1")
def test_a_shut_destination_has_no_turn():
    """Nor is it asked again because it was the last."""
    turns = Turns()
    turns.fill([Part(1, ONE, 5), Part(1, ONE, 6)])
    assert rounds(turns, 3, [5]) == Counter({Part(1, ONE, 6): 3})
    assert turns.recent([6]) == []


def test_numbers_are_the_same_everywhere_and_words_tell_how_urgent():
    """A number that another process or release made finds the same destination."""
    assert naming.number_of("") == 0
    assert naming.number_of("0203:habo.se") == naming.number_of("0203:habo.se") != naming.number_of("0203:kisa.se")
    assert [naming.priority_of(count) for count in (1, 20, 21)] == [1, 1, 2]
