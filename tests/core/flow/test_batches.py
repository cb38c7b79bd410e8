"""What a worker carries together it writes together, and nothing of it is lost where that fails."""

import psycopg
import pytest

from budkavle import carrying, router, worker
from budkavle.worker import Worker


@pytest.fixture
def deliveries(house, draft):
    for _ in range(4):
        router.send(house.platform, house.anna, house.box.id, draft())
    return {row.id for row in house.rows("SELECT id FROM deliveries")}


def moments(house):
    """At how many moments the deliveries' last states were written: one for each transaction."""
    return house.rows("SELECT count(DISTINCT xmin::text) AS n FROM deliveries")[0].n


@pytest.mark.feature("S14")
def test_a_batch_is_written_in_one_transaction(house, deliveries):
    """Each delivery gets its own state and its own timeline, and the disk is asked once for all of them."""
    assert Worker(house.platform).work_once() == 4
    assert house.states() == ["WAITING_FOR_RECEIPT"] * 4
    assert all(house.events(one)[-1] == "WAITING_FOR_RECEIPT" for one in deliveries)
    assert moments(house) == 1


@pytest.mark.feature("S14")
def test_none_waits_long_for_the_others(house, deliveries, monkeypatch):
    """What has been handed over is written at the latest after a while, although more of the batch is to come."""
    monkeypatch.setattr(worker, "TOGETHER", 0.0)
    assert Worker(house.platform).work_once() == 4
    assert house.states() == ["WAITING_FOR_RECEIPT"] * 4
    assert moments(house) == 4


@pytest.mark.feature("PL5")
def test_what_cannot_be_written_together_is_written_one_by_one(house, deliveries, monkeypatch):
    """Two workers that wait for each other's rows: the server ends one of them, which then goes step by step."""
    at_once, asked = house.platform.database.at_once, []

    def deadlocked(organisation_id, *statements, durable=True):
        if len(statements) > 2:
            asked.append(len(statements))
            raise psycopg.errors.DeadlockDetected("deadlock detected")
        return at_once(organisation_id, *statements, durable=durable)

    monkeypatch.setattr(house.platform.database, "at_once", deadlocked)
    assert Worker(house.platform).work_once() == 4
    assert asked
    assert house.states() == ["WAITING_FOR_RECEIPT"] * 4
    assert {one for one in deliveries if house.events(one)[-1] == "WAITING_FOR_RECEIPT"} == deliveries


@pytest.mark.feature("PL5")
def test_one_that_cannot_be_written_at_all_waits_for_its_lease_alone(house, deliveries, monkeypatch):
    """Then what the others of its batch have come to is written all the same, so that none of them goes twice."""
    at_once, spoilt = house.platform.database.at_once, min(deliveries)

    def deadlocked(organisation_id, *statements, durable=True):
        if any(facts.get("id") == spoilt and "state" in facts for _, facts in statements):
            raise psycopg.errors.DeadlockDetected("deadlock detected")
        return at_once(organisation_id, *statements, durable=durable)

    monkeypatch.setattr(house.platform.database, "at_once", deadlocked)
    assert Worker(house.platform).work_once() == 4
    states = {row.id: row.state for row in house.rows("SELECT id, state FROM deliveries")}
    assert states.pop(spoilt) == "SEND_IN_PROGRESS"
    assert set(states.values()) == {"WAITING_FOR_RECEIPT"}


@pytest.mark.feature("PL5")
def test_a_fault_in_the_middle_loses_nothing_that_was_handed_over(house, deliveries, monkeypatch):
    """A worker that stops at the third delivery has written the first two before it lets go."""

    class Stopped(BaseException):
        """The process is told to end."""

    carry, seen = carrying.carry, []

    def third_stops(platform, loaded):
        if len(seen) == 2:
            raise Stopped
        seen.append(loaded.claim.id)
        return carry(platform, loaded)

    monkeypatch.setattr(carrying, "carry", third_stops)
    with pytest.raises(Stopped):
        Worker(house.platform).work_once()
    assert house.states().count("WAITING_FOR_RECEIPT") == 2
