"""A client of the service (HTTP API of Vault and OpenBao): signs in, sends requests, and describes errors.

A refused secret id is not tried again, since the service locks out roles that try too often.
"""

import ssl
import threading
from pathlib import Path
from typing import Any

import httpx
import msgspec

from budkavle import Unavailable
from budkavle_transit.settings import TransitSettings

LARGEST = 100_000
"""The most bytes of a response, which has a few hundred."""
NO_URL = "Ange url under [plugins.transit]: adressen till nyckeltjänsten."
NO_WAY_IN = "Ange token_file, eller role_id och secret_id_file, under [plugins.transit]."
UNREADABLE = "Filen {path} under [plugins.transit] går inte att läsa."
BAD_CA = "Filen {path}, som ca under [plugins.transit] pekar på, innehåller inga certifikat."
SLOW = "Nyckeltjänsten svarade inte inom {seconds} sekunder. Kontrollera att den är igång."
SILENT = "Nyckeltjänsten går inte att nå ({reason}). Kontrollera url och ca under [plugins.transit]."
SEALED = "Nyckeltjänsten är låst (sealed). Lås upp den."
BUSY = "Nyckeltjänsten har för mycket att göra just nu."
ILL = "Nyckeltjänsten svarade med felkod {status}. Se dess logg."
DENIED = (
    "Nyckeltjänsten nekar oss. Kontrollera att {what} under [plugins.transit] gäller, och att dess policy tillåter"
    " encrypt och decrypt med nyckeln."
)
NO_ENGINE = "Nyckeltjänsten har ingen transit på {mount}. Kontrollera mount och namespace under [plugins.transit]."
NOT_ITS_ANSWER = "Svaret är inte nyckeltjänstens. Kontrollera url under [plugins.transit]."


class Refused(Exception):
    """The service says that the request cannot be performed (400), with its own message."""


class _Answer(msgspec.Struct):
    data: dict[str, Any] | None = None
    auth: dict[str, Any] | None = None
    errors: list[str] = []


class Service:
    """The service of the settings.

    Args:
        settings: The section `[plugins.transit]`.
    """

    def __init__(self, settings: TransitSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._token = ""
        self._refused = ""

    def ask(self, operation: str, **values: str) -> dict[str, Any]:
        """Let the transit engine perform an operation with the key. An expired token is renewed, once.

        Args:
            operation: `encrypt` or `decrypt`.
            values: The parameters of the operation.

        Returns:
            The data of the response.

        Raises:
            Refused: It cannot be performed with these values.
            Unavailable: It cannot be performed now; the message says what to do.
        """
        settings = self._settings
        path = f"{settings.mount}/{operation}/{settings.key_name}"
        token = self._token or self._sign_in("")
        answer = self._post(path, values, token)
        if answer.status_code == httpx.codes.FORBIDDEN:
            answer = self._post(path, values, self._sign_in(token))
        return self._read(answer).data or {}

    def _sign_in(self, stale: str) -> str:
        """Return a token that is not the stale one. Several threads share a new one."""
        with self._lock:
            if self._token == stale:
                self._token = self._new_token()
            return self._token

    def _new_token(self) -> str:
        settings = self._settings
        if settings.token_file is not None:
            return _content(settings.token_file)
        if not settings.role_id or settings.secret_id_file is None:
            raise Unavailable(NO_WAY_IN)
        secret = _content(settings.secret_id_file)
        if secret == self._refused:
            raise Unavailable(DENIED, what="secret_id_file")
        values = {"role_id": settings.role_id, "secret_id": secret}
        try:
            answer = self._read(self._post(f"auth/{settings.role_mount}/login", values, ""))
        except Refused as error:
            self._refused = secret
            raise Unavailable(DENIED, what="secret_id_file") from error
        token = (answer.auth or {}).get("client_token")
        if not isinstance(token, str) or not token:
            raise Unavailable(NOT_ITS_ANSWER)
        return token

    def _post(self, path: str, values: dict[str, str], token: str) -> httpx.Response:
        settings = self._settings
        headers = {"X-Vault-Request": "true"}
        if token:
            headers["X-Vault-Token"] = token
        if settings.namespace:
            headers["X-Vault-Namespace"] = settings.namespace
        address = f"{settings.url.rstrip('/')}/v1/{path}"
        try:
            with self._client() as client:
                return _sent(client, address, headers, values)
        except httpx.TimeoutException as error:
            raise Unavailable(SLOW, seconds=f"{settings.timeout_seconds:g}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(SILENT, reason=type(error).__name__) from error

    def _read(self, response: httpx.Response) -> _Answer:
        what = "token_file" if self._settings.token_file else "secret_id_file"
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Unavailable(NOT_ITS_ANSWER) from error
        match response.status_code:
            case httpx.codes.OK:
                return answer
            case httpx.codes.BAD_REQUEST:
                raise Refused("; ".join(answer.errors))
            case httpx.codes.FORBIDDEN:
                raise Unavailable(DENIED, what=what)
            case httpx.codes.NOT_FOUND:
                raise Unavailable(NO_ENGINE, mount=self._settings.mount)
            case httpx.codes.TOO_MANY_REQUESTS:
                raise Unavailable(BUSY)
            case httpx.codes.SERVICE_UNAVAILABLE:
                raise Unavailable(SEALED)
            case status:
                raise Unavailable(ILL, status=status)

    def _client(self) -> httpx.Client:
        """Return a client for one request: a process seldom sends one, and connections would survive a fork."""
        settings = self._settings
        if not settings.url:
            raise Unavailable(NO_URL)
        try:
            context = ssl.create_default_context(cafile=settings.ca)
        except ssl.SSLError as error:
            raise Unavailable(BAD_CA, path=str(settings.ca)) from error
        except OSError as error:
            raise Unavailable(UNREADABLE, path=str(settings.ca)) from error
        return httpx.Client(verify=context, timeout=settings.timeout_seconds, follow_redirects=False, trust_env=False)


def _content(path: Path) -> str:
    """Return the content of a file with a secret. It is read each time, since others renew it."""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(UNREADABLE, path=str(path)) from error


def _sent(client: httpx.Client, address: str, headers: dict[str, str], values: dict[str, str]) -> httpx.Response:
    """Send a request and read the response, up to its largest allowed size."""
    with client.stream("POST", address, headers=headers, json=values) as response:
        content = b""
        for piece in response.iter_bytes():
            content += piece
            if len(content) > LARGEST:
                raise Unavailable(NOT_ITS_ANSWER)
        return httpx.Response(response.status_code, content=content)
