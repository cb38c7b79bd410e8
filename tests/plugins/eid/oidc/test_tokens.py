"""ID tokens: whom they are for, who signed them, and when."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from tests.plugins.eid.oidc.signing_in import HINTS, refused

from budkavle import Failed, Identity, Loa, Redirect
from budkavle_eid.oidc.provider import OidcProvider

SigningIn = Callable[..., Any]


@pytest.mark.parametrize(
    ("claims", "what"),
    [
        ({"iss": "http://127.0.0.1:1"}, "another issuer"),
        ({"aud": "other"}, "another audience"),
        ({"aud": ["plattform", "other"]}, "several audiences and no authorized party"),
        ({"azp": "other"}, "another authorized party"),
        ({"nonce": "other"}, "another nonce"),
        ({"nonce": None}, "no nonce"),
        ({"sub": None}, "no subject"),
        ({"sub": 7}, "a subject that is no text"),
        ({"exp": None}, "no end"),
        ({"exp": True}, "an end that is no time"),
        ({"iat": None}, "no beginning"),
        ({"https://id.oidc.se/claim/personalIdentityNumber": "9001012385"}, "a personnummer without century"),
        ({"https://id.oidc.se/claim/personalIdentityNumber": "not a number"}, "no personnummer"),
    ],
)
def test_a_token_that_is_not_ours_is_refused(
    op: Any, provider: OidcProvider, signing_in: SigningIn, claims: dict[str, Any], what: str
) -> None:
    """Each claim must be exactly right (OpenID Connect Core, 3.1.3.7)."""
    op.claims |= claims
    refused(signing_in(provider))


@pytest.mark.parametrize(("off", "let_in"), [(-119, True), (119, True), (-121, False), (121, False)])
def test_a_clock_may_be_off_by_two_minutes(
    op: Any, clock: Any, provider: OidcProvider, signing_in: SigningIn, *, off: int, let_in: bool
) -> None:
    """The peer's clock runs ahead or behind: two minutes are borne, no more."""
    now = int(clock())
    op.claims |= {"iat": now + off, "exp": now + off} if off < 0 else {"iat": now + off, "exp": now + off + 300}
    step = signing_in(provider)
    assert isinstance(step, Identity if let_in else Failed)


def test_an_old_token_is_refused(op: Any, clock: Any, provider: OidcProvider, signing_in: SigningIn) -> None:
    """A token that was issued long before this flow is none of it, however long it claims to live."""
    op.claims |= {"iat": int(clock()) - 3600, "exp": int(clock()) + 3600}
    refused(signing_in(provider))


def unsigned(claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims)]
    return ".".join([*parts, ""])


def test_a_token_without_signature_is_refused(op: Any, provider: OidcProvider) -> None:
    """`alg: none`, in any spelling."""
    for word in ("none", "None", "NONE", ""):
        first = provider.start(Loa.ONE, HINTS)
        assert isinstance(first, Redirect)
        claims = jwt.decode(op.id_token(first.state["nonce"]), op.key).claims
        op.token = unsigned(claims, {"alg": word})
        refused(provider.advance(first.state, op.sign_in(first)))


def test_a_token_signed_with_our_public_knowledge_is_refused(op: Any, provider: OidcProvider) -> None:
    """HS256 with the published key or with the client secret as secret: a symmetric token is never believed."""
    for secret in (op.key.as_pem(private=False), b"hemlig-hemlig-hemlig-hemlig-1234"):
        first = provider.start(Loa.ONE, HINTS)
        assert isinstance(first, Redirect)
        claims = jwt.decode(op.id_token(first.state["nonce"]), op.key).claims
        key = OctKey.import_key(base64.b64encode(secret))
        op.token = jwt.encode({"alg": "HS256", "kid": "one"}, claims, key)
        refused(provider.advance(first.state, op.sign_in(first)))


def test_a_forged_or_tampered_token_is_refused(
    op: Any, provider: OidcProvider, signing_in: SigningIn, strangers_key: RSAKey
) -> None:
    """A stranger's key under the known id, and a changed payload under the right signature."""
    op.signer = strangers_key
    refused(signing_in(provider))
    op.signer = None
    first = provider.start(Loa.ONE, HINTS)
    assert isinstance(first, Redirect)
    head, payload, signature = op.id_token(first.state["nonce"]).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    other = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "olle"}).encode()).rstrip(b"=").decode()
    for token in (f"{head}.{other}.{signature}", f"{head}.{payload}.", f"{head}.{payload}", "", "a.b.c", "é.é.é"):
        op.token = token or "."
        again = provider.start(Loa.ONE, HINTS)
        assert isinstance(again, Redirect)
        refused(provider.advance(again.state, op.sign_in(again)))


@pytest.mark.parametrize("header", ["jku", "x5u", "jwk", "crit"])
def test_a_token_that_brings_its_own_key_is_refused(
    op: Any, provider: OidcProvider, signing_in: SigningIn, strangers_key: RSAKey, header: str
) -> None:
    """A key is only ever taken from where the settings lead."""
    value: Any = {"jwk": strangers_key.as_dict(private=False), "crit": ["b64"]}.get(header, f"{op.url}/jwks")
    first = provider.start(Loa.ONE, HINTS)
    assert isinstance(first, Redirect)
    head, payload, signature = op.id_token(first.state["nonce"]).split(".")
    brought = {"alg": "RS256", "kid": "one", header: value}
    head = base64.urlsafe_b64encode(json.dumps(brought).encode()).rstrip(b"=").decode()
    op.token = f"{head}.{payload}.{signature}"
    before = len(op.asked)
    refused(provider.advance(first.state, op.sign_in(first)))
    assert op.asked[before:] == ["/token"]


def test_a_new_key_is_fetched_once_and_not_for_every_forgery(
    op: Any, clock: Any, provider: OidcProvider, signing_in: SigningIn
) -> None:
    """The provider changes its key: it is found; an unknown key id does not make us ask again and again."""
    assert isinstance(signing_in(provider), Identity)
    fresh = RSAKey.generate_key(2048, {"kid": "two"})
    op.published.append(fresh.as_dict(private=False))
    op.signer, op.header = fresh, {"kid": "two"}
    clock.now += 31
    assert isinstance(signing_in(provider), Identity)
    fetched = op.asked.count("/jwks")
    op.header = {"kid": "three"}
    for _ in range(5):
        refused(signing_in(provider))
    assert op.asked.count("/jwks") == fetched
    clock.now += 31
    refused(signing_in(provider))
    assert op.asked.count("/jwks") == fetched + 1
