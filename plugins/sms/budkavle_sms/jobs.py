"""The worker's jobs: keeps the line to the gateway open, and forgets what is old."""

from datetime import timedelta
from uuid import UUID

from budkavle import Host
from budkavle_sms.gateways.base import Gateway
from budkavle_sms.notices.carry_over import OlderMessages
from budkavle_sms.receipts import Reports
from budkavle_sms.register import Register


class Upkeep:
    """What is done again and again beside the sending.

    Args:
        host: The plugin's host.
        register: Which gateway has got what.
        reports: What gateways have said.
        older: What an older version has queued.
        keep: How long it is remembered who got a message.
    """

    def __init__(self, host: Host, register: Register, reports: Reports, older: OlderMessages, keep: timedelta) -> None:
        self._host = host
        self._register = register
        self._reports = reports
        self._older = older
        self._keep = keep

    async def attend(self, gateway: Gateway) -> int:
        """Keep the gateway's line open, since reports come through it. Run it as a job."""
        await gateway.attend()
        return 0

    def sweep(self) -> int:
        """Forget what is old. Run it as a job."""
        return self._reports.sweep() + self._host.platform.in_each_organisation(self._sweep_one)

    def _sweep_one(self, organisation_id: UUID) -> int:
        return self._register.sweep(organisation_id, self._keep) + self._older.sweep(organisation_id, self._keep)
