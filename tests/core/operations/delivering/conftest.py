"""A delivery that waits for a worker."""

import pytest

from budkavle.messaging import sending
from budkavle.testing.acting import in_work


@pytest.fixture
def delivery(platform, organisation, case_worker, mailbox, draft):
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    return organisation.rows("SELECT id FROM deliveries")[0].id
