"""OpenID Connect against npm's oidc-provider: real discovery, cookies, redirects, PKCE, keys and signatures."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any, ClassVar, NoReturn
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from budkavle import Failed, Identity, Loa, Redirect
from budkavle.identification import SignOutRequest
from budkavle_eid.oidc.provider import OidcProvider
from budkavle_eid.settings import OidcSettings
from budkavle_identity_tokens.local_server import serving

HERE = Path(__file__).parent
BACK = "http://127.0.0.1:8420/sign-in/back/op"
OUT = "http://127.0.0.1:8420/sign-out/back/op"
SECRET = "hemlig-hemlig-hemlig-hemlig-1234"
HINTS = {"language": "sv", "return_url": BACK}
pytestmark = pytest.mark.slow


@dataclass
class Peer:
    """The provider, and the key that it knows us by."""

    issuer: str
    pem: str
    calls: "Queue[dict[str, str]]" = field(default_factory=Queue)
    """The forms of its own calls to us."""

    def provider(self, ahead: float = 0, **more: Any) -> OidcProvider:
        """Our side, whose clock may be ahead."""
        values: dict[str, Any] = {
            "name": "op",
            "label": "E-legitimation",
            "preset": "oidc_sweden",
            "issuer": self.issuer,
            "client_id": "plattform-key",
            "client_key": self.pem,
            "client_key_id": "ours",
            "login_hint": True,
        }
        return OidcProvider(OidcSettings(**{**values, **more}), Used(), lambda: time.time() + ahead)


class Used:
    """Remembers in this process what has been taken once."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def first(self, what: str, until: datetime) -> bool:
        """Tell whether this is the first use."""
        assert until > datetime.now(UTC)
        fresh = what not in self._names
        self._names.add(what)
        return fresh

    def is_used(self, what: str) -> bool:
        """Tell whether it has been used."""
        return what in self._names


class _Handler(BaseHTTPRequestHandler):
    calls: "ClassVar[Queue[dict[str, str]]]"

    def do_POST(self) -> None:
        self.calls.put(dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode())))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's own word
        """Be quiet."""


@contextmanager
def listening() -> Iterator[tuple[str, "Queue[dict[str, str]]"]]:
    """Take the provider's own calls; gives where, and what it has sent."""
    calls: Queue[dict[str, str]] = Queue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"calls": calls}))
    with serving(server) as url:
        yield f"{url}/sign-out/from/op", calls


@pytest.fixture(scope="module")
def starting(
    node: Path | None,
    missing: Callable[[str], NoReturn],
    run_peer: Callable[..., Any],
    port: Callable[[], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Any]:
    """Start the provider, honest or lying."""
    if node is None or not (HERE / "node_modules" / "oidc-provider").is_dir():
        missing("Node or npm's oidc-provider is not here (make peers)")
    key = ec.generate_private_key(ec.SECP256R1())
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()
    jwk = ECKey.import_key(pem, {"kid": "ours", "use": "sig", "alg": "ES256"}).as_dict(private=False)

    @contextmanager
    def start(*, honest: bool) -> Iterator[Peer]:
        at = port()
        told = {"port": at, "redirect": BACK, "out": OUT, "secret": SECRET, "jwk": jwk, "honest": honest}
        with listening() as (address, calls):
            command = [str(node), str(HERE / "oidc-op.mjs"), json.dumps({**told, "logout": address})]
            with run_peer(command, tmp_path_factory.mktemp("op"), "ready"):
                yield Peer(f"http://127.0.0.1:{at}", pem, calls)

    return start


@pytest.fixture(scope="module")
def honest(starting: Callable[..., Any]) -> Iterator[Peer]:
    """A provider that keeps to the specification."""
    with starting(honest=True) as peer:
        yield peer


@pytest.fixture(scope="module")
def lying(starting: Callable[..., Any]) -> Iterator[Peer]:
    """A provider that answers with a lower level than the essential one."""
    with starting(honest=False) as peer:
        yield peer


def browse(step: object, browser: httpx.Client | None = None) -> dict[str, str]:
    """Be the browser, until it is sent back to us; return what it brings."""
    assert isinstance(step, Redirect)
    url = step.url
    with ExitStack() as opened:
        client = browser or opened.enter_context(httpx.Client())
        for _ in range(10):
            if url.startswith(BACK):
                return dict(parse_qsl(urlsplit(url).query))
            answer = client.get(url)
            assert answer.is_redirect, answer.text
            url = urljoin(url, answer.headers["location"])
    raise AssertionError(f"the provider did not send the browser back: {url}")


def sign_in(provider: OidcProvider, who: str, wanted: Loa) -> Any:
    first = provider.start(wanted, {**HINTS, "email": who})
    answer = browse(first)
    assert isinstance(first, Redirect)
    return provider.advance(first.state, answer)


@pytest.mark.peer("eid", "npm's oidc-provider")
@pytest.mark.feature("A9")
@pytest.mark.parametrize("how", ["key", "secret"])
def test_a_real_provider_identifies(honest: Peer, how: str) -> None:
    """By `private_key_jwt` and by a secret; level and personnummer as the provider returned them."""
    secret = {"client_id": "plattform", "client_auth": "client_secret_basic", "client_secret": SECRET}
    step = sign_in(honest.provider(**(secret if how == "secret" else {})), "anna", Loa.THREE)
    assert isinstance(step, Identity), step
    assert (step.subject, step.loa) == ("anna", Loa.THREE)
    assert step.attributes["personnummer"] == "199001012385"


RISE = {**HINTS, "email": "anna", "account": "someone"}


def test_a_rise_in_level_is_told_when(honest: Peer) -> None:
    """The provider identifies the person anew, and its token says when."""
    provider = honest.provider()
    first = provider.start(Loa.THREE, RISE)
    answer = browse(first)
    assert isinstance(first, Redirect)
    assert isinstance(provider.advance(first.state, answer), Identity)


def test_a_rise_in_level_by_an_earlier_sign_in_is_refused(honest: Peer) -> None:
    """The person identified before this began; our clock stands for the time that has passed."""
    provider = honest.provider(ahead=100)
    first = provider.start(Loa.THREE, RISE)
    answer = browse(first)
    assert isinstance(first, Redirect)
    step = provider.advance(first.state, answer)
    assert isinstance(step, Failed)
    assert "tidigare inloggning" in step.message


def test_what_the_browser_takes_out_of_the_request_is_missed(honest: Peer) -> None:
    """Without `prompt` and `max_age` the provider says nothing of when, and that lets nobody up."""
    provider = honest.provider()
    first = provider.start(Loa.THREE, RISE)
    assert isinstance(first, Redirect)
    parts = urlsplit(first.url)
    left = [(name, value) for name, value in parse_qsl(parts.query) if name not in {"prompt", "max_age"}]
    answer = browse(Redirect(parts._replace(query=urlencode(left)).geturl()))
    step = provider.advance(first.state, answer)
    assert isinstance(step, Failed)
    assert "sade inte när" in step.message


def test_an_honest_provider_says_that_it_cannot(honest: Peer) -> None:
    """Who only has level 2 gets no further where level 3 is essential, and reads why."""
    step = sign_in(honest.provider(), "olle", Loa.THREE)
    assert isinstance(step, Failed)
    assert "tillitsnivå" in step.message


def test_a_lying_provider_does_not_raise_the_level(lying: Peer) -> None:
    """It signs loa2 where loa3 was essential: level 2 is what counts."""
    step = sign_in(lying.provider(), "olle", Loa.THREE)
    assert isinstance(step, Identity)
    assert step.loa is Loa.TWO


def test_one_providers_answer_is_not_anothers(honest: Peer, lying: Peer) -> None:
    """Mix-up: an answer of the one, with the right state, brought into a flow of the other."""
    ours = honest.provider().start(Loa.TWO, {**HINTS, "email": "anna"})
    theirs = lying.provider().start(Loa.TWO, {**HINTS, "email": "anna"})
    assert isinstance(ours, Redirect)
    answer = {**browse(theirs), "state": ours.state["state"]}
    assert isinstance(honest.provider().advance(ours.state, answer), Failed)


def test_a_replayed_answer_is_refused(honest: Peer) -> None:
    """The provider takes a code once, and what it then says is a refusal for us."""
    provider = honest.provider()
    first = provider.start(Loa.TWO, {**HINTS, "email": "anna"})
    answer = browse(first)
    assert isinstance(first, Redirect)
    assert isinstance(provider.advance(first.state, answer), Identity)
    assert isinstance(provider.advance(first.state, answer), Failed)


def test_a_wrong_secret_is_refused(honest: Peer) -> None:
    """The provider does not know us: the person reads a sentence, not an error page."""
    wrong = honest.provider(client_id="plattform", client_auth="client_secret_basic", client_secret="fel")
    assert isinstance(sign_in(wrong, "anna", Loa.TWO), Failed)


@pytest.mark.peer("eid", "npm's oidc-provider")
@pytest.mark.feature("A9")
@pytest.mark.parametrize("how", ["plain", "address"])
def test_signing_out_ends_the_session_there_and_is_told_by_it(honest: Peer, how: str) -> None:
    """With and without the ID token as hint; its own call has a logout token of that session, which is taken once."""
    provider = honest.provider(sign_out=how)
    first = provider.start(Loa.TWO, {**HINTS, "email": "anna"})
    assert isinstance(first, Redirect)
    with httpx.Client(timeout=60) as browser:
        step = provider.advance(first.state, browse(first, browser))
        assert isinstance(step, Identity), step
        assert step.session is not None
        assert step.session.name
        asked = provider.sign_out(step.session.kept, OUT)
        assert isinstance(asked, Redirect)
        assert asked.form is None
        page = browser.get(asked.url)
        (xsrf,) = re.findall(r'name="xsrf" value="([^"]+)"', page.text)
        (target,) = re.findall(r'<form[^>]* action="([^"]+)"', page.text)
        done = browser.post(target, data={"xsrf": xsrf, "logout": "yes"})
    assert done.headers["location"].startswith(f"{OUT}?")
    assert provider.signed_out(asked.state, dict(parse_qsl(urlsplit(done.headers["location"]).query)), "")
    called = honest.calls.get(timeout=30)
    taken = provider.sign_out_request(called, "")
    assert taken == SignOutRequest("anna", step.session.name)
    taken.done()
    assert provider.sign_out_request(called, "") is None
