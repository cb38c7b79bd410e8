"""A push service that behaves: it takes what a browser could open, and refuses what the standards do not allow.

It opens notices by the letter of RFC 8291 and RFC 8188, and checks signatures as RFC 8292 asks; the plugin's own code
and its library take no part in that.
"""

import base64
import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tests.certificates import write_self_signed

NAME = "localhost"


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def opened(body: bytes, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """Open a notice as the browser does (RFC 8291 section 3.4, RFC 8188 section 2)."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, sealed = body[21 : 21 + length], body[21 + length :]
    assert length == 65, "the sender's key is an uncompressed point"
    assert len(sealed) <= size, "one record only"
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    info = b"WebPush: info\x00" + point(key.public_key()) + sender
    secret = derived(shared, auth, info, 32)
    content_key = derived(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = derived(secret, salt, b"Content-Encoding: nonce\x00", 12)
    plain = AESGCM(content_key).decrypt(nonce, sealed, None).rstrip(b"\x00")
    assert plain.endswith(b"\x02"), "the last record ends so"
    return plain[:-1]


@dataclass
class Subscribed:
    """A browser that has subscribed, with its secrets."""

    service: "PushService"
    server_key: bytes = b""
    id: str = field(default_factory=lambda: uuid4().hex)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"0123456789abcdef"
    got: list[dict[str, Any]] = field(default_factory=list)
    raw: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"{self.service.url}/push/{self.id}"

    @property
    def text(self) -> str:
        """What the page sends to us."""
        keys = {"p256dh": b64(point(self.key.public_key())), "auth": b64(self.auth)}
        return json.dumps({"endpoint": self.endpoint, **keys})


class PushService:
    """The service.

    Attributes:
        answers: The next statuses, with headers, in place of taking a notice.
        browsers: Who has subscribed, by id; one that is taken away is gone.
        refused: Why requests were refused.
    """

    def __init__(self, folder: Path) -> None:
        certificate, key = write_self_signed(folder, NAME)
        self.trust = ssl.create_default_context(cafile=str(certificate))
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.browsers: dict[str, Subscribed] = {}
        self.refused: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status, headers = service.take(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                self.send_response(status)
                for name, value in {"content-length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"https://{NAME}:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def subscribe(self, server_key: str = "") -> Subscribed:
        """Let a browser subscribe for a site that signs by this key."""
        browser = Subscribed(self, unb64(server_key))
        self.browsers[browser.id] = browser
        return browser

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Judge one request (RFC 8030 section 5)."""
        if self.answers:
            return self.answers.pop(0)
        browser = self.browsers.get(path.removeprefix("/push/"))
        if browser is None:
            return 410, {}
        fault = self._fault(browser, headers)
        if fault:
            self.refused.append(fault)
            return (403 if "sign" in fault else 400), {}
        browser.raw.append((headers, body))
        browser.got.append(json.loads(opened(body, browser.key, browser.auth)))
        return 201, {"location": f"{self.url}/message/{uuid4().hex}"}

    def _fault(self, browser: Subscribed, headers: dict[str, str]) -> str:
        if not headers.get("ttl", "").isdecimal():
            return "no time to live"
        if headers.get("content-encoding") != "aes128gcm":
            return "not sealed"
        topic = headers.get("topic", "a")
        if len(topic) > 32 or not all(sign.isalnum() or sign in "-_" for sign in topic):
            return "a topic of another form"
        return self._signature_fault(browser, headers.get("authorization", ""))

    def _signature_fault(self, browser: Subscribed, authorization: str) -> str:
        scheme, _, rest = authorization.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if scheme != "vapid" or {"t", "k"} - set(parts):
            return "not signed"
        if browser.server_key and unb64(parts["k"]) != browser.server_key:
            return "signed by another than subscribed"
        signed, _, signature = parts["t"].rpartition(".")
        header, claims = (json.loads(unb64(part)) for part in signed.split("."))
        raw = unb64(signature)
        pair = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(parts["k"]))
        try:
            key.verify(pair, signed.encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return "wrongly signed"
        now = time.time()
        is_right = header["alg"] == "ES256" and claims["aud"] == self.url and now < claims["exp"] <= now + 86_400
        is_named = str(claims.get("sub", "")).startswith(("mailto:", "https:"))
        return "" if is_right and is_named else "signed for something else"
