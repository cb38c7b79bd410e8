"""Microsoft Graph, called as an organisation's own application and not for a user: tokens, and responses as they come.

What a response means, and what people are told, is up to each plugin.

Source: Microsoft Learn, "OAuth 2.0 client credentials flow", "Microsoft Graph error responses" and "Microsoft Graph
throttling guidance" (`Retry-After`).
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import UUID

import httpx

from budkavle import Host, outside_client

SECONDS = 10.0
MARGIN = 120
"""How many seconds before its end a token is replaced."""
SCOPE = "https://graph.microsoft.com/.default"


class GraphSilent(Exception):
    """Microsoft does not respond, or is too busy.

    Attributes:
        is_busy: Whether it responded, and asked us to try again later.
    """

    def __init__(self, *, is_busy: bool = False) -> None:
        super().__init__("busy" if is_busy else "no-answer")
        self.is_busy = is_busy


class TokenDenied(Exception):
    """Entra ID refuses to give the application a token.

    Attributes:
        reason: A word: `tenant`, `client`, `secret` or `unexpected`.
        status: The HTTP status of the response.
    """

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


@dataclass(frozen=True, slots=True)
class GraphApp:
    """An application in Microsoft Entra ID, and the addresses of the services.

    Attributes:
        entra_url: The address of Entra ID, for tokens.
        graph_url: The address of Graph.
    """

    tenant: str
    client_id: str
    client_secret: str = field(repr=False)
    entra_url: str = "https://login.microsoftonline.com"
    graph_url: str = "https://graph.microsoft.com"


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """A response from Graph.

    Attributes:
        status: The HTTP status.
        content: The JSON object. Empty if there is none.
        retry_after: After how many seconds to try again. 0 if not stated.
    """

    status: int
    content: Mapping[str, Any] = field(repr=False)
    retry_after: float = 0.0

    @property
    def message(self) -> str:
        """The message of an error, for checks in code, but never for people or logs."""
        error = self.content.get("error")
        return str(error.get("message", "")) if isinstance(error, dict) else ""


@dataclass(slots=True)
class _Token:
    value: str = field(repr=False)
    ends: float


_TOKENS: dict[tuple[UUID, str, str, bytes], _Token] = {}
_LOCK = Lock()
_ENTRA = {
    "AADSTS90002": "tenant",
    "AADSTS900023": "tenant",
    "AADSTS700016": "client",
    "AADSTS7000215": "secret",
    "AADSTS7000222": "secret",
}
"""Entra's error numbers for refusals."""


@dataclass(frozen=True, slots=True)
class GraphClient:
    """Graph for the application of one organisation.

    Example:
        client = GraphClient(host, organisation_id, GraphApp(tenant, client_id, secret))
        answer = client.post(f"/users/{account}/onlineMeetings", {"subject": "Möte"})
    """

    host: Host
    organisation_id: UUID
    app: GraphApp

    def post(self, path: str, content: Mapping[str, Any]) -> GraphAnswer:
        """Post to a path of Graph. If the token is no longer accepted, it is replaced once.

        Args:
            path: Below `/v1.0`.
            content: The JSON to post.

        Raises:
            GraphSilent: Microsoft does not respond, or is too busy to give a token.
            TokenDenied: Entra ID refuses to give the application a token.
        """
        answer = self._send(path, content, self.token())
        if answer.status_code == httpx.codes.UNAUTHORIZED:  # the secret was changed, or the token revoked
            with _LOCK:
                _TOKENS.pop(self._key, None)
            answer = self._send(path, content, self.token())
        return GraphAnswer(answer.status_code, _json(answer), _seconds(answer.headers.get("retry-after", "")))

    def token(self) -> str:
        """Return a token for Graph, cached in this process until shortly before its end.

        Raises:
            GraphSilent: Microsoft does not respond, or is too busy.
            TokenDenied: Entra ID refuses to give the application a token.
        """
        with _LOCK:
            kept = _TOKENS.get(self._key)
        if kept and kept.ends > time.monotonic():
            return kept.value
        answer = self._ask_for_token()
        content = _json(answer)
        if answer.status_code != httpx.codes.OK or not isinstance(content.get("access_token"), str):
            raise _denial(answer, content)
        token = _Token(content["access_token"], time.monotonic() + float(content.get("expires_in", 3600)) - MARGIN)
        with _LOCK:
            _TOKENS[self._key] = token
        return token.value

    @property
    def _key(self) -> tuple[UUID, str, str, bytes]:
        secret = hashlib.sha256(self.app.client_secret.encode()).digest()
        return self.organisation_id, self.app.tenant, self.app.client_id, secret

    def _ask_for_token(self) -> httpx.Response:
        url = f"{self.app.entra_url.rstrip('/')}/{self.app.tenant}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
            "scope": SCOPE,
        }
        try:
            with self._client(url) as client:
                return client.post(url, data=form)
        except httpx.HTTPError as error:
            raise GraphSilent from error

    def _send(self, path: str, content: Mapping[str, Any], token: str) -> httpx.Response:
        url = f"{self.app.graph_url.rstrip('/')}/v1.0{path}"
        try:
            with self._client(url) as client:
                return client.post(url, json=content, headers={"authorization": f"Bearer {token}"})
        except httpx.HTTPError as error:
            raise GraphSilent from error

    def _client(self, url: str) -> httpx.Client:
        # The addresses are the installation's own settings; unencrypted ones are for a service on the same machine.
        return outside_client(self.host.platform, SECONDS, plain=url.startswith("http://"))


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _seconds(text: str) -> float:
    """Read `Retry-After` in seconds. Graph never gives a date."""
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _denial(answer: httpx.Response, content: Mapping[str, Any]) -> GraphSilent | TokenDenied:
    status, description = answer.status_code, str(content.get("error_description", ""))
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return GraphSilent(is_busy=True)
    reason = next((word for number, word in _ENTRA.items() if number in description), "")
    if not reason and content.get("error") == "invalid_client":
        reason = "secret"
    return TokenDenied(reason or "unexpected", status)
