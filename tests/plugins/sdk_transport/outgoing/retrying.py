"""When the access point is asked, and what a person does with a delivery that stands still."""

from typing import Any

from budkavle import Platform
from budkavle.messaging.sending import retry
from budkavle.testing.acting import in_work
from budkavle_sdk_transport.settings import TimingSettings

TIMING = TimingSettings(transport_receipt_hours=2, message_receipt_hours=0.5, resends=2, resend_minutes=(15, 60))


def again(platform: Platform, municipality: Any, sdk_worker: Any) -> None:
    """Press "försök igen", and let a worker deliver."""
    in_work(platform, municipality.case_worker, retry, municipality.delivery().id)
    sdk_worker.deliver()
