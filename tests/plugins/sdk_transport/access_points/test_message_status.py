"""What the access point says of a message, in the states of a delivery."""

import pytest

from budkavle import DeliveryState as D
from budkavle_sdk_transport.access_points.message_status import DELIVERY_STATES


@pytest.mark.feature("SD6")
def test_the_access_points_sixteen_words_are_all_known() -> None:
    """Each of the access point's words means a state of ours, and never the receiver's own answer."""
    assert len(DELIVERY_STATES) == 16
    assert not set(DELIVERY_STATES.values()) & {D.ACKNOWLEDGED, D.ACKNOWLEDGED_WITH_WARNING, D.REJECTED}
