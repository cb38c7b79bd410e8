"""The table behind the outboxes: leases and pauses, what is parked and asked for again, what is counted and swept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from budkavle.model.sentences import Sentence
from budkavle.storage import outbox
from budkavle.storage.outbox import ClaimedEntry, NewEntry, OutboxCount
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation

LETTERS, CARDS, CORE = "fake.letters", "fake.cards", "budkavle.letters"
WHY = Sentence("Servern svarar inte.")
MINUTES = [timedelta(minutes=number) for number in range(11)]
Claim = Callable[..., list[ClaimedEntry]]


@pytest.fixture
def queue(platform: Platform, organisation: SampleOrganisation) -> Callable[..., None]:
    """Queue entries with these contents: `queue(b"a", b"b", at=CARDS)`."""

    def add(*contents: bytes, at: str = LETTERS) -> None:
        with platform.work(system_actor(organisation.id)) as work:
            for content in contents:
                assert outbox.enqueue(work, NewEntry(at, content))

    return add


@pytest.fixture
def claim(platform: Platform) -> Claim:
    """Claim what is due for a minute, as a worker does."""

    def take(at: str = LETTERS, most: int = 10) -> list[ClaimedEntry]:
        claimed = outbox.claim(platform.database, platform.vault, at, most, MINUTES[1])
        return sorted(claimed, key=lambda entry: entry.content)

    return take


@pytest.fixture
def row(organisation: SampleOrganisation) -> Callable[[ClaimedEntry], Any]:
    """The row of an entry, with the whole minutes until it is due."""
    query = (
        "SELECT state, attempt, unsure, round(extract(epoch FROM due_at - now()) / 60) AS minutes"
        " FROM outbox WHERE id = :id"
    )
    return lambda entry: organisation.rows(query, id=entry.id)[0]


def age(organisation: SampleOrganisation, column: str, entry: ClaimedEntry, by: str) -> None:
    organisation.rows(
        f"UPDATE outbox SET {column} = {column} - interval '{by}' WHERE id = :id RETURNING 1", id=entry.id
    )


@pytest.mark.feature("PL2")
def test_a_postponed_entry_waits_as_long_as_is_said(platform: Platform, queue: Any, claim: Claim, row: Any) -> None:
    """Its pause, whatever was left of its lease; and no pause is none."""
    queue(b"a", b"b")
    later, soon = claim()
    assert outbox.postpone(platform.database, later, MINUTES[10], WHY)
    assert outbox.postpone(platform.database, soon, MINUTES[0], WHY)
    assert row(later).minutes == 10
    assert [entry.id for entry in claim()] == [soon.id]


@pytest.mark.feature("PL2")
def test_a_lease_is_renewed_for_its_entry_alone(platform: Platform, queue: Any, claim: Claim, row: Any) -> None:
    """Another entry of the same worker keeps its own time."""
    queue(b"a", b"b")
    renewed, other = claim()
    assert outbox.renew(platform.database, renewed, MINUTES[5])
    assert (row(renewed).minutes, row(other).minutes) == (5, 1)


@pytest.mark.feature("PL2")
def test_a_lost_lease_is_not_renewed(
    platform: Platform, organisation: SampleOrganisation, queue: Any, claim: Claim, row: Any
) -> None:
    """A worker that stood still must not hold up the one that has taken its entry over."""
    queue(b"a")
    (lost,) = claim()
    age(organisation, "due_at", lost, "1 hour")
    (taken,) = claim()
    assert not outbox.renew(platform.database, lost, MINUTES[5])
    assert row(taken).minutes == 1


@pytest.mark.feature("PL2")
def test_what_is_done_with_is_not_renewed(platform: Platform, queue: Any, claim: Claim, row: Any) -> None:
    """A renewal that comes late makes nobody wait longer than is said."""
    queue(b"a", b"b")
    waits, parked = claim()
    outbox.postpone(platform.database, waits, MINUTES[2], WHY)
    outbox.park(platform.database, parked, WHY)
    assert not outbox.renew(platform.database, waits, MINUTES[5])
    assert not outbox.renew(platform.database, parked, MINUTES[5])
    assert (row(waits).minutes, row(parked).state) == (2, "PARKED")


@pytest.mark.feature("PL2")
def test_one_is_given_up_and_the_others_are_not(platform: Platform, queue: Any, claim: Claim, row: Any) -> None:
    """Two that were claimed together end each by itself; one that may have been done says so when it is tried again."""
    queue(b"a", b"b", b"c")
    unsure, sure, held = claim()
    assert outbox.park(platform.database, unsure, WHY, unsure=True)
    assert outbox.park(platform.database, sure, WHY)
    assert [row(entry).state for entry in (unsure, sure, held)] == ["PARKED", "PARKED", "CLAIMED"]
    assert [row(entry).unsure for entry in (unsure, sure, held)] == [True, False, False]


@pytest.mark.feature("PL2")
def test_only_what_was_given_up_is_tried_again(
    platform: Platform, organisation: SampleOrganisation, queue: Any, claim: Claim, row: Any
) -> None:
    """In that outbox, with all of its attempts; what is handled or waits for its pause goes on as it was."""
    queue(b"a", b"b", b"c")
    queue(b"d", at=CARDS)
    (card,) = claim(CARDS)
    parked, waits, held = claim()
    outbox.park(platform.database, card, WHY)
    outbox.park(platform.database, parked, WHY)
    outbox.postpone(platform.database, waits, MINUTES[5], WHY)
    assert outbox.retry_parked(platform.database, organisation.id, LETTERS) == 1
    assert [(row(entry).state, row(entry).attempt) for entry in (parked, waits, held, card)] == [
        ("WAITING", 0),
        ("WAITING", 1),
        ("CLAIMED", 1),
        ("PARKED", 1),
    ]
    assert (row(waits).minutes, row(held).minutes) == (5, 1)
    assert [(entry.id, entry.attempt) for entry in claim()] == [(parked.id, 1)]


@pytest.mark.feature("PL5")
def test_each_outbox_is_counted_by_what_waits_what_is_late_and_what_was_given_up(
    platform: Platform, organisation: SampleOrganisation, queue: Any, claim: Claim
) -> None:
    """What was given up neither waits nor is late, however long ago it was due."""
    queue(b"a", b"b", b"c")
    queue(b"d", at=CARDS)
    late, parked, _ = claim()
    outbox.park(platform.database, parked, WHY)
    age(organisation, "due_at", late, "2 hours")
    age(organisation, "due_at", parked, "2 hours")
    assert outbox.counts(platform.database, organisation.id, timedelta(hours=1)) == [
        OutboxCount(CARDS, waiting=1, late=0, parked=0),
        OutboxCount(LETTERS, waiting=2, late=1, parked=1),
    ]


def test_what_plugins_gave_up_stays_for_its_days_and_what_is_the_cores_until_it_is_done(
    platform: Platform, organisation: SampleOrganisation, queue: Any, claim: Claim, row: Any
) -> None:
    """The days count from when it was given up, not from when it was queued."""
    queue(b"a", b"b")
    queue(b"c", at=CORE)
    (core,) = claim(CORE)
    old, fresh = claim()
    for entry in (old, core):
        outbox.park(platform.database, entry, WHY)
        age(organisation, "changed_at", entry, "31 days")
    age(organisation, "changed_at", fresh, "31 days")
    outbox.park(platform.database, fresh, WHY)
    outbox.sweep(platform.database, organisation.id)
    assert organisation.rows("SELECT 1 FROM outbox WHERE id = :id", id=old.id) == []
    assert (row(fresh).state, row(core).state) == ("PARKED", "PARKED")
