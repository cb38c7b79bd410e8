"""An installation that delivers to a case system, and a case system that can be slow, misbehave or be down."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from budkavle import Host, Platform
from budkavle.accounts import write_settings
from budkavle.testing import (
    FakeDirectory,
    FakeTransport,
    SampleOrganisation,
    do_job,
    offer,
    plugin_module,
)
from budkavle_case_system.settings import DeliverySettings

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3ODk="
OTHER = "whsec_" + "enl4d3Z1dHNycXBvbm1sa2ppaGdmZWRjYmEwMTIzNDU="


@dataclass
class CaseSystem:
    """A receiver of webhooks, which verifies them with the library and handles each id once.

    Attributes:
        statuses: The statuses of the next responses; then 204.
        pause: Seconds before each response.
        drips: Whether the response is sent byte by byte, without end.
        location: The target of a redirect.
        requests: The ids of all verified requests, in order.
        effects: The handled content, by id.
    """

    secret: str = SECRET
    statuses: list[int] = field(default_factory=list)
    pause: float = 0
    drips: bool = False
    location: str = ""
    requests: list[str] = field(default_factory=list)
    effects: dict[str, dict[str, Any]] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    refused: int = 0
    server: Any = None
    port: int = 0

    def start(self) -> None:
        """Listen, on the same port as before."""
        system = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                system.take(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhooks"

    def take(self, handler: Any) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        self.bodies.append(body)
        time.sleep(self.pause)
        status = self.statuses.pop(0) if self.statuses else 204
        headers = dict(handler.headers.items())
        try:
            event = Webhook(self.secret).verify(body, headers)
            self.requests.append(handler.headers["webhook-id"])
        except (WebhookVerificationError, ValueError):
            self.refused += 1
            status = 400
        else:
            if status < 300:
                self.effects.setdefault(handler.headers["webhook-id"], event)
        handler.send_response(status)
        if self.location:
            handler.send_header("location", self.location)
        if self.drips:
            handler.send_header("content-length", "1000000000")
        handler.end_headers()
        while self.drips:
            try:
                handler.wfile.write(b"x" * 10_000)
            except OSError:
                return


@pytest.fixture
def case_system() -> Iterator[CaseSystem]:
    system = CaseSystem()
    system.start()
    yield system
    system.stop()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The folder named in the installation's settings."""
    folder = tmp_path / "watched"
    folder.mkdir()
    return folder


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], base: Path) -> Platform:
    transport, directory = FakeTransport(), FakeDirectory()
    fake = plugin_module("fake", transports=lambda host: [transport], directories=lambda host: [directory])
    settings = {"folder": str(base), "timeout_seconds": 1, "plain_http": True}
    return budkavle_open(
        enabled=("case_system", "fake"),
        plugins={"case_system": settings},
        offers=offer(fake=fake),
        private_addresses=("127.0.0.1",),
    )


@dataclass
class Delivering:
    """An organisation that delivers to a case system."""

    organisation: SampleOrganisation
    system: CaseSystem
    base: Path

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    @property
    def host(self) -> Host:
        made: Host = self.platform.plugins.host("case_system")
        return made

    def choose(self, **values: Any) -> None:
        with self.platform.work(self.organisation.administrator) as work:
            write_settings(work, DeliverySettings, values)

    def read(self) -> int:
        """Create the deliveries of new events, as a worker does."""
        return do_job(self.platform, "case_system.events")

    def deliver(self) -> None:
        """Send what is due."""
        while do_job(self.platform, "outbox.case_system.deliveries"):
            pass

    def hurry(self) -> None:
        """Make waiting retries due now."""
        self.organisation.rows("UPDATE outbox SET due_at = now()")

    def rows(self, columns: str = "*") -> list[Any]:
        return self.organisation.rows(f"SELECT {columns} FROM case_system_deliveries ORDER BY happened_at, kind")

    def states(self) -> list[str]:
        return [row.state for row in self.rows("state")]

    @property
    def watched(self) -> Path:
        return self.base / self.organisation.slug / "in"

    def folders(self) -> list[Path]:
        return sorted(self.watched.glob("*")) if self.watched.is_dir() else []

    def facts(self) -> dict[str, Any]:
        (folder,) = self.folders()
        read: dict[str, Any] = json.loads((folder / "metadata.json").read_bytes())
        return read


@pytest.fixture
def delivering(organisation: SampleOrganisation, case_system: CaseSystem, base: Path) -> Delivering:
    made = Delivering(organisation.staffed(), case_system, base)
    made.read()
    return made


@pytest.fixture
def by_webhook(delivering: Delivering) -> Delivering:
    """Only received messages are delivered."""
    quiet = dict.fromkeys(("tells_opened", "tells_sent", "tells_closed", "tells_registration"), False)
    delivering.choose(webhook=True, url=delivering.system.url, secret=SECRET, **quiet)
    delivering.read()
    return delivering


@pytest.fixture
def by_folder(delivering: Delivering) -> Delivering:
    delivering.choose(folder=True, folder_format="json")
    delivering.read()
    return delivering
