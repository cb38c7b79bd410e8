"""46elks: REST with form fields (46elks.com/docs/send-sms, 46elks.com/docs/sms-delivery-reports)."""

from collections.abc import Mapping

from budkavle import Misconfigured, Permanent
from budkavle.notices import NoticeState
from budkavle_sms.gateways.base import Sms
from budkavle_sms.gateways.http_client import REFUSED, Service, address, document
from budkavle_sms.settings import ElksSettings

SERVICE = "46elks"
STATES = {"delivered": NoticeState.DELIVERED, "failed": NoticeState.FAILED}
"""Final statuses of a delivery report; `created` and `sent` add nothing."""


class Elks:
    """A `Gateway`.

    Args:
        settings: The account.
        timeout: Timeout in seconds for each request.
    """

    name = "46elks"
    takes_once = False

    def __init__(self, settings: ElksSettings, timeout: float) -> None:
        if not (settings.username and settings.password):
            raise Misconfigured("Ange username och password i [plugins.sms.elks].")
        self._url = address(settings.url, "[plugins.sms.elks] url")
        self._auth = (settings.username, settings.password)
        self._service = Service(SERVICE, timeout, settings.proxy)

    async def send(self, sms: Sms) -> str:
        """Send a message; the text of a code is not stored there (`dontlog`)."""
        fields = {"from": sms.sender, "to": sms.to, "message": sms.text}
        if sms.report_url:
            fields["whendelivered"] = sms.report_url
        if sms.secret:
            fields["dontlog"] = "message"
        answer = document(await self._service.ask("POST", f"{self._url}/sms", data=fields, auth=self._auth), SERVICE)
        if answer.get("status") == "failed":
            raise Permanent(REFUSED, service=SERVICE, status="failed")
        return str(answer.get("id") or "")

    async def probe(self) -> None:
        """Read the account."""
        document(await self._service.ask("GET", f"{self._url}/me", auth=self._auth), SERVICE)

    async def attend(self) -> None:
        """Do nothing: no connection is kept open."""

    async def close(self) -> None:
        """Do nothing: no connection is kept open."""


def reported(words: Mapping[str, str]) -> NoticeState | None:
    """Read a delivery report's form fields; None if its status is not final."""
    return STATES.get(words.get("status", ""))
