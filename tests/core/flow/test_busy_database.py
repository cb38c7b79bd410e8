"""A database that takes too long, while a worker has something in hand."""

from typing import Any

import pytest
from sqlalchemy import text

from budkavle.messaging import sending
from budkavle.model.errors import Unavailable
from budkavle.operations.worker import Worker
from budkavle.settings import DatabaseSettings
from budkavle.testing.acting import in_work


@pytest.mark.feature("S12")
def test_a_worker_parks_nothing_because_of_the_database(house: Any, draft: Any) -> None:
    """A time-out is no fault of the message: it stays claimed, and goes once the lease has ended."""
    database = house.platform.database
    in_work(house.platform, house.anna, sending.send, house.box.id, draft())
    database.hurry(DatabaseSettings(lock_seconds=0.05))
    with database.owner() as owner, owner.begin() as connection:
        connection.execute(text("LOCK TABLE messages"))
        with pytest.raises(Unavailable):
            Worker(house.platform).work_once()
    assert house.states() == ["SEND_IN_PROGRESS"]
    with database.transaction(house.organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET lease_until = now(), due_at = now()"))
    assert Worker(house.platform).work_once() == 1
    assert house.states() == ["WAITING_FOR_RECEIPT"]
