"""46elks: a fake with the real one's shapes, and what its answers mean for the message."""

import base64
import json
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest

from budkavle import Misconfigured, Permanent, Temporary, call
from budkavle_sms.gateways.base import Sms, Unsure
from budkavle_sms.gateways.elks import Elks
from budkavle_sms.settings import ElksSettings

SECRET = "hemligt-lösenord"
REPORT = "https://sakert.habo.se/plugin/sms/report/token"
SMS = Sms(uuid4(), "+46701234512", "HaboKommun", "Håbo: åäö 🔒 012345", secret=True, report_url=REPORT)


@dataclass
class FakeElks:
    """The API of 46elks: form fields, Basic authentication, JSON (46elks.com/docs/send-sms).

    Attributes:
        answers: Given instead of the real ones, one by one: status, content type, body.
        taken: The form fields of each message.
        silent: While it is not set, answers do not come.
    """

    answers: list[tuple[int, str, bytes]] = field(default_factory=list)
    taken: list[dict[str, str]] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def answer(self, method: str, path: str, authorization: str, body: str) -> tuple[int, str, bytes]:
        if self.answers:
            return self.answers.pop(0)
        expected = "Basic " + base64.b64encode(f"u1:{SECRET}".encode()).decode()
        if authorization != expected:
            return 401, "text/plain", b"Authorization required"
        if (method, path) == ("GET", "/a1/me"):
            return 200, "application/json", b'{"id": "u1", "balance": 1000000, "currency": "SEK"}'
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        for key in ("from", "to", "message"):
            if key not in fields:
                return 400, "text/plain", f'Missing key "{key}"'.encode()
        if not re.fullmatch(r"\+[0-9]{5,15}", fields["to"]):
            return 400, "text/plain", f"Invalid to number: {fields['to']}".encode()
        self.taken.append(fields)
        made = {
            "id": f"s{len(self.taken):032x}",
            "status": "created",
            "direction": "outgoing",
            "from": fields["from"],
            "to": fields["to"],
            "created": "2026-11-24T13:37:42.314100",
            "parts": 1,
            "cost": 5000,
            "message": fields["message"],
        }
        if fields.get("dontlog") == "message":
            del made["message"]
        return 200, "application/json", json.dumps(made).encode()


@pytest.fixture
def elks() -> Iterator[FakeElks]:
    fake = FakeElks()
    fake.silent.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["content-length"])).decode())

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

        def _answer(self, body: str) -> None:
            status, kind, content = fake.answer(self.command, self.path, self.headers.get("authorization", ""), body)
            fake.silent.wait(10)
            try:
                self.send_response(status)
                self.send_header("content-type", kind)
                if status == 302:
                    self.send_header("location", "http://127.0.0.1:1/elsewhere")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                pass  # the client has hung up, as it does when an answer is too slow

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}/a1"
    with closing(_Closing(server, thread, fake)):
        yield fake


@dataclass
class _Closing:
    server: ThreadingHTTPServer
    thread: threading.Thread
    fake: FakeElks

    def close(self) -> None:
        self.fake.silent.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def gateway(elks: FakeElks, password: str = SECRET, timeout: float = 5.0) -> Elks:
    return Elks(ElksSettings(url=elks.url, username="u1", password=password), timeout)


@pytest.mark.feature("A7")
def test_a_code_is_sent_and_not_kept_there(elks: FakeElks) -> None:
    """The fields are the real one's; åäö and emoji arrive whole; the text of a code is not logged there."""
    assert call(gateway(elks).send, SMS) == "s" + "0" * 31 + "1"
    assert elks.taken == [
        {
            "from": "HaboKommun",
            "to": "+46701234512",
            "message": "Håbo: åäö 🔒 012345",
            "whendelivered": REPORT,
            "dontlog": "message",
        }
    ]


def test_a_notice_may_be_kept_there(elks: FakeElks) -> None:
    """It says nothing secret, and the account's own log is of use."""
    call(gateway(elks).send, Sms(uuid4(), "+46701234512", "HaboKommun", "Se din e-post."))
    assert elks.taken == [{"from": "HaboKommun", "to": "+46701234512", "message": "Se din e-post."}]


def test_a_number_that_is_none_never_goes(elks: FakeElks) -> None:
    """Permanent, without the peer's words, which hold the number."""
    with pytest.raises(Permanent, match="tog inte emot meddelandet") as told:
        call(gateway(elks).send, Sms(uuid4(), "0701", "HaboKommun", "Hej"))
    assert "0701" not in str(told.value)


@pytest.mark.parametrize(
    ("status", "kind", "body", "error", "says"),
    [
        (400, "text/plain", b"Invalid from", Permanent, "tog inte emot"),
        (401, "text/plain", b"", Temporary, "godtar inte uppgifterna"),
        (403, "application/json", b'{"error": "Not enough credits"}', Temporary, "Fyll på det"),
        (404, "text/html", b"<h1>Not found</h1>", Temporary, "Kontrollera adressen"),
        (302, "text/html", b"", Temporary, "Kontrollera adressen"),
        (429, "text/plain", b"", Temporary, "för mycket att göra"),
        (500, "text/html", b"<html>oj</html>", Temporary, "för mycket att göra"),
        (504, "text/html", b"<html>oj</html>", Unsure, "för mycket att göra"),
        (503, "text/plain", b"", Temporary, "för mycket att göra"),
        (200, "text/html", b"<html>Maintenance</html>", Unsure, "något annat än väntat"),
        (200, "application/json", b"[1, 2]", Unsure, "något annat än väntat"),
        (200, "application/json", b"\xff\xfe", Unsure, "något annat än väntat"),
        (200, "application/json", b"{" + b" " * 100_000, Unsure, "något annat än väntat"),
        (200, "application/json", b'{"id": "s1", "status": "failed"}', Permanent, "tog inte emot"),
    ],
)
def test_each_answer_means_what_it_means(
    elks: FakeElks, status: int, kind: str, body: bytes, error: type[Exception], says: str
) -> None:
    """What may be mended is tried again, what may not is given up; what may have gone is told from what has not."""
    elks.answers.append((status, kind, body))
    with pytest.raises(error, match=says) as told:
        call(gateway(elks).send, SMS)
    assert told.type is error


def test_a_slow_service_does_not_hold_the_worker(elks: FakeElks) -> None:
    """The answer that never comes is a fault that passes; whether the message went nobody knows."""
    elks.silent.clear()
    with pytest.raises(Unsure, match="svarar inte i tid"):
        call(gateway(elks, timeout=0.2).send, SMS)


def test_a_service_that_is_down_is_tried_again(elks: FakeElks) -> None:
    """Nobody listens on that port."""
    away = Elks(ElksSettings(url="http://127.0.0.1:1/a1", username="u1", password=SECRET), 2.0)
    with pytest.raises(Temporary, match="svarar inte") as told:
        call(away.send, SMS)
    assert told.type is Temporary


def test_its_health_asks_for_the_account(elks: FakeElks) -> None:
    """Nothing is sent; a wrong password is told with what to do."""
    call(gateway(elks).probe)
    with pytest.raises(Temporary, match="Kontrollera dem i inställningarna"):
        call(gateway(elks, password="fel").probe)
    assert elks.taken == []


def test_nothing_of_it_is_logged(elks: FakeElks, caplog: pytest.LogCaptureFixture) -> None:
    """Neither text, number, address of the report nor password, at any level, whatever the answer."""
    with caplog.at_level(logging.DEBUG):
        call(gateway(elks).send, SMS)
        elks.answers.append((400, "text/plain", f"Invalid to number: {SMS.to}".encode()))
        with pytest.raises(Permanent):
            call(gateway(elks).send, SMS)
    said = caplog.text + repr(SMS)
    secret = base64.b64encode(f"u1:{SECRET}".encode()).decode()
    assert not [word for word in ("012345", "701234512", "report/token", SECRET, secret) if word in said]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (ElksSettings(), "username och password"),
        (ElksSettings(username="u1", password=SECRET, url="api.46elks.com"), "börjar med https"),
    ],
)
def test_what_is_missing_is_told_at_the_start(settings: ElksSettings, says: str) -> None:
    """Before anybody waits for a code."""
    with pytest.raises(Misconfigured, match=says):
        Elks(settings, 1.0)
