"""Webhooks of plugins: who is let in, what is answered, and that a call is handled once."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from litestar import Router
from litestar.testing import TestClient
from structlog.testing import capture_logs
from tests.docs.api_fields import check_fields

from budkavle.host import host_of
from budkavle.model.errors import Forbidden, Invalid, Misconfigured, Temporary
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.plugins import offer, plugin_module
from budkavle.web.app import create_app
from budkavle.web.webhooks import SharedSecret, Signature, WebhookCall, webhook
from budkavle.web.webhooks.seals import NotTheirs

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
KEY = "whsec_" + base64.b64encode(b"k" * 32).decode()
SECRET = "a-long-secret-word"
SIGNED, SECRETIVE, OWN = "/plugin/pigeon/rings", "/plugin/pigeon/words", "/plugin/pigeon/own"
signature = Signature(KEY)


class Ring(msgspec.Struct):
    """What the peer says."""

    delivery: str


class OwnSeal:
    """A seal of the plugin's own."""

    def check(self, headers: Mapping[str, str], body: bytes) -> str:
        if headers.get("x-ring") != "gold":
            raise Forbidden("Ringen är inte av guld.")
        return ""


class Pigeon:
    """A plugin that remembers the calls that it has handled, and fails when a test wants."""

    def __init__(self) -> None:
        self.handled: list[WebhookCall] = []
        self.fault: Exception | None = None

    def ring(self, call: WebhookCall) -> dict[str, str] | None:
        ring = call.read(Ring)
        if self.fault:
            raise self.fault
        self.handled.append(call)
        return {"heard": ring.delivery} if ring.delivery == "answer" else None

    def routes(self, host: Any) -> list[Router]:
        return [
            webhook(host, SIGNED, signature, self.ring),
            webhook(host, SECRETIVE, SharedSecret(SECRET, "X-Secret", ""), self.ring, most_bytes=100),
            webhook(host, OWN, OwnSeal(), self.ring),
        ]


@pytest.fixture
def pigeon() -> Pigeon:
    """The plugin."""
    return Pigeon()


@pytest.fixture
def platform(budkavle_settings: Settings, pigeon: Pigeon) -> Iterator[Platform]:
    """An installation with the plugin."""
    settings = msgspec.structs.replace(budkavle_settings, enabled=("pigeon",))

    def routes(host: Any) -> list[Router]:
        return pigeon.routes(host)

    module = plugin_module("pigeon", routes=routes)
    plugins = Plugins.load(settings, offer(pigeon=module))
    opened = SimpleNamespace(platform=None)
    with closing(open_platform(settings, plugins=plugins)) as opened.platform:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened.platform))
        yield opened.platform


@pytest.fixture
def client(platform: Platform) -> Iterator[TestClient[Any]]:
    """A program that calls: without a session, without a page of ours."""
    with TestClient(create_app(platform), raise_server_exceptions=False) as opened:
        yield opened


def signed(
    body: bytes, call_id: str = "msg_1", age: timedelta = timedelta(0), by: Signature = signature
) -> dict[str, str]:
    """Return the headers of a call."""
    sent_at = str(int((datetime.now(UTC) - age).timestamp()))
    words = f"v1,{'x' * 44} v1,{by.sign(call_id, sent_at, body)}"
    return {"webhook-id": call_id, "webhook-timestamp": sent_at, "webhook-signature": words}


RING = json.dumps({"delivery": "d1"}).encode()


@pytest.mark.feature("PL2")
def test_a_peer_is_let_in_without_a_session_and_handled_once(client: TestClient[Any], pigeon: Pigeon) -> None:
    """Its repetition is answered in the same way, so that it stops repeating."""
    for _ in range(2):
        assert client.post(SIGNED, content=RING, headers=signed(RING)).status_code == 204
    assert [(call.body, call.id) for call in pigeon.handled] == [(RING, "msg_1")]
    assert client.post(SIGNED, content=RING, headers=signed(RING, "msg_2")).status_code == 204
    assert len(pigeon.handled) == 2
    words = json.dumps({"delivery": "answer"}).encode()
    answer = client.post(SIGNED, content=words, headers=signed(words, "msg_3"))
    assert (answer.status_code, answer.json()) == (200, {"heard": "answer"})


@pytest.mark.feature("PL2")
@pytest.mark.parametrize(
    "change",
    [
        lambda headers: headers | {"webhook-signature": "v1,"},
        lambda headers: {name: value for name, value in headers.items() if name != "webhook-signature"},
        lambda headers: headers | {"webhook-id": "msg_other"},
        lambda headers: headers | {"webhook-id": ""},
        lambda headers: headers | {"webhook-timestamp": "0"},
        lambda headers: signed(RING + b" "),
        lambda headers: signed(RING, age=timedelta(minutes=6)),
        lambda headers: signed(RING, age=timedelta(minutes=-6)),
        lambda headers: signed(RING, by=Signature("another key, of some length")),
    ],
)
def test_who_cannot_show_that_it_is_the_peer_is_refused(
    client: TestClient[Any], pigeon: Pigeon, change: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    """In English and as a program reads it; the plugin never hears of the call, and the log says it."""
    with capture_logs() as logs:
        answer = client.post(SIGNED, content=RING, headers=change(signed(RING)) | {"accept-language": "sv"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["type"] == "urn:budkavle:problem:not-authentic"
    check_fields("Problem", {**answer.json(), "errors": {}})
    assert answer.json()["title"] == "The sender could not be confirmed"
    assert pigeon.handled == []
    assert [log["path"] for log in logs if log["event"] == "webhook.refused"] == [SIGNED]


@pytest.mark.feature("PL2")
def test_a_plugin_may_have_a_seal_of_its_own(client: TestClient[Any], pigeon: Pigeon) -> None:
    """It refuses by an error of the face, and the refusal is logged as that of the seals here."""
    with capture_logs() as logs:
        refused = client.post(OWN, content=RING, headers={"x-ring": "tin"})
    assert "webhook.refused" in [entry["event"] for entry in logs]
    assert (refused.status_code, refused.json()["detail"], pigeon.handled) == (403, "Ringen är inte av guld.", [])
    assert client.post(OWN, content=RING, headers={"x-ring": "gold"}).status_code == 204


@pytest.mark.feature("PL2")
def test_a_secret_in_a_header_does_too(client: TestClient[Any], pigeon: Pigeon) -> None:
    """For peers that sign nothing; then every call is handled."""
    headers = {"x-secret": SECRET}
    statuses = [client.post(SECRETIVE, content=RING, headers=headers).status_code for _ in range(2)]
    assert statuses == [204, 204]
    assert len(pigeon.handled) == 2
    for wrong in ("", SECRET[:-1], f"{SECRET}x"):
        assert client.post(SECRETIVE, content=RING, headers={"x-secret": wrong}).status_code == 401
    assert client.post(SECRETIVE, content=RING).status_code == 401
    assert client.post(SECRETIVE, content=b"x" * 101, headers=headers).status_code == 413


@pytest.mark.feature("PL2", "PL5")
@pytest.mark.parametrize("fault", [Temporary("Duvslaget är stängt."), RuntimeError("hemligt")])
def test_a_call_that_could_not_be_handled_may_come_again(
    client: TestClient[Any], platform: Platform, pigeon: Pigeon, fault: Exception
) -> None:
    """Its id is kept once it has been handled, and no earlier; a fault is the plugin's, and its words stay here."""
    pigeon.fault = fault
    answer = client.post(SIGNED, content=RING, headers=signed(RING))
    assert answer.status_code >= 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hemligt" not in answer.text
    faults = [fault.called.hook for fault in platform.plugins.walls.faults()]
    assert faults == (["routes"] if isinstance(fault, RuntimeError) else [])
    pigeon.fault = None
    assert client.post(SIGNED, content=RING, headers=signed(RING)).status_code == 204
    assert len(pigeon.handled) == 1


@pytest.mark.feature("PL2")
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"delivery": 7}', b"\xff"])
def test_what_cannot_be_read_is_the_peers_fault(client: TestClient[Any], pigeon: Pigeon, body: bytes) -> None:
    """422, so that it does not call again with the same."""
    answer = client.post(SIGNED, content=body, headers=signed(body))
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert pigeon.handled == []


@pytest.mark.feature("PL2")
@pytest.mark.parametrize("make", [lambda: Signature("short"), lambda: Signature("whsec_ÄÖ"), lambda: SharedSecret("x")])
def test_a_secret_that_could_be_guessed_is_refused_at_the_start(make: Callable[[], object]) -> None:
    """The installation does not start with it, and says why."""
    with pytest.raises(Misconfigured):
        make()


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification's own libraries (standardwebhooks.com, test of `sign`)."""
    example = Signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = example.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert made == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_time_of_thousands_of_digits_is_too_old() -> None:
    """Python reads no number that long; signed or not, it is no moment."""
    at = "9" * 5_000
    headers = {"webhook-id": "a", "webhook-timestamp": at, "webhook-signature": f"v1,{signature.sign('a', at, RING)}"}
    with pytest.raises(NotTheirs, match="för gammalt"):
        signature.check(headers, RING)


@pytest.mark.parametrize("body", [b'"\xed\xa0\x80"', b'{"delivery": "\xff"}', b'{"delivery":' * 3_000])
def test_a_body_that_is_no_text_is_refused(body: bytes) -> None:
    """Half a letter in a string, and nesting without end, are no fault of ours."""
    with pytest.raises(Invalid, match="går inte att läsa"):
        WebhookCall(body, {}).read(Ring)
