"""OpenID Connect and SAML against LemonLDAP::NG, an identity provider of another language and other libraries.

It encrypts and signs with the Swedish profile's mandatory algorithms and knows no Swedish level: what it says of the
level must be refused until the settings say what it is worth.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from budkavle import Failed, Identity, Loa, Redirect
from budkavle_eid.oidc.provider import OidcProvider
from budkavle_eid.saml.provider import SamlProvider
from budkavle_eid.settings import OidcSettings, SamlSettings

BASE = "http://127.0.0.1:8420"
HINTS = {"language": "sv", "return_url": f"{BASE}/sign-in/back/llng"}
PASSWORD_LEVEL = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
UNSPECIFIED = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"
pytestmark = pytest.mark.slow
_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')


@dataclass
class Peer:
    """The portal, and what we know of it."""

    url: str
    metadata: Path
    key: Path
    certificate: Path
    secret: str
    folder: Path

    def saml(self, **more: Any) -> SamlProvider:
        """Our side in SAML."""
        values: dict[str, Any] = {
            "name": "llng",
            "label": "LemonLDAP",
            "metadata": str(self.metadata),
            "key": self.key,
            "certificate": self.certificate,
        }
        return SamlProvider(SamlSettings(**{**values, **more}), lambda: BASE, self.folder, _Once())

    def oidc(self, **more: Any) -> OidcProvider:
        """Our side in OpenID Connect."""
        values: dict[str, Any] = {
            "name": "llng",
            "label": "LemonLDAP",
            "issuer": self.url,
            "client_id": "plattform",
            "client_auth": "client_secret_basic",
            "client_secret": self.secret,
        }
        return OidcProvider(OidcSettings(**{**values, **more}), _Once())


class _Once:
    def __init__(self) -> None:
        self._used: set[str] = set()

    def first(self, what: str, until: datetime) -> bool:
        fresh = what not in self._used
        self._used.add(what)
        return fresh

    def is_used(self, what: str) -> bool:
        return what in self._used


@pytest.fixture(scope="module")
def peer(start_lemonldap: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """Run the portal, which knows us from our metadata."""
    folder = tmp_path_factory.mktemp("us")
    with start_lemonldap() as portal:
        key, certificate = portal.pair(folder, "sp")
        found = Peer("", folder / "idp.xml", key, certificate, portal.secret, folder)
        ours = found.saml(sign_out=True).metadata().decode()
        found.url = portal.run(ours, HINTS["return_url"], found.metadata)
        yield found


def sign_in(client: httpx.Client, step: object) -> httpx.Response:
    """Be the browser and the person (the demo's "dwho"), until the provider sends the browser back."""
    assert isinstance(step, Redirect), step
    page = client.get(step.url) if step.form is None else client.post(step.url, data=dict(step.form))
    while page.is_redirect:
        page = client.get(page.headers["location"])
    fields = {html.unescape(name): html.unescape(value) for name, value in _HIDDEN.findall(page.text)}
    answer = client.post(str(page.url), data={**fields, "user": "dwho", "password": "dwho"})
    while answer.is_redirect and not answer.headers["location"].startswith(BASE):
        answer = client.get(answer.headers["location"])
    return answer


def through_saml(provider: SamlProvider, wanted: Loa = Loa.ONE, **more: str) -> Any:
    first = provider.start(wanted, HINTS | more)
    with httpx.Client(timeout=60) as client:
        answer = sign_in(client, first)
    fields = {html.unescape(name): html.unescape(value) for name, value in _HIDDEN.findall(answer.text)}
    assert "SAMLResponse" in fields, answer.text[:2000]
    assert isinstance(first, Redirect)
    return provider.advance(first.state, fields)


def through_oidc(provider: OidcProvider, **more: str) -> Any:
    first = provider.start(Loa.ONE, HINTS | more)
    with httpx.Client(timeout=60) as client:
        answer = sign_in(client, first)
    brought = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert isinstance(first, Redirect)
    return provider.advance(first.state, brought)


@pytest.mark.peer("eid", "LemonLDAP::NG")
@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_saml_sign_in_by_lasso(peer: Peer, binding: str) -> None:
    """A signed request, an encrypted assertion in a signed response; the level is what the settings say of its word."""
    levels = {PASSWORD_LEVEL: 1, UNSPECIFIED: 1}
    provider = peer.saml(preset="adfs", signed="response", ask=False, levels=levels, binding=binding)
    step = through_saml(provider)
    assert isinstance(step, Identity), step
    assert step.loa is Loa.ONE
    assert step.subject


@pytest.mark.peer("eid", "LemonLDAP::NG")
def test_single_logout_ends_the_session_of_lasso(peer: Peer) -> None:
    """Our signed request is taken, its signed answer is believed, and the next sign-in asks for the password again."""
    levels = {PASSWORD_LEVEL: 1, UNSPECIFIED: 1}
    provider = peer.saml(preset="adfs", signed="response", ask=False, levels=levels)
    first = provider.start(Loa.ONE, HINTS)
    assert isinstance(first, Redirect)
    with httpx.Client(timeout=60) as client:
        answer = sign_in(client, first)
        fields = {html.unescape(name): html.unescape(value) for name, value in _HIDDEN.findall(answer.text)}
        step = provider.advance(first.state, fields)
        assert isinstance(step, Identity), step
        assert step.session is not None
        assert step.session.name
        asked = provider.sign_out(step.session.kept, f"{BASE}/sign-out/back/llng")
        assert isinstance(asked, Redirect)
        page = client.get(asked.url)
        while page.is_redirect and not page.headers["location"].startswith(BASE):
            page = client.get(page.headers["location"])
        assert page.is_redirect, page.text[:2000]
        back = urlsplit(page.headers["location"])
        assert back.path == "/sign-out/back/llng"
        assert provider.signed_out(asked.state, {}, back.query)
        again = provider.start(Loa.ONE, HINTS)
        assert isinstance(again, Redirect)
        assert 'name="password"' in client.get(again.url, follow_redirects=True).text


def test_a_rise_in_level_is_told_when(peer: Peer) -> None:
    """Asked to identify the person anew, it says when it did: `AuthnInstant`, and `auth_time`."""
    levels = {PASSWORD_LEVEL: 1, UNSPECIFIED: 1}
    step = through_saml(peer.saml(preset="adfs", signed="response", ask=False, levels=levels), account="someone")
    assert isinstance(step, Identity), step
    assert isinstance(through_oidc(peer.oidc(levels={"loa-1": 1}), account="someone"), Identity)


def test_attributes_of_lasso_are_read(peer: Peer) -> None:
    """By their names, which are OIDs."""
    names = {"name": "urn:oid:2.16.840.1.113730.3.1.241"}
    provider = peer.saml(preset="adfs", signed="response", levels={PASSWORD_LEVEL: 1, UNSPECIFIED: 1}, attributes=names)
    assert through_saml(provider).attributes["name"] == "Doctor Who"


def test_a_level_that_is_not_known_is_refused(peer: Peer) -> None:
    """It answers `unspecified` although a Swedish level was asked for: nobody is let in."""
    step = through_saml(peer.saml(ask=True), Loa.THREE)
    assert isinstance(step, Failed)
    assert not step.retry


def test_an_unsigned_request_gets_no_assertion(peer: Peer) -> None:
    """The peer checks our signature: without it, there is no response."""
    step = peer.saml(preset="adfs", levels={UNSPECIFIED: 1}).start(Loa.ONE, HINTS)
    assert isinstance(step, Redirect)
    parts = urlsplit(step.url)
    bare = {name: value for name, value in parse_qsl(parts.query) if name == "SAMLRequest"}
    with httpx.Client(timeout=60) as client:
        answer = sign_in(client, Redirect(f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(bare)}"))
    assert "SAMLResponse" not in answer.text


@pytest.mark.peer("eid", "LemonLDAP::NG")
def test_an_openid_sign_in(peer: Peer) -> None:
    """The whole flow; its `acr` (loa-1) is refused until the settings say what it is worth."""
    refused = through_oidc(peer.oidc(levels={"http://id.elegnamnden.se/loa/1.0/loa3": 3}))
    assert isinstance(refused, Failed)
    assert "hur säkert" in refused.message
    step = through_oidc(peer.oidc(levels={"loa-1": 1}))
    assert isinstance(step, Identity), step
    assert (step.subject, step.loa, step.attributes["raw_acr"]) == ("dwho", Loa.ONE, "loa-1")
    assert step.attributes["name"] == "Doctor Who"
