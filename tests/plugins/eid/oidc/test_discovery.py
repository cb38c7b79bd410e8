"""The metadata of a provider: remembered, judged, and not asked for by everybody while it is down."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.plugins.eid.oidc.signing_in import HINTS, refused

from budkavle import Failed, Identity, Loa, Redirect
from budkavle_eid.oidc.provider import OidcProvider

Connect = Callable[..., OidcProvider]
SigningIn = Callable[..., Any]


def test_discovery_and_keys_are_remembered(op: Any, provider: OidcProvider, signing_in: SigningIn) -> None:
    """Ten people who sign in cost ten exchanges, not ten discoveries."""
    for _ in range(10):
        assert isinstance(signing_in(provider), Identity)
    assert (op.asked.count("/.well-known/openid-configuration"), op.asked.count("/jwks")) == (1, 1)


def test_a_provider_that_is_down_is_told_so(op: Any, connect: Connect, signing_in: SigningIn) -> None:
    """At the start and in the middle; what was remembered is used while it is away."""
    op.status = 503
    assert "svarar inte" in refused(signing_in(connect()))
    op.status = 200
    gone = connect(issuer="http://127.0.0.1:9").start(Loa.ONE, HINTS)
    assert isinstance(gone, Failed)
    assert gone.retry
    assert "svarar inte" in gone.message


def test_a_provider_that_is_down_is_not_asked_by_everybody(op: Any, clock: Any, connect: Connect) -> None:
    """Those who come within five seconds are told at once; then it is asked again, and works."""
    op.metadata["issuer"] = "https://other.example"
    provider = connect()
    for _ in range(5):
        assert isinstance(provider.start(Loa.ONE, HINTS), Failed)
    assert op.asked.count("/.well-known/openid-configuration") == 1
    del op.metadata["issuer"]
    clock.now += 6
    assert isinstance(provider.start(Loa.ONE, HINTS), Redirect)
    op.metadata["issuer"] = "https://other.example"
    clock.now += 3700
    for _ in range(5):
        assert isinstance(provider.start(Loa.ONE, HINTS), Redirect), "what is known goes on being used"
    assert op.asked.count("/.well-known/openid-configuration") == 3


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://other.example/token"},
        {"jwks_uri": "ftp://127.0.0.1/jwks"},
        {"token_endpoint": 7},
    ],
)
def test_metadata_of_another_or_unencrypted_is_refused(op: Any, connect: Connect, metadata: dict[str, Any]) -> None:
    """The issuer's name must be exact, and every address encrypted (or on this machine)."""
    op.metadata |= metadata
    assert isinstance(connect().start(Loa.ONE, HINTS), Failed)


def test_an_endless_answer_is_cut_off(op: Any, connect: Connect) -> None:
    """A megabyte is more than any document of theirs."""
    op.metadata["padding"] = "x" * 1_100_000
    assert isinstance(connect().start(Loa.ONE, HINTS), Failed)
