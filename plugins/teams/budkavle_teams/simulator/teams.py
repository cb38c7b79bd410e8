"""The part of Teams that shows an app: a page on another site with our app in a frame, as its package declares."""

import io
import json
import ssl
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from budkavle_identity_tokens.simulated_entra import Entra

HERE = Path(__file__).parent
KINDS = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript"}


@dataclass
class Teams:
    """Teams with one app installed and one person signed in.

    Attributes:
        entra: The tenant that signs people in.
        package: The uploaded app package.
        person: The address of the signed-in person.
        pages: Other pages of the server, by host and path, such as a stranger's site.
    """

    entra: Entra
    package: bytes
    person: str
    pages: dict[tuple[str, str], str]

    def manifest(self) -> dict[str, Any]:
        """Return the package's manifest."""
        with zipfile.ZipFile(io.BytesIO(self.package)) as archive:
            manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
        return manifest

    def app(self) -> dict[str, Any]:
        """Return what the page needs to know of the app: the page to show, and the allowed origins."""
        manifest = self.manifest()
        return {
            "content": manifest["staticTabs"][0]["contentUrl"],
            "media": "media" in manifest.get("devicePermissions", ()),
            "origins": [f"https://{domain}" for domain in manifest["validDomains"]],
        }

    def token(self) -> httpx.Response:
        """Fetch a token for the signed-in person, as Teams does."""
        form = {"client_id": self.entra.client_id, "username": self.person, "grant_type": "urn:teams"}
        return httpx.post(f"{self.entra.url}/{self.entra.tenant}/oauth2/v2.0/token", data=form, trust_env=False)

    @contextmanager
    def serving(self, certificate: Path, key: Path) -> Iterator[int]:
        """Serve with TLS on localhost, in a thread; yields the port."""
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        server = _Server(("127.0.0.1", 0), _Handler)
        server.teams, server.tls = self, tls
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(ThreadingHTTPServer):
    teams: Teams
    tls: ssl.SSLContext
    daemon_threads = True

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Do the TLS handshake in the request's own thread: a browser opens connections that it does not use yet."""
        try:
            wrapped = self.tls.wrap_socket(request, server_side=True)
        except OSError:
            return
        with wrapped:
            super().finish_request(wrapped, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing when a browser disconnects."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        teams, path = cast("_Server", self.server).teams, urlsplit(self.path).path
        strange = teams.pages.get((self.headers.get("host", "").partition(":")[0], path))
        file = HERE / ("host.html" if path == "/" else path.lstrip("/").partition("/")[0])
        if strange is not None:
            self._answer(200, strange, "text/html; charset=utf-8")
        elif path == "/app.json":
            self._answer(200, json.dumps(teams.app()), "application/json")
        elif file.suffix in KINDS and file.is_file():
            self._answer(200, file.read_text("utf-8"), KINDS[file.suffix])
        else:
            self._answer(404, "", "text/plain")

    def do_POST(self) -> None:
        """Return a token to the page."""
        answer = cast("_Server", self.server).teams.token()
        self._answer(answer.status_code, answer.json().get("access_token", ""), "text/plain")

    def _answer(self, status: int, content: str, kind: str) -> None:
        body = content.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""
