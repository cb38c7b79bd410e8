"""Client of another message service: its token endpoint, and the four operations."""

import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec
from joserfc import jwt

from budkavle import Host, Invalid, Permanent, Temporary, outside_client
from budkavle_message_api.access.tokens import ASSERTION
from budkavle_message_api.api_scopes import SCOPES
from budkavle_message_api.formats import Events, MessageDocument, MessageList, text_of
from budkavle_message_api.upstream import connections
from budkavle_message_api.upstream.connections import Service

SILENT = "Meddelandetjänsten svarar inte. Vi försöker igen."
INSIDE = (
    "Meddelandetjänstens adress leder till ett internt nät, dit organisationer inte får ansluta. Be er IT-avdelning "
    "släppa fram den med private_addresses i inställningarna. Vi försöker igen."
)
ODD = "Meddelandetjänsten svarar inte som den ska (HTTP {status}). Vi försöker igen."
SHUT = "Meddelandetjänsten släpper inte in oss (HTTP {status}). Kontrollera klientens identitet och nyckel där."
REFUSED = "Meddelandetjänsten tog inte emot meddelandet: {reason} Rätta och skicka på nytt."
LONGEST_REASON, ASSERTION_SECONDS, EARLY = 300, 60, 30
ROOM = 5_000_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Held:
    """An access token and its expiry, on the process's monotonic clock."""

    token: str
    until: float


class ServiceClient:
    """An organisation's client at its message service; the access token is only kept in memory.

    Args:
        host: The plugin's host.
        service: The service.
    """

    def __init__(self, host: Host, service: Service) -> None:
        self.service = service
        self._host, self._held, self._lock = host, _Held("", 0.0), threading.Lock()
        self._http = outside_client(host.platform, host.settings.timeout_seconds, plain=host.settings.plain_http)
        weakref.finalize(self, self._http.close)  # nothing reports that a connection is replaced

    def post(self, body: bytes) -> str:
        """Submit a message, and return its id at the service.

        Raises:
            Temporary: Try again later.
            Permanent: The service refuses the message.
        """
        answer = self._ask("POST", "", content=body, headers={"Content-Type": "application/json"})
        if answer.status_code != 201:
            raise self._refusal(answer)
        location: str = answer.headers.get("Location", "")
        return location.rstrip("/").rpartition("/")[2]

    def new(self, page: int) -> MessageList:
        """Return a page of new messages.

        Raises:
            Temporary: The service cannot be reached now.
            Permanent: The service refuses the request.
        """
        query = {"filter[messageStatus]": "NEW", "page[number]": str(page)}
        if page == 1:
            del query["page[number]"]  # a service without pages gives all
        return self._read(self._ask("GET", "", params=query), MessageList)

    def get(self, name: str, *, whole: bool) -> MessageDocument | None:
        """Return a message, with texts and files if `whole`; None if there is none.

        Raises:
            Temporary: The service cannot be reached now.
            Permanent: The service refuses the request.
        """
        path = f"/{quote(name, safe='')}"
        bare = {} if whole else {"filter[contentFiles]": "false", "filter[contentBodyText]": "false"}
        answer = self._ask("GET", path, params=bare)
        if answer.status_code == 400 and bare:
            answer = self._ask("GET", path)  # a service that does not know these filters
        return None if answer.status_code == 404 else self._read(answer, MessageDocument)

    def delete(self, name: str) -> None:
        """Delete a message there; it is no error if it is already gone.

        Raises:
            Temporary: The service cannot be reached now.
            Permanent: The service refuses.
        """
        answer = self._ask("DELETE", f"/{quote(name, safe='')}")
        if answer.status_code not in {200, 202, 204, 404}:
            raise self._refusal(answer)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request with our token, and again with a new one if the token is no longer valid."""
        url = f"{self.service.url}/sdk/messages{path}"
        headers = more.pop("headers", {})
        for fresh in (False, True):
            sent_headers = {
                **headers,
                "Authorization": f"Bearer {self._token(fresh=fresh)}",
                "Accept": "application/json",
            }
            answer = self._send(method, url, headers=sent_headers, **more)
            if answer.status_code != 401:
                break
        if answer.status_code in {401, 403}:
            raise Temporary(SHUT, status=answer.status_code)
        if answer.status_code in {408, 425, 429} or answer.is_server_error or answer.is_redirect:
            raise Temporary(ODD, status=answer.status_code)
        return answer

    def _send(self, method: str, url: str, **more: Any) -> httpx.Response:
        most = self._host.settings.max_bytes * 4 // 3 + ROOM
        try:
            with self._http.stream(method, url, **more) as answer:
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > most:
                        raise Temporary(ODD, status=answer.status_code)
                return httpx.Response(answer.status_code, headers=_plain(answer.headers), content=bytes(body))
        except Invalid as error:
            raise Temporary(INSIDE) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Temporary(SILENT) from error

    def _token(self, *, fresh: bool) -> str:
        with self._lock:
            if fresh or time.monotonic() > self._held.until:
                self._held = self._new_token()
            return self._held.token

    def _new_token(self) -> _Held:
        service, key = self.service, connections.key_of(self._host, self.service)
        now = int(time.time())
        claims = {"iss": service.client_id, "sub": service.client_id, "aud": service.token_url, "jti": uuid4().hex}
        claims_in_time = {**claims, "iat": now, "exp": now + ASSERTION_SECONDS}
        assertion = jwt.encode({"alg": "RS256", "kid": key.kid}, claims_in_time, key, algorithms=["RS256"])
        form = {
            "grant_type": "client_credentials",
            "client_id": service.client_id,
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion,
            "scope": " ".join(SCOPES),
        }
        answer = self._send("POST", service.token_url, data=form, headers={"Accept": "application/json"})
        if answer.is_client_error and answer.status_code != 429:
            raise Temporary(SHUT, status=answer.status_code)
        if answer.status_code != 200:
            raise Temporary(ODD, status=answer.status_code)
        given_token = _decoded(answer, _TokenAnswer)
        return _Held(given_token.access_token, time.monotonic() + max(0, given_token.expires_in - EARLY))

    def _read(self, answer: httpx.Response, kind: type[T]) -> T:
        if answer.status_code != 200:
            raise self._refusal(answer)
        return _decoded(answer, kind)

    @staticmethod
    def _refusal(answer: httpx.Response) -> Permanent:
        """Return the service's reason for refusing, in its own words."""
        try:
            problem = msgspec.json.decode(answer.content, type=Events)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            problem = Events()
        issues = problem.issues if isinstance(problem.issues, list) else []
        reasons = [" ".join(part for part in (text_of(issue.title), text_of(issue.where)) if part) for issue in issues]
        reason = "; ".join(reasons) or text_of(problem.detail) or f"HTTP {answer.status_code}."
        return Permanent(REFUSED, reason=reason[:LONGEST_REASON])


class _TokenAnswer(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int = 60


def _decoded(answer: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Temporary(ODD, status=answer.status_code) from error


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a response whose body has been read and decoded."""
    read = {"content-encoding", "content-length"}
    return {name: value for name, value in headers.items() if name.lower() not in read}
