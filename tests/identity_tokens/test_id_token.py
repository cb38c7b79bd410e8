"""ID tokens: the right one is accepted, and each claim that is wrong has its word."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import Key, OctKey, RSAKey

from budkavle_identity_tokens import ExpectedIdToken, TokenRefused, check_id_token

NOW = 1_800_000_000
ISSUER, CLIENT, NONCE = "https://op.example", "us", "n-1"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
EXPECTED = ExpectedIdToken(ISSUER, CLIENT, NONCE)


def signed(key: Key = KEY, algorithm: str = "PS256", **changes: Any) -> str:
    right = {"iss": ISSUER, "aud": CLIENT, "sub": "anna", "nonce": NONCE, "iat": NOW, "exp": NOW + 300}
    claims = {name: value for name, value in {**right, **changes}.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": "one"}, claims, key, algorithms=[algorithm])


def reason(token: str, expected: ExpectedIdToken = EXPECTED) -> str:
    with pytest.raises(TokenRefused) as refused:
        check_id_token(token, expected, lambda _: [KEY], NOW)
    return refused.value.reason


def test_the_right_token_is_accepted() -> None:
    """With one audience, with several and ourselves as the party, and with a clock that is a minute off."""
    several = {"aud": [CLIENT, "them"], "azp": CLIENT}
    for changes in ({}, several, {"exp": NOW - 60}, {"iat": NOW + 60}, {"iat": NOW - 500}):
        assert check_id_token(signed(**changes), EXPECTED, lambda _: [KEY], NOW)["sub"] == "anna"


@pytest.mark.parametrize(
    ("word", "changes"),
    [
        ("token-issuer", {"iss": "https://other.example"}),
        ("token-audience", {"aud": "them"}),
        ("token-party", {"azp": "them"}),
        ("token-parties", {"aud": [CLIENT, "them"]}),
        ("token-nonce", {"nonce": "n-2"}),
        ("token-nonce", {"nonce": None}),
        ("token-subject", {"sub": ""}),
        ("token-subject", {"sub": "x" * 256}),
        ("token-expired", {"exp": NOW - 200}),
        ("token-early", {"iat": NOW + 200}),
        ("token-early", {"nbf": NOW + 200}),
        ("token-old", {"iat": NOW - 1_000}),
        ("token-times", {"exp": None}),
        ("token-times", {"iat": "now"}),
    ],
)
def test_a_wrong_claim_is_refused(word: str, changes: dict[str, Any]) -> None:
    """Although the provider has signed it."""
    assert reason(signed(**changes)) == word


def test_a_flow_without_a_nonce_accepts_nothing() -> None:
    """An empty nonce would equal an empty nonce."""
    assert reason(signed(nonce=""), ExpectedIdToken(ISSUER, CLIENT, "")) == "token-nonce"


def test_another_signature_is_refused() -> None:
    """A stranger's, and a secret's."""
    assert reason(signed(RSAKey.generate_key(2048))) == "token-signature"
    assert reason(signed(OctKey.generate_key(256), "HS256")) == "token-algorithm"
