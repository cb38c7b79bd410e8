"""The gateway for development: it sends nothing. Administrators can read the sealed messages on a page."""

from budkavle_sms.gateways.base import Sms


class LogGateway:
    """A `Gateway` that accepts everything."""

    name = "log"
    takes_once = True

    async def send(self, sms: Sms) -> str:
        """Accept a message."""
        return str(sms.id)

    async def probe(self) -> None:
        """Do nothing: it always works."""

    async def attend(self) -> None:
        """Do nothing: there is no connection."""

    async def close(self) -> None:
        """Do nothing: there is no connection."""
