"""Tokens of a tenant: the right one is believed, and nothing else is."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from budkavle_identity_tokens import EntraApp, KeysUnavailable, RemoteKeys, TokenRefused, check_entra_token, keys_url
from budkavle_identity_tokens.keys import AGAIN_SECONDS, KEYS_SECONDS
from budkavle_identity_tokens.simulated_entra import TEAMS_IN_A_BROWSER, Entra, guid, new_key

ANNA = "8d2f6a0e-52a1-4d0f-9f0b-0d6e6e1f4c11"


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def tenant() -> Iterator[Entra]:
    """Run the tenant once: its keys take long to make."""
    with Entra().serving() as made:
        yield made


@pytest.fixture
def entra(tenant: Entra) -> Entra:
    """The tenant, as it was in the beginning."""
    tenant.status, tenant.asked, tenant.keys = 200, 0, tenant.keys[:1]
    return tenant


@pytest.fixture
def app(entra: Entra) -> EntraApp:
    return EntraApp(entra.tenant, entra.client_id, (TEAMS_IN_A_BROWSER,), "access_as_user")


@pytest.fixture
def keys(entra: Entra, clock: Clock) -> RemoteKeys:
    return RemoteKeys(keys_url(entra.url, entra.tenant), 5, clock)


Judge = Callable[[str], str]


@pytest.fixture
def judge(app: EntraApp, keys: RemoteKeys, clock: Clock) -> Judge:
    """Say whom a token shows, or why it is not believed."""

    def say(token: str) -> str:
        try:
            return check_entra_token(token, app, keys, clock()).subject
        except TokenRefused as refused:
            return refused.reason
        except KeysUnavailable as silent:
            return f"keys-unavailable-{silent}"

    return say


@pytest.mark.feature("M3", "C2")
def test_the_right_token_names_an_account_for_ever(entra: Entra, judge: Judge) -> None:
    """The tenant and the account's lasting id, and no address."""
    assert judge(entra.token(ANNA)) == f"{entra.tenant}.{ANNA}"


STRANGE = "5f0d7c1a-0000-4000-8000-5f0d7c1a5f0d"
"""Nobody's: neither a tenant nor an app."""
LIES: list[tuple[str, dict[str, Any]]] = [
    ("token-version", {"ver": "1.0"}),
    ("token-issuer", {"iss": f"https://sts.windows.net/{STRANGE}/"}),
    ("token-issuer", {"iss": None}),
    ("token-audience", {"aud": STRANGE}),
    ("token-audience", {"aud": "api://budkavle.example/x"}),
    ("token-audience", {"aud": [STRANGE]}),
    ("token-tenant", {"tid": STRANGE}),
    ("token-tenant", {"tid": "9188040d-6c67-4c5b-b112-36a304b66dad"}),
    ("token-client", {"azp": STRANGE}),
    ("token-client", {"azp": None}),
    ("token-scope", {"scp": None}),
    ("token-scope", {"scp": "User.Read"}),
    ("token-subject", {"oid": None}),
    ("token-subject", {"oid": "anna@habo.example"}),
    ("token-subject", {"oid": 7}),
    ("token-times", {"exp": None}),
    ("token-times", {"nbf": None}),
    ("token-times", {"exp": True}),
]


@pytest.mark.parametrize(("reason", "lies"), LIES, ids=lambda value: str(value)[:40])
def test_a_claim_that_is_not_right_is_refused(entra: Entra, judge: Judge, reason: str, lies: dict[str, Any]) -> None:
    """Signed by the tenant all the same: another app's, another tenant's, another time's, nobody's."""
    assert judge(entra.token(ANNA, **lies)) == reason


@pytest.mark.parametrize(
    ("reason", "name", "seconds"),
    [("token-expired", "exp", -90), ("token-early", "nbf", 600), ("token-early", "iat", 600)],
)
def test_another_time_is_refused(
    entra: Entra, judge: Judge, clock: Clock, reason: str, name: str, seconds: int
) -> None:
    """What has ended, or has not begun."""
    assert judge(entra.token(ANNA, **{name: int(clock.now) + seconds})) == reason


def test_a_clock_may_be_a_minute_off(entra: Entra, judge: Judge, clock: Clock) -> None:
    """And not two."""
    token = entra.token(ANNA, exp=int(clock.now) - 30)
    assert judge(token).endswith(ANNA)
    clock.now += 60
    assert judge(token) == "token-expired"


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "crit"])
def test_a_token_brings_no_key(entra: Entra, judge: Judge, name: str) -> None:
    """Whatever its header says about where its key is."""
    head, _, rest = entra.token(ANNA).partition(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**header, name: entra.url}).encode()).rstrip(b"=").decode()
    assert judge(f"{forged}.{rest}") == "token-brings-its-key"


def test_unsigned_or_signed_otherwise_is_refused(entra: Entra, judge: Judge) -> None:
    """`none`, a secret made of the public key, and algorithms that the tenant does not use."""
    _, body, _ = entra.token(ANNA).split(".")
    for algorithm in ("none", "None", "", None):
        header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": entra.keys[0].kid}).encode())
        assert judge(f"{header.rstrip(b'=').decode()}.{body}.") == "token-algorithm"
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": entra.keys[0].kid}).encode()).rstrip(b"=")
    signed = f"{head.decode()}.{body}"
    mac = hmac.digest(entra.keys[0].as_pem(private=False), signed.encode(), "sha256")
    assert judge(f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}") == "token-algorithm"
    assert judge(entra.token(ANNA, {"alg": "RS512"})) == "token-algorithm"


def test_a_strangers_signature_is_refused(entra: Entra, judge: Judge) -> None:
    """Under the tenant's key id, under its own, and with a body that has been changed."""
    stranger = new_key()
    assert judge(entra.token(ANNA, {"kid": entra.keys[0].kid}, stranger)) == "token-signature"
    assert judge(entra.token(ANNA, key=stranger)) == "token-key-unknown"
    assert judge(entra.token(ANNA, {"kid": None})) == "token-key-unnamed"
    head, _, signature = entra.token(ANNA).split(".")
    _, body, _ = entra.token(guid()).split(".")
    assert judge(f"{head}.{body}.{signature}") == "token-signature"


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "..", "e30.e30.", "å.ä.ö", "x" * 20_000, "e30.e30.e30.e30"])
def test_what_is_no_token_is_refused(judge: Judge, token: str) -> None:
    """Quietly, with a word."""
    assert judge(token) in {"token-unreadable", "token-algorithm"}


def test_the_tenant_changes_its_key(entra: Entra, judge: Judge, clock: Clock) -> None:
    """A new key is fetched when it is first met; one that is gone is believed for an hour at most."""
    assert judge(entra.token(ANNA)).endswith(ANNA)
    old = entra.keys[0]
    entra.keys = [new_key()]
    clock.now += AGAIN_SECONDS
    assert judge(entra.token(ANNA)).endswith(ANNA)
    assert judge(entra.token(ANNA, key=old)) == "token-key-unknown"
    clock.now += KEYS_SECONDS + 1
    assert judge(entra.token(ANNA, exp=int(clock.now) + 60)).endswith(ANNA)


def test_a_forger_does_not_have_us_ask_for_ever(entra: Entra, judge: Judge) -> None:
    """Unknown keys are looked for once in half a minute, however many tokens name them."""
    assert judge(entra.token(ANNA)).endswith(ANNA)
    for _ in range(20):
        assert judge(entra.token(ANNA, {"kid": guid()})) == "token-key-unknown"
    assert entra.asked == 1


def test_a_silent_tenant_lets_nobody_new_in(entra: Entra, judge: Judge, clock: Clock) -> None:
    """Without keys nobody is believed; with keys that are known already, people come in for as long as it is down."""
    entra.status = 503
    assert judge(entra.token(ANNA)) == "keys-unavailable-status-503"
    assert judge(entra.token(ANNA)) == "keys-unavailable-no-keys"
    entra.status = 200
    clock.now += 6
    assert judge(entra.token(ANNA)).endswith(ANNA)
    entra.status = 503
    clock.now += KEYS_SECONDS + 1
    assert judge(entra.token(ANNA, exp=int(clock.now) + 60)).endswith(ANNA)
