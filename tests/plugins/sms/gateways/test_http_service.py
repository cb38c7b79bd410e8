"""Any HTTP service: the templates, and what may not stand in them."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest

from budkavle import Misconfigured, call
from budkavle.notices import NoticeState
from budkavle_sms.gateways.base import Sms, Unsure
from budkavle_sms.gateways.http_service import HttpService
from budkavle_sms.settings import HttpSettings

TEXT = 'Håbo "kommun" \\ {to} & 🔒\nrad två'
SMS = Sms(uuid4(), "+46701234512", "HaboKommun", TEXT, report_url="https://x.example/r?a=1")


@dataclass
class Peer:
    url: str = ""
    answer: bytes = b'{"messages": [{"id": "m-7"}]}'
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append((self.command, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(202)
            self.send_header("content-length", str(len(made.answer)))
            self.end_headers()
            self.wfile.write(made.answer)

        do_PUT = do_POST  # noqa: N815 - the library's name

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/send"
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def test_json_is_filled_and_read(peer: Peer) -> None:
    """Quotes, backslashes, line ends and things that look like places stay what they are; the key goes in a header."""
    settings = HttpSettings(
        url=peer.url,
        headers={"Authorization": "Bearer {secret}"},
        secret="nyckel",
        body='{"to": "{to}", "from": "{from}", "body": "{text}", "ref": "{id}", "hook": "{report_url}"}',
        id_path="messages.0.id",
    )
    assert call(HttpService(settings, 5.0).send, SMS) == "m-7"
    ((method, headers, body),) = peer.got
    assert (method, headers["authorization"]) == ("POST", "Bearer nyckel")
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(body) == {
        "to": "+46701234512",
        "from": "HaboKommun",
        "body": TEXT,
        "ref": str(SMS.id),
        "hook": "https://x.example/r?a=1",
    }


def test_a_form_is_filled(peer: Peer) -> None:
    """Each value is written as form fields are; a service that names no identifier gives none."""
    settings = HttpSettings(
        url=peer.url,
        method="PUT",
        content_type="application/x-www-form-urlencoded",
        body="to={to}&text={text}&key={secret}",
        secret="a&b",
        id_path="",
    )
    peer.answer = b"OK"
    assert call(HttpService(settings, 5.0).send, SMS) == ""
    ((method, _, body),) = peer.got
    assert method == "PUT"
    assert parse_qs(body.decode()) == {"to": ["+46701234512"], "text": [TEXT], "key": ["a&b"]}


def test_an_answer_without_the_identifier_is_still_an_answer(peer: Peer) -> None:
    """The message has gone; only its reports cannot be matched. What is no JSON is none."""
    settings = HttpSettings(url=peer.url, id_path="other.5.id")
    assert call(HttpService(settings, 5.0).send, SMS) == ""
    peer.answer = b"<html>"
    with pytest.raises(Unsure, match="något annat än väntat"):
        call(HttpService(settings, 5.0).send, SMS)


def test_reports_are_read_by_the_settings() -> None:
    """Words that end a message do, others do not; wherever they stand."""
    settings = HttpSettings(url="https://sms.example", report_path="data.0.state", delivered=("OK",), failed=("NO",))
    read = HttpService(settings, 1.0).reported
    assert read({"data": [{"state": "OK"}]}) is NoticeState.DELIVERED
    assert read({"data": [{"state": "NO"}]}) is NoticeState.FAILED
    assert [read(one) for one in ({}, {"data": []}, {"data": "OK"}, {"data": [{"state": "SENT"}]})] == [None] * 4


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"url": ""}, "börjar med https"),
        ({"url": "ftp://sms.example"}, "börjar med https"),
        ({"url": "https://sms.example/?to={to}"}, "adresser hamnar i loggar"),
        ({"body": '{"to": "{to}"}'}, "saknar plats"),
        ({"body": '{"to": "{to}" "text": "{text}"}'}, "inte JSON"),
    ],
)
def test_templates_that_cannot_work_are_refused_at_the_start(changes: dict[str, Any], says: str) -> None:
    """Before anybody waits for a code; and nobody's number may stand in an address."""
    with pytest.raises(Misconfigured, match=says):
        HttpService(HttpSettings(**{"url": "https://sms.example", **changes}), 1.0)
