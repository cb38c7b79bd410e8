"""Signing out at an OpenID provider: passed on to it, and taken from it."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from structlog.testing import capture_logs

from budkavle import Identity, Redirect
from budkavle.identification import ProviderSession, SignOutRequest, SignsOut
from budkavle_eid import sign_out_refusals
from budkavle_eid.oidc.provider import OidcProvider

BACK = "http://127.0.0.1:8420/sign-out/back/op"
Connect = Callable[..., OidcProvider]
SigningIn = Callable[..., Any]


@pytest.fixture
def work_provider(op: Any, connect: Connect) -> OidcProvider:
    """The organisation's own provider, which publishes where one signs out."""
    op.metadata["end_session_endpoint"] = f"{op.url}/logout"
    return connect(sign_out="form")


def judge(provider: OidcProvider, token: str) -> SignOutRequest | None:
    return provider.sign_out_request({"logout_token": token}, "")


def test_what_the_provider_calls_the_session_comes_along(
    op: Any, work_provider: OidcProvider, signing_in: SigningIn
) -> None:
    """Person, session, and the ID token that the provider wants back."""
    op.claims["sid"] = "session-one"
    step = signing_in(work_provider)
    assert isinstance(step, Identity)
    assert isinstance(step.session, ProviderSession)
    assert (step.session.subject, step.session.name) == ("anna-subject", "session-one")
    assert step.session.kept.count(".") == 2
    assert isinstance(work_provider, SignsOut)


def test_a_service_without_sessions_of_its_own_keeps_nothing(connect: Connect, signing_in: SigningIn) -> None:
    """National e-identification: nothing is kept, passed on or taken, unless the connection says so."""
    assert signing_in(connect()).session is None
    assert signing_in(connect(sign_out="plain")).session == ProviderSession("anna-subject")
    levels: dict[str, Any] = {"levels": {"http://id.elegnamnden.se/loa/1.0/loa3": 3}}
    assert signing_in(connect(preset="generic", **levels)).session == ProviderSession("anna-subject")
    assert signing_in(connect(preset="generic", sign_out="off", **levels)).session is None


def test_usually_no_person_is_named(op: Any, connect: Connect) -> None:
    """The provider knows its own browser; whom it is about stands in no address."""
    op.metadata["end_session_endpoint"] = f"{op.url}/logout?here=1"
    asked = connect(sign_out="plain").sign_out("", BACK)
    assert isinstance(asked, Redirect)
    assert asked.form is None
    assert asked.url.startswith(f"{op.url}/logout?here=1&")
    assert dict(parse_qsl(urlsplit(asked.url).query)) == {
        "here": "1",
        "client_id": "plattform",
        "post_logout_redirect_uri": BACK,
        "state": asked.state["state"],
    }


def test_the_id_token_goes_where_the_connection_says(work_provider: OidcProvider, op: Any, connect: Connect) -> None:
    """In a form, or in the address; the state is another each time."""
    placed = connect(sign_out="address").sign_out("a.b.c", BACK)
    assert isinstance(placed, Redirect)
    assert dict(parse_qsl(urlsplit(placed.url).query))["id_token_hint"] == "a.b.c"
    first, second = (work_provider.sign_out("a.b.c", BACK) for _ in "ab")
    assert isinstance(first, Redirect)
    assert isinstance(second, Redirect)
    assert first.url == f"{op.url}/logout"
    assert first.form == {
        "client_id": "plattform",
        "post_logout_redirect_uri": BACK,
        "state": first.state["state"],
        "id_token_hint": "a.b.c",
    }
    assert first.state != second.state


def test_entra_gets_its_own_hint_in_the_address(op: Any, connect: Connect, signing_in: SigningIn) -> None:
    """Its word for the account, which says nothing to others; never the ID token."""
    op.metadata["end_session_endpoint"] = f"{op.url}/logout"
    op.claims |= {"login_hint": "opaque", "acrs": ["c1"]}
    entra = connect(preset="entra", levels={"c1": 2})
    session = signing_in(entra).session
    assert session.kept == "opaque"
    asked = entra.sign_out(session.kept, BACK)
    assert isinstance(asked, Redirect)
    assert asked.form is None
    assert dict(parse_qsl(urlsplit(asked.url).query))["logout_hint"] == "opaque"


def test_a_provider_without_a_way_out_is_not_asked(connect: Connect) -> None:
    """It publishes no such address."""
    assert connect(sign_out="plain").sign_out("", BACK) is None


def test_only_who_comes_back_from_there_is_told_so(work_provider: OidcProvider) -> None:
    """The state must be the one that was sent."""
    sent = work_provider.sign_out("", BACK)
    assert isinstance(sent, Redirect)
    assert work_provider.signed_out(sent.state, {"state": sent.state["state"]}, "")
    for answers in ({}, {"state": ""}, {"state": "another"}):
        assert not work_provider.signed_out(sent.state, answers, "")
    assert not work_provider.signed_out({}, {"state": ""}, "")


@pytest.mark.feature("A9")
def test_a_logout_token_names_whom_it_concerns(op: Any, work_provider: OidcProvider) -> None:
    """Person and session, or one of them."""
    assert judge(work_provider, op.logout_token()) == SignOutRequest("anna-subject", "session-one")
    assert judge(work_provider, op.logout_token(sid=None)) == SignOutRequest("anna-subject", "")
    assert judge(work_provider, op.logout_token(sub=None, aud=["plattform", "another"])) == SignOutRequest(
        "", "session-one"
    )
    assert judge(work_provider, op.logout_token({"typ": "JWT"})) is not None


def test_a_logout_token_is_taken_once(op: Any, work_provider: OidcProvider) -> None:
    """A copy of it ends no later session."""
    token = op.logout_token()
    taken = judge(work_provider, token)
    assert judge(work_provider, token) == taken, "nothing has come of it yet"
    taken.done()
    assert judge(work_provider, token) is None


def test_where_it_is_off_nothing_is_taken(op: Any, connect: Connect) -> None:
    """A right token ends nothing."""
    assert judge(connect(), op.logout_token()) is None


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://other.example"},
    "another client": {"aud": "another"},
    "other clients": {"aud": ["another", "third"]},
    "no audience": {"aud": None},
    "expired": {"exp": 1},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "tomorrow"},
    "no beginning": {"iat": None},
    "old": {"iat": 1},
    "from the future": {"iat": 99_999_999_999, "exp": 99_999_999_999},
    "no name of its own": {"jti": None},
    "no event": {"events": None},
    "another event": {"events": {"http://schemas.openid.net/event/other": {}}},
    "an event that is no object": {"events": {"http://schemas.openid.net/event/backchannel-logout": True}},
    "events that are a list": {"events": ["http://schemas.openid.net/event/backchannel-logout"]},
    "a nonce, as an ID token has": {"nonce": "n"},
    "an empty nonce": {"nonce": ""},
    "nobody": {"sub": None, "sid": None},
    "a subject that is no text": {"sub": 1, "sid": None},
    "a subject without end": {"sub": "a" * 256, "sid": None},
}


def test_a_logout_token_that_is_not_right_is_refused(op: Any, work_provider: OidcProvider) -> None:
    """One lie is enough."""
    for lie, values in LIES.items():
        assert judge(work_provider, op.logout_token(**values)) is None, lie


def test_another_kind_of_token_is_no_logout_token(op: Any, work_provider: OidcProvider) -> None:
    """An access token says that it is one, and an ID token of the provider lacks the event."""
    assert judge(work_provider, op.logout_token({"typ": "at+jwt"})) is None
    assert judge(work_provider, op.id_token("n")) is None
    assert judge(work_provider, "") is None


def test_a_logout_token_of_nobody_we_know_is_refused(
    op: Any, work_provider: OidcProvider, strangers_key: RSAKey
) -> None:
    """A stranger's key, no signature, and the public key taken for a secret."""
    right = op.logout_token()
    head, claims, _ = right.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    words = json.loads(base64.urlsafe_b64decode(claims + "=="))
    secret = OctKey.import_key(base64.b64encode(op.key.as_pem(private=False)))
    confused = jwt.encode({"alg": "HS256", "kid": "one"}, words, secret, algorithms=["HS256"])
    op.signer = strangers_key
    for token in (op.logout_token(), f"{none}.{claims}.", f"{head}.{claims}.", confused, f"{right}x", "a.b.c", "a"):
        assert judge(work_provider, token) is None
    assert judge(work_provider, right)


def test_an_identification_that_is_too_old_opens_nothing(
    op: Any, connect: Connect, signing_in: SigningIn, clock: Any
) -> None:
    """`max_age` is sent, and judged: the provider's own session may be of this morning."""
    provider = connect(max_age=3600)
    asked = provider.start(1, {"return_url": "x"})  # type: ignore[arg-type] # of a level the number does
    assert isinstance(asked, Redirect)
    assert dict(parse_qsl(urlsplit(asked.url).query))["max_age"] == "3600"
    assert isinstance(signing_in(provider), Identity)
    op.claims["auth_time"] = int(clock()) - 3600 - 61
    assert "tidigare inloggning" in signing_in(provider).message
    op.claims["auth_time"] = None
    assert "sade inte när" in signing_in(provider).message


def test_what_is_not_believed_is_noted_once_a_minute(
    work_provider: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each reason: whoever sends thousands fills no log."""
    now = 1000.0
    monkeypatch.setattr(sign_out_refusals, "_told", {})
    monkeypatch.setattr(sign_out_refusals, "monotonic", lambda: now)
    with capture_logs() as lines:
        for _ in range(3):
            assert judge(work_provider, "a.b.c") is None
        now += 61
        assert judge(work_provider, "a.b.c") is None
    assert [line["event"] for line in lines] == ["eid.sign-out-refused"] * 2
