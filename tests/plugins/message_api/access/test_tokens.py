"""Who gets an access token, what it allows, and for how long (feature MT2)."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import text
from tests.docs.api_fields import check_fields

from budkavle import Forbidden, Invalid, NotFound
from budkavle.accounts.organisations import change_state
from budkavle.model.states import OrganisationState
from budkavle.operations.organisation_states import pause, resume
from budkavle.testing.actors import system_actor
from budkavle_message_api.access import clients, tokens
from budkavle_message_api.access.clients import ClientDetails, matches
from budkavle_message_api.addresses import PATH, TOKEN
from budkavle_message_api.api_scopes import DELETE, GET, LIST, SEND


@pytest.mark.feature("MT2")
def test_a_signed_assertion_gives_a_token(api: Any) -> None:
    """At most 30 minutes, no refresh token, and the scopes that the client has."""
    client = api.client(api.habo)
    answer = client.ask_token(scope="urn:sdk.api:sendMessage openid")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["token_type"], said["expires_in"], said["scope"]) == ("Bearer", 1800, "urn:sdk.api:sendMessage")
    check_fields("Token", said)
    assert answer.headers["cache-control"] == "no-store"
    assert set(client.ask_token().json()["scope"].split()) == {SEND, GET, LIST, DELETE}
    metadata = client.http.get(f"{PATH}/.well-known/oauth-authorization-server").json()
    assert metadata["token_endpoint"] == f"https://sakert.habo.se{TOKEN}"
    by_issuer = client.assertion(aud=[metadata["issuer"], "other"])
    assert client.ask_token(by_issuer).status_code == 200


def test_a_paused_organisation_lets_no_system_in(api: Any) -> None:
    """Neither with a new token nor with one of before; when the pause ends, the same token is good again."""
    client = api.client(api.habo).sign_in()
    api.habo.arrive(api.kisa.address)
    assert client.listed().status_code == 200
    home, active, moved = api.habo.organisation.id, OrganisationState.ACTIVE, OrganisationState.MOVED

    def is_refused() -> bool:
        return client.listed().status_code == 401 and client.ask_token().json()["error"] == "invalid_client"

    pause(api.platform, system_actor(), home, "Avtalet har upphört.")
    assert is_refused()
    resume(api.platform, system_actor(), home)
    assert not is_refused()
    with api.platform.database.transaction(home) as connection:
        assert change_state(connection, home, active, moved, moved_to="https://two.example")
    assert is_refused()
    with api.platform.database.transaction(home) as connection:
        assert change_state(connection, home, moved, active)
    assert client.listed().status_code == 200


def test_nothing_less_gives_a_token(api: Any) -> None:
    """Each part of the assertion is judged; the answer is invalid_client, and nothing of it is a 500."""
    client, now = api.client(api.habo), int(time.time())
    once = client.assertion()
    assert client.ask_token(once).status_code == 200
    other = str(api.client(api.kisa).known.id)
    wrong = {
        "used before": once,
        "another key": client.assertion(key=ECKey.generate_key("P-256")),
        "another audience": client.assertion(aud="https://sakert.habo.se/"),
        "ended": client.assertion(exp=now - 120),
        "ends too late": client.assertion(exp=now + 4000),
        "ends never": client.assertion(exp=None),
        "ends in words": client.assertion(exp="soon"),
        "not yet": client.assertion(nbf=now + 500),
        "without name": client.assertion(jti=None),
        "for another client": client.assertion(sub=other, iss=other),
        "by another issuer": client.assertion(iss="someone"),
        "of nobody": client.assertion(sub=str(uuid4())),
        "no client": client.assertion(sub="x"),
        "not signed": "eyJhbGciOiJub25lIn0.e30.",
        "a header of nothing": "e30.e30.e30",
        "brings its key": jwt.encode(
            {"alg": "ES256", "jku": "https://x.example"}, {"sub": str(client.known.id)}, client.key
        ),
        "no token": "x",
    }
    for what, assertion in wrong.items():
        answer = client.ask_token(assertion)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), what
    refused = client.ask_token(client_id=other).json()
    check_fields("Refused token", refused)
    assert refused["error"] == "invalid_client"
    assert client.ask_token(grant_type="password").json()["error"] == "unsupported_grant_type"
    assert client.ask_token(scope="openid").json()["error"] == "invalid_scope"
    assert client.http.post(TOKEN, data={"grant_type": "client_credentials"}).status_code == 401
    assert client.http.post(TOKEN, content=b"x" * 60_000).status_code == 400


def test_a_token_allows_its_scopes_alone(api: Any) -> None:
    """Each operation asks for its own; what a client lacks is 401 insufficient_scope."""
    client = api.client(api.habo, scopes=(SEND, LIST)).sign_in()
    name = client.sent()
    assert client.statuses() == ["SCHEDULED"]
    refused = client.get(name)
    assert refused.status_code == 401
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert client.ask("DELETE", f"/{name}").status_code == 401
    client.sign_in(scope=LIST)
    assert client.send().status_code == 401
    assert client.ask_token(scope=DELETE).json()["error"] == "invalid_scope"


def test_without_a_token_there_is_nothing(api: Any) -> None:
    """No token, a foreign one, one that has ended, one whose client is gone: 401, always."""
    client = api.client(api.habo).sign_in()
    bare = client.http.get(client.http.base_url.join("/plugin/message_api/v1/sdk/messages"))
    assert bare.status_code == 401
    assert bare.headers["www-authenticate"] == 'Bearer realm="sdk.api"'
    good = client.token
    for token in ("x", good + "x", good.replace(good[:32], uuid4().hex), f"{uuid4().hex}.x", "a.b.c", "e30.e30.e30"):
        client.token = token
        assert client.listed().status_code == 401, token
    client.token = good
    assert client.listed().status_code == 200
    with api.platform.database.transaction(api.habo.organisation.id) as connection:
        connection.execute(text("UPDATE message_api_tokens SET expires_at = now()"))
    assert client.listed().status_code == 401
    client.sign_in()
    clients.remove(api.host, api.habo.admin, client.known.id)
    assert client.listed().status_code == 401
    assert client.ask_token().status_code == 401


def test_the_end_of_a_token_is_by_the_clock_of_the_database(api: Any, monkeypatch: Any) -> None:
    """Of two hosts, one with a clock that is an hour ahead takes what the other has given."""
    client = api.client(api.habo).sign_in()
    ahead = type("Ahead", (datetime,), {"now": lambda zone=None: datetime.now(zone) + timedelta(hours=1)})
    monkeypatch.setattr(tokens, "datetime", ahead)
    assert client.listed().status_code == 200
    client.sign_in()
    (row,) = api.habo.organisation.rows("SELECT max(expires_at) - now() AS time FROM message_api_tokens")
    assert row.time <= timedelta(seconds=api.host.settings.token_seconds)


def test_auth_id_limits_the_functions(api: Any) -> None:
    """A client sees and sends for the function addresses of its patterns alone, and its mailbox's alone."""
    api.habo.arrive(api.kisa.address)
    inside = api.client(api.habo, auth_ids=("sdk:*:0203:habo.se",)).sign_in()
    assert inside.statuses() == ["NEW"]
    outside = api.client(api.habo, auth_ids=("*.kisa.se", "habo")).sign_in()
    assert outside.statuses() == []
    assert outside.send().status_code == 400
    own = api.client(api.habo, auth_ids=(), mailbox_id=api.habo.mailbox.id).sign_in()
    assert own.statuses() == ["NEW"]
    assert not matches(["*.habo.se"], "sdk:soc:0203:habo.se.evil")
    assert not matches(["a.c"], "abc")
    assert matches(["*"], "anything")


def test_too_often_is_told(open_api: Callable[..., Any]) -> None:
    """429 with Retry-After, for calls and for tokens."""
    api = open_api(requests_per_minute=2, tokens_per_minute=2)
    client = api.client(api.habo).sign_in()
    assert [client.listed().status_code for _ in range(3)] == [200, 200, 429]
    answers = [client.ask_token() for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 429]
    assert answers[1].headers["retry-after"] == "60"


@pytest.mark.filterwarnings("ignore:Key size")
def test_keys_may_be_of_several_kinds(api: Any, jwks: Any) -> None:
    """RSA and EC, PEM and JWK; private and weak ones are refused; by address, a new key is found."""
    rsa = RSAKey.generate_key(2048)
    for keys in (rsa.as_pem(private=False).decode(), json.dumps(rsa.as_dict(private=False))):
        assert api.client(api.habo, keys=keys).known.keys
    small = RSAKey.generate_key(1024).as_pem(private=False).decode()
    for keys in (rsa.as_pem(private=True).decode(), small, "x", "{}", '{"keys": []}', ""):
        with pytest.raises(Invalid) as refused:
            clients.register(api.host, api.habo.admin, ClientDetails("x", auth_ids=("*",), keys=keys))
        assert "keys" in refused.value.fields
    with pytest.raises(Invalid) as refused:
        clients.register(api.host, api.habo.admin, ClientDetails("", scopes=(), keys_url="http://x.example"))
    assert set(refused.value.fields) == {"name", "scopes", "auth_ids", "keys_url"}


class _Keys(http.server.BaseHTTPRequestHandler):
    """Gives the keys that its server has."""

    def do_GET(self) -> None:
        self.server.asked += 1  # type: ignore[attr-defined]
        body = json.dumps({"keys": [key.as_dict(private=False) for key in self.server.keys]}).encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def jwks() -> Iterator[Any]:
    """A server of public keys on this machine: `keys`, `asked`, `url`."""
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Keys)
    server.keys, server.asked = [ECKey.generate_key("P-256", auto_kid=True)], 0
    server.url = f"http://127.0.0.1:{server.server_port}/jwks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_foreign_issuer_may_give_the_tokens(open_api: Callable[..., Any], jwks: Any) -> None:
    """Its keys are fetched once; issuer, audience, time, client and auth_id are judged; tenants stay apart."""
    issuer = {
        "issuer": "https://iam.habo.se",
        "jwks_url": jwks.url,
        "audience": "sdk-mt",
        "organisation": "habo-kommun",
    }
    api = open_api(plain_http=True, issuers={"iam": issuer})
    assert api.habo.organisation.slug == "habo-kommun"
    client = api.client(api.habo, issuer="iam", subject="testclient01.habo.se")
    theirs = api.client(api.kisa, issuer="iam", subject="testclient02.habo.se")
    api.habo.arrive(api.kisa.address)
    now = int(time.time())
    good = {
        "iss": "https://iam.habo.se",
        "aud": ["account", "sdk-mt"],
        "azp": "testclient01.habo.se",
        "exp": now + 300,
        "scope": f"{LIST} offline_access",
    }

    def ask(**changes: Any) -> Any:
        claims = {name: value for name, value in (good | changes).items() if value is not None}
        key = jwks.keys[0]
        client.token = jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)
        return client.listed()

    assert len(ask().json()["data"]) == 1
    assert len(ask(**{"urn:sdk.inera.se:auth_id": ["*:habo.se"]}).json()["data"]) == 1
    assert ask(auth_id=["*.blue.sdk.inera.se"]).json()["data"] == []
    assert ask(auth_id=[]).json()["data"] == []
    assert jwks.asked == 1
    api.platform.plugins.call_hook("budkavle_end_access", organisation_id=api.habo.organisation.id)
    assert ask().status_code == 401
    clients.let_in(api.host, api.habo.admin, client.known.id)
    assert ask().status_code == 200
    for changes in (
        {"iss": "https://other"},
        {"aud": "other"},
        {"azp": "nobody"},
        {"azp": None},
        {"exp": now - 90},
        {"exp": None},
        {"scope": GET},
        {"scope": None},
        {"scope": None, "nonce": "n", "at_hash": "x", "sub": "anna"},  # an ID token, which says who somebody is
        {"azp": theirs.known.subject},
    ):
        assert ask(**changes).status_code == 401, changes
    client.token = jwt.encode({"alg": "ES256"}, good, ECKey.generate_key("P-256"))
    assert client.listed().status_code == 401


def test_a_client_whose_keys_are_at_an_address(open_api: Callable[..., Any], jwks: Any) -> None:
    """The token endpoint fetches them; where they cannot be had, nobody gets in."""
    api = open_api("127.0.0.1", plain_http=True)
    client = api.client(api.habo, keys_url=jwks.url)
    client.key = jwks.keys[0]
    assert client.ask_token().status_code == 200
    lost = api.client(api.habo, keys_url="http://127.0.0.1:1/jwks")
    assert lost.ask_token().json()["error"] == "invalid_client"


def test_keys_are_not_fetched_from_the_inside(open_api: Callable[..., Any], jwks: Any) -> None:
    """An address that leads inside is refused when it is typed, and asked of nobody where it is kept already."""
    api = open_api(plain_http=True)
    for url in (jwks.url, "https://169.254.169.254/keys", "https://[::1]/keys", "https://10.1.2.3/keys"):
        with pytest.raises(Invalid) as refused:
            clients.register(api.host, api.habo.admin, ClientDetails("Klient", auth_ids=("*",), keys_url=url))
        assert "internt nät" in refused.value.fields["keys_url"]
    client = api.client(api.habo, keys_url="https://keys.example/jwks")
    client.key = jwks.keys[0]
    with api.platform.database.transaction(api.habo.organisation.id) as connection:
        connection.execute(text("UPDATE message_api_clients SET keys_url = :url"), {"url": jwks.url})
    assert client.ask_token().json()["error"] == "invalid_client"
    assert jwks.asked == 0


def test_clients_of_others_are_not_found(api: Any) -> None:
    """A tenant's clients are its own, in code and in the database."""
    client = api.client(api.habo)
    with pytest.raises(NotFound):
        clients.remove(api.host, api.kisa.admin, client.known.id)
    assert clients.listed(api.host, api.kisa.admin) == []
    with api.platform.database.transaction(api.kisa.organisation.id) as connection:
        for table in ("clients", "tokens", "assertions", "removed", "services", "exchanged"):
            assert connection.execute(text(f"SELECT count(*) FROM message_api_{table}")).scalar_one() == 0


@pytest.mark.feature("ZS3")
def test_after_a_restore_no_client_is_let_in_until_somebody_says_so(api: Any, habo: Any) -> None:
    """Neither by its token nor by its key, which may have been taken away since; another organisation's is."""
    kisa = api.client(api.kisa).sign_in()
    assert habo.listed().status_code == 200
    for _ in range(2):
        api.platform.plugins.call_hook("budkavle_end_access", organisation_id=api.habo.organisation.id)
    assert habo.ask("GET").status_code == 401
    assert habo.ask_token().json()["error"] == "invalid_client"
    for event in ("api.tokens-ended", "api.clients-ended"):
        assert len(api.habo.organisation.log_entries(event)) == 1
    assert kisa.ask("GET").status_code == 200
    for stranger in (api.kisa.admin, api.habo.member):
        with pytest.raises((NotFound, Forbidden)):
            clients.let_in(api.host, stranger, habo.known.id)
    for _ in range(2):
        clients.let_in(api.host, api.habo.admin, habo.known.id)
    assert len(api.habo.organisation.log_entries("api.client-let-in")) == 1
    assert habo.sign_in().ask("GET").status_code == 200
