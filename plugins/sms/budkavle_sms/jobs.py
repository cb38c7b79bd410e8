"""The worker's jobs: keep the gateway's session open, and delete old data."""

from datetime import timedelta
from uuid import UUID

from budkavle import Host
from budkavle_sms.gateways.base import Gateway
from budkavle_sms.notices.carry_over import OlderMessages
from budkavle_sms.receipts import Reports
from budkavle_sms.register import Register


class Upkeep:
    """Periodic work besides sending.

    Args:
        host: The plugin's host.
        register: Which gateway has which message.
        reports: The gateways' reports.
        older: Messages queued by an older version.
        keep: How long recipients of messages are remembered.
    """

    def __init__(self, host: Host, register: Register, reports: Reports, older: OlderMessages, keep: timedelta) -> None:
        self._host = host
        self._register = register
        self._reports = reports
        self._older = older
        self._keep = keep

    async def attend(self, gateway: Gateway) -> int:
        """Keep the gateway's session open, because reports arrive through it. Run it as a job."""
        await gateway.attend()
        return 0

    def sweep(self) -> int:
        """Delete old data. Run it as a job."""
        return self._reports.sweep() + self._host.platform.in_each_organisation(self._sweep_one)

    def _sweep_one(self, organisation_id: UUID) -> int:
        return self._register.sweep(organisation_id, self._keep) + self._older.sweep(organisation_id, self._keep)
