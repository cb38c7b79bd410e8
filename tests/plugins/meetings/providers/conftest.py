"""Entra ID and Microsoft Graph, as far as meetings and calendars need them, with their errors."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import uuid4

import httpx
import pytest

from budkavle import Host, Platform

TENANT = "11111111-2222-4333-8444-555555555555"
CLIENT = "66666666-7777-4888-8999-000000000000"
SECRET = "klienthemlighet~som~entra~skapade"
ACCOUNT = "moten@kommun.example"
NO_POLICY = "No Application Access Policy found for the app"


@dataclass
class FakeGraph:
    """The fake's content, and the requests it got.

    Attributes:
        url: Its URL, for Entra ID and for Graph.
        meetings: By account and external id.
        policy: Accounts that the application has an access policy for.
        busy: The availability view of each address, one character for each half hour.
        status: The status of every response of Graph, unless it is 0.
        tokens: How many tokens it has issued.
        valid: The token that Graph accepts now.
        asked: The bodies of the requests to Graph.
    """

    url: str = ""
    meetings: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    policy: set[str] = field(default_factory=lambda: {ACCOUNT})
    accounts: set[str] = field(default_factory=lambda: {ACCOUNT, "utan@kommun.example"})
    consent: bool = True
    busy: dict[str, str] = field(default_factory=dict)
    status: int = 0
    tokens: int = 0
    valid: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)

    def token(self, tenant: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Handle a request to Entra's token endpoint."""
        if tenant != TENANT:
            return 400, _entra("invalid_request", f"AADSTS90002: Tenant '{tenant}' not found.")
        if form.get("client_id") != CLIENT:
            return 400, _entra("unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if form.get("client_secret") != SECRET:
            return 401, _entra("invalid_client", "AADSTS7000215: Invalid client secret provided.")
        if form.get("grant_type") != "client_credentials" or not form.get("scope", "").endswith("/.default"):
            return 400, _entra("invalid_scope", "AADSTS1002012: The provided value for scope is not valid.")
        self.tokens += 1
        self.valid = f"token-{self.tokens}"
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": self.valid}

    def graph(self, path: str, bearer: str, content: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Handle a request to Graph."""
        if refused := self._refused(bearer):
            return refused
        _, _, _, account, *call = path.split("/")
        self.asked.append(content)
        if account not in self.accounts:
            return 404, _fault("NotFound", "User not found.")
        if call == ["onlineMeetings", "createOrGet"]:
            return self._create_or_get(account, content)
        if call == ["calendar", "getSchedule"]:
            return 200, {"value": [self._schedule(address) for address in content["schedules"]]}
        return 404, _fault("NotFound", "Resource not found.")

    def _refused(self, bearer: str) -> tuple[int, dict[str, Any]] | None:
        if self.status:
            return self.status, _fault("Trouble", "Try again.")
        if bearer != f"Bearer {self.valid}" or not self.valid:
            return 401, _fault("InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        if not self.consent:
            return 403, _fault("Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        return None

    def _create_or_get(self, account: str, content: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if account not in self.policy:
            return 403, _fault("Forbidden", f"{NO_POLICY} {CLIENT} on the user {account}.")
        if not content.get("externalId"):
            return 400, _fault("BadRequest", "externalId is required.")
        key = (account, content["externalId"])
        status = 200 if key in self.meetings else 201
        address = f"https://teams.microsoft.com/l/meetup-join/{uuid4().hex}"
        return status, self.meetings.setdefault(key, {**content, "id": uuid4().hex, "joinWebUrl": address})

    def _schedule(self, address: str) -> dict[str, Any]:
        if address not in self.busy:
            return {"scheduleId": address, "error": {"responseCode": "ErrorMailRecipientNotFound"}}
        items = [{"status": "busy", "subject": "hemligt ärende"}]
        return {"scheduleId": address, "availabilityView": self.busy[address], "scheduleItems": items}


@pytest.fixture
def microsoft() -> Iterator[FakeGraph]:
    """Entra ID and Graph, on their own port."""
    with running_graph(FakeGraph()) as fake:
        yield fake


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], microsoft: FakeGraph) -> Platform:
    """An installation that uses the fake instead of Microsoft."""
    urls = {"entra_url": microsoft.url, "graph_url": microsoft.url}
    return budkavle_open(enabled=("meetings",), plugins={"meetings": urls}, private_addresses=("127.0.0.0/8",))


@pytest.fixture
def host(platform: Platform) -> Host:
    """The plugin's host."""
    found: Host = platform.plugins.host("meetings")
    return found


@contextmanager
def running_graph(fake: FakeGraph) -> Iterator[FakeGraph]:
    """Run the fake on its own port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            if self.path.endswith("/oauth2/v2.0/token"):
                form = {name: values[0] for name, values in parse_qs(body).items()}
                status, answer = fake.token(self.path.split("/")[1], form)
            else:
                status, answer = fake.graph(unquote(self.path), self.headers.get("authorization", ""), json.loads(body))
            whole = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(whole)))
            self.end_headers()
            self.wfile.write(whole)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Do nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _fault(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "innerError": {"request-id": str(uuid4())}}}


def _entra(error: str, description: str) -> dict[str, Any]:
    return {"error": error, "error_description": description, "correlation_id": str(uuid4())}


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Find free ports."""

    def find() -> int:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port: int = listener.getsockname()[1]
        return port

    return find


@pytest.fixture
def answering() -> Callable[[str], None]:
    """Wait until a server responds."""

    def wait(url: str) -> None:
        for _ in range(1_200):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(url, timeout=1, trust_env=False)
                return
            threading.Event().wait(0.05)
        pytest.fail(f"{url} does not answer")

    return wait
