"""The statuses of the API: each state of ours has one."""

import pytest

from budkavle import DeliveryState, IncomingState
from budkavle_message_api.status import KV_MEDDELANDESTATUS


@pytest.mark.feature("SD6", "S22")
def test_every_state_has_its_word_in_kv_meddelandestatus() -> None:
    """The map to KV Meddelandestatus leaves no state out."""
    assert set(KV_MEDDELANDESTATUS) == set(DeliveryState) | set(IncomingState)
