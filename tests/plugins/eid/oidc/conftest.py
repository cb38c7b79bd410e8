"""An OpenID Connect provider in this process, which behaves as real ones do, and can be told to lie."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from budkavle import Loa, Redirect
from budkavle_eid.oidc.provider import OidcProvider
from budkavle_eid.settings import OidcSettings

CLIENT, SECRET = "plattform", "hemlig-hemlig-hemlig-hemlig-1234"
BACK = "http://127.0.0.1:8420/sign-in/back/op"
LOA = "http://id.elegnamnden.se/loa/1.0/"
PERSONNUMMER = "https://id.oidc.se/claim/personalIdentityNumber"
ANNA = {
    "sub": "anna-subject",
    "name": "Anna Test",
    "given_name": "Anna",
    "family_name": "Test",
    PERSONNUMMER: "199001012385",
    "acr": f"{LOA}loa3",
}
HINTS = {"language": "sv", "return_url": BACK, "ip": "127.0.0.1"}


@dataclass
class Op:
    """The provider's state and behaviour.

    Attributes:
        claims: Claims of the next ID token that replace the right ones; None removes a claim.
        header: Header fields of the next ID token that replace the right ones.
        signer: Signs it instead of the published key.
        token: Returned instead of an ID token.
        published: The keys of its JWKS.
        iss: The `iss` of its responses; None leaves it out.
        metadata: Fields that replace those of the right discovery document.
        status: The status of its token endpoint.
        asked: The paths that have been requested.
    """

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    signer: RSAKey | ECKey | None = None
    token: str | None = None
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    published: list[dict[str, Any]] = field(default_factory=list)
    iss: str | None = "own"
    metadata: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    userinfo: dict[str, Any] = field(default_factory=dict)
    client_key: ECKey | None = None
    now: Callable[[], float] = time.time
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.published.append(self.key.as_dict(private=False))

    def sign_in(self, redirect: Redirect) -> dict[str, str]:
        """Be the browser and the person at the provider; return what the browser brings back."""
        query = dict(parse_qsl(urlsplit(redirect.url).query))
        assert redirect.url.startswith(f"{self.url}/authorize?")
        assert (query["response_type"], query["client_id"], query["redirect_uri"]) == ("code", CLIENT, BACK)
        assert (query["code_challenge_method"], len(query["code_challenge"])) == ("S256", 43)
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        iss = self.url if self.iss == "own" else self.iss
        return {"code": code, "state": query["state"], **({"iss": iss} if iss else {})}

    def answer(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Any]:
        """Handle a request."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, self._discovery() | self.metadata
        if path == "/jwks":
            return 200, {"keys": self.published}
        if path == "/userinfo":
            return 200, self.userinfo
        if path == "/token":
            return self._token(form, headers) if self.status == 200 else (self.status, {"error": "server_error"})
        return 404, {}

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "claims_parameter_supported": True,
            "authorization_response_iss_parameter_supported": True,
        }

    def _token(self, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Any]:
        query = self.codes.pop(form.get("code", ""), None)
        if query is None or form.get("redirect_uri") != query["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != query["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if not self._knows(form, headers):
            return 401, {"error": "invalid_client"}
        return 200, {
            "id_token": self.token or self.id_token(query["nonce"], told="max_age" in query),
            "access_token": "a",
            "token_type": "Bearer",
        }

    def _knows(self, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        if self.client_key:
            token = jwt.decode(form["client_assertion"], self.client_key, algorithms=["ES256"])
            claims = token.claims
            right = (CLIENT, CLIENT, f"{self.url}/token")
            return (claims["iss"], claims["sub"], claims["aud"]) == right and claims["exp"] > self.now()
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return headers.get("authorization") == basic or form.get("client_secret") == SECRET

    def logout_token(self, header: Mapping[str, Any] | None = None, **lies: Any) -> str:
        """Return a signed logout token with the chosen lies; a claim that is None is left out."""
        now = int(self.now())
        right = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "sub": ANNA["sub"],
            "sid": "session-one",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        claims = {name: value for name, value in {**right, **lies}.items() if value is not None}
        words = {"alg": "RS256", "kid": "one", "typ": "logout+jwt", **(header or {})}
        return jwt.encode(words, claims, self.signer or self.key, algorithms=[words["alg"]])

    def id_token(self, nonce: str, *, told: bool = False) -> str:
        """Return a signed ID token with the chosen lies; with `told`, it has the time of the identification."""
        now = int(self.now())
        right = {**ANNA, "iss": self.url, "aud": CLIENT, "nonce": nonce, "iat": now, "exp": now + 300}
        right |= {"auth_time": now} if told else {}
        claims = {name: value for name, value in {**right, **self.claims}.items() if value is not None}
        header = {"alg": "RS256", "kid": "one", **self.header}
        return jwt.encode(header, claims, self.signer or self.key, algorithms=[header["alg"]])


class _Server(ThreadingHTTPServer):
    op: Op


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self._answer({name: values[-1] for name, values in parse_qs(body).items()})

    def _answer(self, form: Mapping[str, str]) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, content = cast("_Server", self.server).op.answer(urlsplit(self.path).path, form, headers)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's own word
        """Do nothing."""


@pytest.fixture
def op() -> Iterator[Op]:
    """Run the provider."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.op = Op(url=f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.op
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Used:
    """Remembers used values in this process."""

    names: set[str] = field(default_factory=set)

    def first(self, what: str, until: datetime) -> bool:
        """Tell whether this is the first use."""
        assert until > datetime.now(UTC)
        fresh = what not in self.names
        self.names.add(what)
        return fresh

    def is_used(self, what: str) -> bool:
        """Tell whether it has been used."""
        return what in self.names


@dataclass
class Clock:
    """A clock that tests move."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Our side's clock."""
    return Clock()


@pytest.fixture
def provider(op: Op, clock: Clock) -> OidcProvider:
    """Our side: a client of the Swedish profile with a secret."""
    return OidcProvider(settings_for(op), Used(), clock)


def settings_for(op: Op, **more: Any) -> OidcSettings:
    values: dict[str, Any] = {
        "name": "op",
        "label": "E-legitimation",
        "preset": "oidc_sweden",
        "issuer": op.url,
        "client_id": CLIENT,
        "client_auth": "client_secret_basic",
        "client_secret": SECRET,
    }
    return OidcSettings(**{**values, **more})


@pytest.fixture
def connect(op: Op, clock: Clock) -> Callable[..., OidcProvider]:
    """Create a client with other settings."""
    return lambda **more: OidcProvider(settings_for(op, **more), Used(), clock)


@pytest.fixture
def signing_in(op: Op) -> Callable[..., Any]:
    """Run the full flow; `change` may alter what the browser brings back."""

    def go(provider: OidcProvider, change: Mapping[str, str] | None = None, wanted: Loa = Loa.ONE) -> Any:
        first = provider.start(wanted, HINTS)
        assert isinstance(first, Redirect), first
        return provider.advance(first.state, {**op.sign_in(first), **(change or {})})

    return go


@pytest.fixture(scope="session")
def strangers_key() -> RSAKey:
    """A key that the provider never published."""
    return RSAKey.generate_key(2048, {"kid": "one"})


@pytest.fixture(scope="session")
def client_pem() -> tuple[str, ECKey]:
    """Our private key as PEM, and its public half."""
    key = ec.generate_private_key(ec.SECP256R1())
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, ECKey.import_key(public)


@pytest.fixture(scope="session")
def other_rsa() -> rsa.RSAPrivateKey:
    """Another key, for a provider that changes its own."""
    return rsa.generate_private_key(65537, 2048)
