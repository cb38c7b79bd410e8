"""The demo's time stamping authority on loopback, so that it can also misbehave."""

import http.server
import threading
import time
from collections.abc import Callable
from pathlib import Path

from budkavle_demo.time_stamping import answer, make_keys

POLICY = "1.2.3.4.1"


class Tsa:
    """An authority in a folder, and the server that it answers at.

    Attributes:
        spoil: Changes each reply before it is sent.
        pause: Seconds between the bytes of a reply; 0 sends it whole.
        kind: The content type.
        asked: How many questions came.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.spoil: Callable[[bytes], bytes] = lambda reply: reply
        self.pause, self.kind, self.status, self.asked = 0.0, "application/timestamp-reply", 200, 0
        make_keys(folder)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/tsa"

    @property
    def root(self) -> str:
        return (self._folder / "root.pem").read_text()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        tsa = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                tsa.asked += 1
                query = self.rfile.read(min(int(self.headers["Content-Length"]), 10_000))
                reply = tsa.spoil(answer(tsa._folder, query))
                self.send_response(tsa.status)
                self.send_header("Content-Type", tsa.kind)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                try:
                    for place in range(0, len(reply), 1 if tsa.pause else len(reply)):
                        self.wfile.write(reply[place : place + (1 if tsa.pause else len(reply))])
                        time.sleep(tsa.pause)
                except OSError:
                    return  # whoever asked has gone

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base has it
                return

        return Handler
