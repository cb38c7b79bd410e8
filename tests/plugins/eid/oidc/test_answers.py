"""What the browser brings back: forged, stolen, repeated, or from another provider."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.plugins.eid.oidc.signing_in import HINTS, refused

from budkavle import Failed, Identity, Loa, Redirect
from budkavle_eid.oidc.provider import OidcProvider

Connect = Callable[..., OidcProvider]
SigningIn = Callable[..., Any]


def test_a_forged_or_missing_state_changes_nothing(op: Any, provider: OidcProvider) -> None:
    """Another site may send the browser to us with its own code: it is refused, and the real response still works."""
    first = provider.start(Loa.ONE, HINTS)
    assert isinstance(first, Redirect)
    answer = op.sign_in(first)
    for state in ("", "other", "é", first.state["nonce"]):
        step = provider.advance(first.state, {**answer, "state": state})
        assert isinstance(step, Failed)
        assert step.retry
    assert isinstance(provider.advance({}, answer), Failed)
    assert isinstance(provider.advance(first.state, answer), Identity)


def test_the_answer_of_another_provider_is_refused(op: Any, provider: OidcProvider, signing_in: SigningIn) -> None:
    """Mix-up attack (RFC 9207): the code is not even sent to our provider."""
    for iss in ("http://127.0.0.1:1", ""):
        before = len(op.asked)
        refused(signing_in(provider, {"iss": iss}))
        assert "/token" not in op.asked[before:]
    op.iss = None
    refused(signing_in(provider))


def test_a_provider_that_does_not_name_itself_is_taken_as_its_metadata_says(
    op: Any, connect: Connect, signing_in: SigningIn
) -> None:
    """Where the metadata does not promise `iss`, its absence is no fault, but another's name is."""
    op.metadata["authorization_response_iss_parameter_supported"] = False
    op.iss = None
    assert isinstance(signing_in(connect()), Identity)
    op.iss = "http://127.0.0.1:1"
    refused(signing_in(connect()))


def test_a_code_works_once(op: Any, provider: OidcProvider) -> None:
    """The same answer again is refused by the provider, and so by us."""
    first = provider.start(Loa.ONE, HINTS)
    assert isinstance(first, Redirect)
    answer = op.sign_in(first)
    assert isinstance(provider.advance(first.state, answer), Identity)
    refused(provider.advance(first.state, answer))


def test_another_flows_code_is_refused(op: Any, provider: OidcProvider) -> None:
    """A stolen code in the attacker's own flow lacks the verifier (PKCE)."""
    mine, theirs = provider.start(Loa.ONE, HINTS), provider.start(Loa.ONE, HINTS)
    assert isinstance(mine, Redirect)
    assert isinstance(theirs, Redirect)
    stolen = op.sign_in(theirs)["code"]
    refused(provider.advance(mine.state, {**op.sign_in(mine), "code": stolen}))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("access_denied", "avbröt"),
        ("unmet_authentication_requirements", "tillitsnivå"),
        ("<script>", "gick inte att lita på"),
    ],
)
def test_the_providers_no_is_told_in_words(
    provider: OidcProvider, signing_in: SigningIn, error: str, words: str
) -> None:
    """Never the peer's own text, which anybody can put into an address."""
    message = refused(signing_in(provider, {"error": error, "error_description": "<b>ring detta nummer</b>"}))
    assert words in message
    assert "<" not in message
