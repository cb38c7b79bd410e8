"""The gateway of development: it sends nothing. Administrators read the sealed messages on a page."""

from budkavle_sms.gateways.base import Sms


class LogGateway:
    """A `Gateway` that takes everything."""

    name = "log"
    takes_once = True

    async def send(self, sms: Sms) -> str:
        """Take one message."""
        return str(sms.id)

    async def probe(self) -> None:
        """It is always there."""

    async def attend(self) -> None:
        """Nothing is open."""

    async def close(self) -> None:
        """Nothing is open."""
