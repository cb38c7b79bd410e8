"""A peer's receipt about a delivery."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from budkavle.model.receipts import Receipt
from budkavle.model.states import DeliveryState
from budkavle.testing.organisations import SampleOrganisation


@pytest.fixture
def word(organisation: SampleOrganisation) -> Callable[..., Receipt]:
    """`word(remote_id, state)` is a receipt with evidence and its own id."""
    numbers = count()

    def make(remote_id: UUID | str, state: DeliveryState, **more: Any) -> Receipt:
        facts = {"transport": "fake", "evidence": b"<signed/>", "receipt_id": f"receipt-{next(numbers)}", **more}
        return Receipt(
            organisation_id=organisation.id, remote_id=str(remote_id), state=state, at=datetime.now(UTC), **facts
        )

    return make
