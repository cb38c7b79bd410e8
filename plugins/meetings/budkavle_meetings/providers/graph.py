"""Microsoft Graph, asked as the organisation's own application. Its refusals become plain sentences.

Source: Microsoft Learn, "OAuth 2.0 client credentials flow", "Allow applications to access online meetings on behalf
of a user" and "Microsoft Graph error responses".
"""

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import UUID

import httpx

from budkavle import Host, Permanent, Temporary, outside_client
from budkavle_meetings.providers.settings import TeamsRooms

SECONDS = 10.0
MARGIN = 120
"""Seconds before its end when a token is asked for anew."""
NO_ANSWER = "Microsoft svarar inte just nu. Försök igen om en stund."
BUSY = "Microsoft har för mycket att göra just nu. Försök igen om en stund."
NO_TENANT = "Microsoft känner inte katalogen. Kontrollera katalog-id."
NO_CLIENT = "Microsoft känner inte programmet i katalogen. Kontrollera program-id."
WRONG_SECRET = "Microsoft godtar inte klienthemligheten. Den kan ha gått ut. Skapa en ny i Entra ID och spara den här."  # noqa: S105 - a sentence
NO_POLICY = (
    "Programmet får inte skapa möten i kontot {account}. Ge kontot en åtkomstprincip för programmet"
    " (New-CsApplicationAccessPolicy), och vänta upp till 30 minuter."
)
NO_CONSENT = (
    "Programmet saknar behörighet i Microsoft Graph. Lägg till {permission}, och godkänn den för organisationen."
)
NO_ACCOUNT = "Kontot {account} finns inte i katalogen, eller saknar Teams."
UNEXPECTED = "Microsoft svarade något oväntat ({status})."


@dataclass(slots=True)
class _Token:
    value: str = field(repr=False)
    ends: float


_TOKENS: dict[tuple[UUID, str, str, int], _Token] = {}
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Graph:
    """Graph as one organisation's application sees it.

    Attributes:
        entra_url: Where tokens come from; `[plugins.meetings]` says it.
        graph_url: Where Graph is.
    """

    host: Host
    organisation_id: UUID
    settings: TeamsRooms
    entra_url: str
    graph_url: str

    def post(self, path: str, content: dict[str, Any], *, account: str, permission: str) -> dict[str, Any]:
        """Post to a path of Graph; return what it answers.

        Args:
            path: Below `/v1.0`.
            content: What is posted, as JSON.
            account: Whose meetings or calendar, for the sentence of a refusal.
            permission: The permission that the call needs, for the sentence of a refusal.

        Raises:
            Temporary: Microsoft does not answer now.
            Permanent: It refuses; the sentence says what to do.
        """
        answer = self._send(path, content, self.token())
        if answer.status_code == httpx.codes.UNAUTHORIZED:  # the secret was changed, or the token withdrawn
            self._forget()
            answer = self._send(path, content, self.token())
        return self._read(answer, account, permission)

    def token(self) -> str:
        """Return a token for Graph, kept in this process until shortly before its end.

        Raises:
            Temporary: Microsoft does not answer now.
            Permanent: It refuses the application.
        """
        with _LOCK:
            kept = _TOKENS.get(self._key)
        if kept and kept.ends > time.monotonic():
            return kept.value
        answer = self._post_form(
            f"{self.entra_url}/{self.settings.tenant}/oauth2/v2.0/token",
            {
                "grant_type": "client_credentials",
                "client_id": self.settings.client_id,
                "client_secret": self.settings.client_secret,
                "scope": "https://graph.microsoft.com/.default",
            },
        )
        content = _json(answer)
        if answer.status_code != httpx.codes.OK or not isinstance(content.get("access_token"), str):
            raise _token_fault(answer, content)
        token = _Token(content["access_token"], time.monotonic() + float(content.get("expires_in", 3600)) - MARGIN)
        with _LOCK:
            _TOKENS[self._key] = token
        return token.value

    @property
    def _key(self) -> tuple[UUID, str, str, int]:
        return self.organisation_id, self.settings.tenant, self.settings.client_id, hash(self.settings.client_secret)

    def _forget(self) -> None:
        with _LOCK:
            _TOKENS.pop(self._key, None)

    def _client(self, url: str) -> httpx.Client:
        # The addresses are the installation's own settings; unencrypted ones are for a peer on the same machine.
        return outside_client(self.host.platform, SECONDS, plain=url.startswith("http://"))

    def _post_form(self, url: str, form: dict[str, str]) -> httpx.Response:
        try:
            with self._client(url) as client:
                return client.post(url, data=form)
        except httpx.HTTPError as error:
            raise Temporary(NO_ANSWER) from error

    def _send(self, path: str, content: dict[str, Any], token: str) -> httpx.Response:
        url = f"{self.graph_url}/v1.0{path}"
        try:
            with self._client(url) as client:
                return client.post(url, json=content, headers={"authorization": f"Bearer {token}"})
        except httpx.HTTPError as error:
            raise Temporary(NO_ANSWER) from error

    def _read(self, answer: httpx.Response, account: str, permission: str) -> dict[str, Any]:
        status, content = answer.status_code, _json(answer)
        if answer.is_success and content:
            return content
        if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Temporary(BUSY)
        if status == httpx.codes.UNAUTHORIZED:
            raise Permanent(WRONG_SECRET)
        if status == httpx.codes.FORBIDDEN and "policy" in _message(content).lower():
            raise Permanent(NO_POLICY, account=account)
        if status == httpx.codes.FORBIDDEN:
            raise Permanent(NO_CONSENT, permission=permission)
        if status == httpx.codes.NOT_FOUND:
            raise Permanent(NO_ACCOUNT, account=account)
        raise Permanent(UNEXPECTED, status=status)


def graph(host: Host, organisation_id: UUID, chosen: TeamsRooms) -> Graph:
    """Return Graph as an organisation's application sees it."""
    return Graph(host, organisation_id, chosen, host.settings.entra_url, host.settings.graph_url)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _message(content: dict[str, Any]) -> str:
    error = content.get("error")
    return str(error.get("message", "")) if isinstance(error, dict) else ""


def _token_fault(answer: httpx.Response, content: dict[str, Any]) -> Temporary | Permanent:
    """Read Entra's refusal by its numbers, AADSTS."""
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Temporary(BUSY)
    description = str(content.get("error_description", ""))
    for number, sentence in _ENTRA.items():
        if number in description:
            return Permanent(sentence)
    if content.get("error") == "invalid_client":
        return Permanent(WRONG_SECRET)
    return Permanent(UNEXPECTED, status=answer.status_code)


_ENTRA = {
    "AADSTS90002": NO_TENANT,
    "AADSTS900023": NO_TENANT,
    "AADSTS700016": NO_CLIENT,
    "AADSTS7000215": WRONG_SECRET,
    "AADSTS7000222": WRONG_SECRET,
}
