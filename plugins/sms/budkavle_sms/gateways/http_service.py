"""Any HTTP service, described by templates in the settings."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from budkavle import Misconfigured
from budkavle.notices import NoticeState
from budkavle_sms.gateways.base import Sms
from budkavle_sms.gateways.http_client import Service, address, document
from budkavle_sms.settings import HttpSettings

SERVICE = "SMS-tjänsten"
PLACES = ("to", "from", "text", "id", "report_url", "secret")
_PLACE = re.compile(rf"\{{({'|'.join(PLACES)})\}}")
_JSON = "application/json"


class HttpService:
    """A `Gateway`.

    Args:
        settings: The URL and the templates.
        timeout: Timeout in seconds for each request.
    """

    name = "http"

    def __init__(self, settings: HttpSettings, timeout: float) -> None:
        self.takes_once = settings.idempotent
        self._url = address(settings.url, "[plugins.sms.http] url")
        self._settings = settings
        self._service = Service(SERVICE, timeout, settings.proxy)
        _check(settings)

    async def send(self, sms: Sms) -> str:
        """Send a message; its identifier is read from where the settings say."""
        body = await self._service.ask(
            self._settings.method, self._url, headers=self._headers(sms), content=self._body(sms)
        )
        path = self._settings.id_path
        return str(at_path(document(body, SERVICE), path) or "") if path else ""

    async def probe(self) -> None:
        """Do nothing: there is no request that every such service answers; the last result is reported instead."""

    async def attend(self) -> None:
        """Do nothing: no connection is kept open."""

    async def close(self) -> None:
        """Do nothing: no connection is kept open."""

    def reported(self, words: Mapping[str, Any]) -> NoticeState | None:
        """Read a delivery report; None if its status is not final."""
        word = str(at_path(words, self._settings.report_path))
        if word in self._settings.delivered:
            return NoticeState.DELIVERED
        return NoticeState.FAILED if word in self._settings.failed else None

    def _headers(self, sms: Sms) -> dict[str, str]:
        values = _values(sms, self._settings.secret)
        headers = {name: filled(value, values) for name, value in self._settings.headers.items()}
        return {"Content-Type": f"{self._settings.content_type}; charset=utf-8", **headers}

    def _body(self, sms: Sms) -> bytes:
        write = _in_json if self._settings.content_type == _JSON else quote_plus
        values = {name: write(value) for name, value in _values(sms, self._settings.secret).items()}
        return filled(self._settings.body, values).encode()


def filled(template: str, values: Mapping[str, str]) -> str:
    """Fill the placeholders of a template in one pass, so that text that looks like a placeholder stays as it is."""
    return _PLACE.sub(lambda place: values[place[1]], template)


def at_path(value: Any, path: str) -> Any:
    """Return the value at a path such as `messages.0.id`; None if there is none."""
    for key in path.split("."):
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, Mapping) and key in value:
            value = value[key]
        else:
            return None
    return value


def _values(sms: Sms, secret: str) -> dict[str, str]:
    return {
        "to": sms.to,
        "from": sms.sender,
        "text": sms.text,
        "id": str(sms.id),
        "report_url": sms.report_url,
        "secret": secret,
    }


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _check(settings: HttpSettings) -> None:
    """Refuse templates that cannot work, at start instead of at the first code."""
    if _PLACE.search(settings.url):
        raise Misconfigured("Adressen i [plugins.sms.http] url får inte ha platser: adresser hamnar i loggar.")
    if not all(f"{{{name}}}" in settings.body for name in ("to", "text")):
        raise Misconfigured("Mallen i [plugins.sms.http] body saknar plats för numret (to) eller texten (text).")
    if settings.content_type == _JSON:
        try:
            json.loads(filled(settings.body, dict.fromkeys(PLACES, "")))
        except (ValueError, RecursionError) as error:
            raise Misconfigured("Mallen i [plugins.sms.http] body är inte JSON.") from error
