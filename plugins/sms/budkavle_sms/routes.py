"""The endpoint where gateways report on messages: each message has a URL that cannot be guessed."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from budkavle import TooLarge
from budkavle.notices import NoticeState
from budkavle.web import WebRequest
from budkavle_sms.gateways import elks
from budkavle_sms.gateways.base import Gateway
from budkavle_sms.gateways.http_service import HttpService
from budkavle_sms.receipts import PATH, Reports

MOST_BYTES = 16_000


async def find_words(request: WebRequest) -> dict[str, Any]:
    """Read a report: form fields, or a JSON document; anything else gives an empty result.

    Raises:
        TooLarge: It is longer than any report.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLarge("Leveransbeskedet är för stort.")
    if "json" in request.headers.get("content-type", ""):
        try:
            report = json.loads(body)
        except (ValueError, RecursionError):
            return {}
        return report if isinstance(report, dict) else {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def router(reports: Reports, gateway: Gateway) -> Router:
    """Return the route of delivery reports."""

    @post(
        f"{PATH}/{{token:str}}",
        sync_to_thread=True,
        status_code=204,
        foreign_callers=True,
        dependencies={"words": Provide(find_words)},
    )
    def report(token: FromPath[str], words: NamedDependency[dict[str, Any]]) -> None:
        """Record the outcome of a message. The response is always the same, because gateways repeat reports."""
        reports.reported(token, _state(gateway, words))

    return Router("", route_handlers=[report])


def _state(gateway: Gateway, words: Mapping[str, Any]) -> NoticeState | None:
    if isinstance(gateway, HttpService):
        return gateway.reported(words)
    return elks.reported({name: str(value) for name, value in words.items()}) if gateway.name == "46elks" else None
