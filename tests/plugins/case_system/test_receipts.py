"""What the case system has confirmed counts as a receipt for the schedule of records."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from budkavle import ActorScope, Platform
from budkavle.cases import find_case_times
from budkavle.testing import SampleOrganisation
from budkavle_records.disposal import judging


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], base: Path) -> Platform:
    settings = {"folder": str(base), "timeout_seconds": 1, "plain_http": True}
    return budkavle_open(
        enabled=("case_system", "records"), plugins={"case_system": settings}, private_addresses=("127.0.0.1",)
    )


@pytest.mark.feature("ZR3")
def test_a_case_has_its_receipt_once_all_of_it_is_confirmed(by_webhook: Any, organisation: SampleOrganisation) -> None:
    """The day is that of the last message; one that the case system does not have keeps the case."""

    def receipts(case_id: Any) -> Any:
        host = by_webhook.platform.plugins.host("records")
        with host.work(host.system(organisation.id, ActorScope.READ)) as work:
            return judging.receipt_days(host, work, find_case_times(work, [case_id]).values())

    case_id = organisation.arrive(conversation_id="k1")
    by_webhook.read()
    assert receipts(case_id) == {}
    by_webhook.deliver()
    (row,) = by_webhook.rows("acknowledged_at")
    assert receipts(case_id) == {case_id: row.acknowledged_at.astimezone(ZoneInfo("Europe/Stockholm")).date()}
    by_webhook.system.statuses = [500]
    organisation.arrive(conversation_id="k1")
    by_webhook.read()
    by_webhook.deliver()
    assert receipts(case_id) == {}
    answers = by_webhook.platform.plugins.call_hook(
        "records_receipts", organisation_id=organisation.id, message_ids=[uuid4()]
    )
    assert [answer.thing for answer in answers] == [{}]
