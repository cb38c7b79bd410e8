"""The keys of an issuer: fetched once, kept while it is silent, and only those that sign."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from budkavle_identity_tokens import KeysUnavailable, RemoteKeys

RSA = RSAKey.generate_key(2048, {"kid": "rsa"}).as_dict(private=False)
EC = ECKey.generate_key("P-256", {"kid": "ec"}).as_dict(private=False)


class Issuer:
    """Publishes what a test says."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = [RSA, EC]
        self.body = b""
        self.asked = 0


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer that answers by HTTP."""
    import json

    made = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked += 1
            body = made.body or json.dumps({"keys": made.keys}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}/keys"  # type: ignore[attr-defined]
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock() -> list[float]:
    return [1_000.0]


@pytest.fixture
def keys(issuer: Any, clock: list[float]) -> RemoteKeys:
    return RemoteKeys(issuer.url, 5, lambda: clock[0])


def test_a_key_is_found_by_its_id(keys: RemoteKeys, issuer: Issuer) -> None:
    """A token without an id may be signed by any of them; one request serves all."""
    assert [key.kid for key in keys.find("ec")] == ["ec"]
    assert [key.kid for key in keys.find(None)] == ["rsa", "ec"]
    assert keys.find("other") == []
    assert issuer.asked == 1


def test_only_keys_that_sign_are_used(keys: RemoteKeys, issuer: Issuer) -> None:
    """Not secrets, not keys for encryption; a key that cannot be read does not hide the others."""
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"}
    issuer.keys = [secret, {**EC, "use": "enc", "kid": "enc"}, {"kty": "RSA", "n": "!", "e": "?"}, {"kty": "EC"}, RSA]
    assert [key.kid for key in keys.find(None)] == ["rsa"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"x" * 1_100_000, "answer-too-long"), (b"<html>", "answer-not-json"), (b'{"keys": []}', "no-keys")],
)
def test_another_answer_gives_no_keys(keys: RemoteKeys, issuer: Issuer, body: bytes, reason: str) -> None:
    """And a word for the log says why."""
    issuer.body = body
    assert keys.check() == reason
    with pytest.raises(KeysUnavailable):
        keys.find("rsa")


def test_known_keys_stay_in_use_and_the_check_tells(keys: RemoteKeys, issuer: Issuer, clock: list[float]) -> None:
    """Somebody must look at the network before the issuer changes its keys."""
    assert keys.check() == ""
    issuer.body = b"<html>"
    clock[0] += 4_000
    assert [key.kid for key in keys.find("rsa")] == ["rsa"]
    assert keys.check() == "answer-not-json"
