"""Calls from Microsoft's bot service when somebody chooses "Skicka säkert" on a chat message.

The response opens one of our pages in a dialog. We never call the service, so the bot needs no secret here.

Source: Microsoft Learn, "Define message extension action commands" and "Create and send dialogs" (`fetchTask`,
`messagePayload`), "Authentication with the Bot Connector API".
"""

import json
import time
from typing import Any

from litestar import Router, post
from litestar.di import NamedDependency, Provide

from budkavle import Forbidden, Host, Invalid, TooLarge, Unavailable
from budkavle.identification import identity_accounts
from budkavle.web import WebRequest, allow_body
from budkavle_identity_tokens import BotCall, KeysUnavailable, RemoteKeys, TokenRefused, check_bot_token
from budkavle_teams.app_package import SEND
from budkavle_teams.extension import shared_texts
from budkavle_teams.extension.chat_text import text_of
from budkavle_teams.settings import TenantSettings
from budkavle_teams.texts import SEND as TITLE

MOST_BYTES = 256_000
RUNNING = 16
"""Calls whose bodies are read at the same time; each body arrives in one piece."""
CHANNEL = "msteams"
FETCH = "composeExtension/fetchTask"
NOT_READABLE = "Anropet från Teams gick inte att läsa."
TOO_LARGE = "Meddelandet från Teams är för stort."
REFUSED = "Anropet kom inte från Teams."
SILENT = "Anropet från Teams kan inte kontrolleras just nu."


async def find_call(request: WebRequest) -> dict[str, Any]:
    """Read a call, which is not authenticated yet.

    Raises:
        TooLarge: It is longer than any message in Teams.
        Invalid: It is not a JSON object.
    """
    body = bytearray()
    allow_body(request, MOST_BYTES, "teams", RUNNING)
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLarge(TOO_LARGE)
    try:
        call = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid(NOT_READABLE) from error
    if not isinstance(call, dict):
        raise Invalid(NOT_READABLE)
    return call


def router(host: Host, tenant: TenantSettings, keys: RemoteKeys) -> Router:
    """Return the route of a tenant's bot."""

    @post(
        f"{tenant.path}/messages",
        sync_to_thread=True,
        status_code=200,
        foreign_callers=True,
        dependencies={"call": Provide(find_call)},
    )
    def called(request: WebRequest, call: NamedDependency[dict[str, Any]]) -> dict[str, Any]:
        """Open the dialog; all other calls get an empty response."""
        _check(host, request, tenant, keys, call)
        value = _object(call, "value")
        if call.get("name") != FETCH or value.get("commandId") != SEND:
            return {}
        url = f"{host.platform.settings.base_url.rstrip('/')}{tenant.path}/share{_kept(host, tenant, call, value)}"
        shown = {"title": TITLE, "url": url, "fallbackUrl": url, "width": "large", "height": "large"}
        return {"task": {"type": "continue", "value": shown}}

    return Router("", route_handlers=[called])


def _check(host: Host, request: WebRequest, tenant: TenantSettings, keys: RemoteKeys, call: dict[str, Any]) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    # The key must be endorsed for Teams, whatever channel the call claims.
    expected = BotCall(tenant.bot_id, CHANNEL, str(call.get("serviceUrl", "")))
    try:
        check_bot_token(token if scheme.lower() == "bearer" else "", expected, keys, time.time())
    except TokenRefused as refused:
        host.log.warning("teams.refused", provider=tenant.name, reason=refused.reason)
        raise Forbidden(REFUSED) from refused
    except KeysUnavailable as error:
        raise Unavailable(SILENT) from error


def _kept(host: Host, tenant: TenantSettings, call: dict[str, Any], value: dict[str, Any]) -> str:
    """Store the text for the person who chose the command; nothing is stored if they have no account here.

    Returns:
        The end of the dialog's path: the text's id, which is of no use to anybody else.
    """
    body = _object(_object(value, "messagePayload"), "body")
    text = text_of(str(body.get("content", "")), str(body.get("contentType", "text")))
    directory = str(_object(_object(call, "channelData"), "tenant").get("id", ""))
    person = str(_object(call, "from").get("aadObjectId", ""))
    if not text or directory != tenant.tenant or not person:
        return ""
    accounts = identity_accounts(host.platform, tenant.name, f"{directory}.{person}")
    if not accounts:
        return ""
    user = accounts[0]
    return f"/{shared_texts.keep(host, user.organisation_id, user.id, text)}"


def _object(content: dict[str, Any], name: str) -> dict[str, Any]:
    part = content.get(name)
    return part if isinstance(part, dict) else {}
