"""A database that takes too long, while a worker has something in hand."""

from typing import Any

import pytest
from sqlalchemy import text

from budkavle.messaging import sending
from budkavle.model.errors import Unavailable
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.operations.worker import Worker
from budkavle.settings import DatabaseSettings
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.mark.feature("S12")
def test_a_worker_parks_nothing_because_of_the_database(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, draft: Any
) -> None:
    """A time-out is no fault of the message: it is not counted, and goes at the next look."""
    database = platform.database
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    database.hurry(DatabaseSettings(lock_seconds=0.05))
    with database.owner() as owner, owner.begin() as connection:
        connection.execute(text("LOCK TABLE messages"))
        with pytest.raises(Unavailable):
            Worker(platform).work_once()
    assert organisation.delivery_states() == ["WAITING_FOR_RETRY"]
    assert Worker(platform).work_once() == 1
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"]
