"""OpenID Connect: the whole way, and everything that must not be let in."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from budkavle import Failed, Identity, Loa, Misconfigured, Redirect
from budkavle.testing.contracts import IdentityProviderContract
from budkavle_eid.oidc.provider import OidcProvider

LOA = "http://id.elegnamnden.se/loa/1.0/"
HINTS = {"language": "sv", "return_url": "http://127.0.0.1:8420/sign-in/back/op", "ip": "127.0.0.1"}
Connect = Callable[..., OidcProvider]
SigningIn = Callable[..., Any]


class TestContract(IdentityProviderContract):
    """The core's own contract."""

    @pytest.fixture
    def provider(self, connect: Connect) -> OidcProvider:
        """A client of the Swedish profile with a secret."""
        return connect()

    @pytest.fixture
    def hints(self) -> Mapping[str, str]:
        """The address that the client is registered with."""
        return HINTS

    @pytest.fixture
    def answers(self, provider: OidcProvider, op: Any) -> Any:
        """What the browser brings back from the provider."""
        return (op.sign_in,)


def asked(redirect: object) -> dict[str, str]:
    assert isinstance(redirect, Redirect)
    return dict(parse_qsl(urlsplit(redirect.url).query))


def refused(step: object) -> str:
    """The sentence of a refusal that ends the flow."""
    assert isinstance(step, Failed)
    assert not step.retry
    return step.message


@pytest.mark.feature("A9")
def test_who_signs_in_is_known_with_the_level_that_the_provider_returned(
    provider: OidcProvider, signing_in: SigningIn
) -> None:
    """Name, personnummer, subject and level come out of the ID token."""
    step = signing_in(provider, wanted=Loa.THREE)
    assert isinstance(step, Identity)
    assert (step.provider, step.subject, step.loa) == ("op", "anna-subject", Loa.THREE)
    assert step.attributes["personnummer"] == "199001012385"
    assert step.attributes["name"] == "Anna Test"
    assert step.attributes["raw_acr"] == f"{LOA}loa3"
    assert step.attributes["evidence"].startswith("sha256:")


def test_the_request_is_bound_and_asks_for_the_level(provider: OidcProvider) -> None:
    """State and nonce have more than 128 bits, are new each time, and exactly the levels that will do are essential."""
    first, second = asked(provider.start(Loa.THREE, HINTS)), asked(provider.start(Loa.TWO, HINTS))
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(base64.urlsafe_b64decode(first[name] + "==")) >= 32
    acr = json.loads(first["claims"])["id_token"]["acr"]
    assert acr == {"essential": True, "values": [f"{LOA}loa3", f"{LOA}loa4"]}
    assert f"{LOA}loa2" in json.loads(second["claims"])["id_token"]["acr"]["values"]
    assert "prompt" not in first
    anew = asked(provider.start(Loa.THREE, {**HINTS, "account": "someone"}))
    assert (anew["prompt"], anew["max_age"]) == ("login", "0")
    assert "max_age" not in asked(provider.start(Loa.THREE, HINTS))


def test_no_personal_data_in_the_request(provider: OidcProvider, connect: Connect) -> None:
    """What the person has typed stays here, unless the installation says that the address may go along."""
    hints = {**HINTS, "email": "anna@habo.example", "personnummer": "199001012385"}
    query = asked(provider.start(Loa.ONE, hints))
    assert "anna" not in str(query)
    assert "199001012385" not in str(query)
    assert asked(connect(login_hint=True).start(Loa.ONE, hints))["login_hint"] == "anna@habo.example"


@pytest.mark.parametrize("auth", ["client_secret_basic", "client_secret_post"])
def test_we_show_who_we_are_by_a_secret(connect: Connect, signing_in: SigningIn, auth: str) -> None:
    """Both ways of the secret are taken by a provider that checks them."""
    assert isinstance(signing_in(connect(client_auth=auth)), Identity)
    refused(signing_in(connect(client_auth=auth, client_secret="fel")))


def test_we_show_who_we_are_by_a_key(
    op: Any, connect: Connect, signing_in: SigningIn, client_pem: tuple[str, ECKey]
) -> None:
    """An assertion signed by our key (RFC 7523), for the provider's token endpoint."""
    pem, op.client_key = client_pem
    keyed = connect(client_auth="private_key_jwt", client_key=pem, client_key_id="ours", client_secret="")
    assert isinstance(signing_in(keyed), Identity)


@pytest.mark.parametrize("returned", ["unknown", f"{LOA}loa1", f"{LOA}eidas-high", "", None, 3, ["x", "y"], {"a": 1}])
def test_an_unknown_or_missing_level_is_refused(
    op: Any, provider: OidcProvider, signing_in: SigningIn, returned: object
) -> None:
    """What the provider returned decides, never what was asked for; unknown is not the lowest, but nothing."""
    op.claims["acr"] = returned
    assert "hur säkert" in refused(signing_in(provider, wanted=Loa.THREE))


def test_a_lower_level_than_asked_for_is_told_as_it_is(op: Any, provider: OidcProvider, signing_in: SigningIn) -> None:
    """A provider that answers loa2 where loa3 was essential gives level 2; the core then says that it will not do."""
    op.claims["acr"] = f"{LOA}loa2"
    step = signing_in(provider, wanted=Loa.THREE)
    assert isinstance(step, Identity)
    assert step.loa is Loa.TWO


def test_the_installation_may_say_what_a_missing_or_odd_level_is(
    op: Any, connect: Connect, signing_in: SigningIn
) -> None:
    """Uncertified and missing levels count only where the settings say so, and the cap of the connection holds."""
    op.claims["acr"] = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"
    levels = {"http://id.swedenconnect.se/loa/1.0/uncertified-loa3": 3}
    assert signing_in(connect(levels=levels)).loa is Loa.THREE
    assert signing_in(connect(levels=levels, loa=2)).loa is Loa.TWO
    op.claims["acr"] = None
    assert signing_in(connect(level_missing=1)).loa is Loa.ONE
    assert isinstance(
        connect(level_missing=1, levels={f"{LOA}loa3": 0, f"{LOA}loa4": 0}).start(Loa.THREE, HINTS), Failed
    )


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


def test_discovery_and_keys_are_remembered(op: Any, provider: OidcProvider, signing_in: SigningIn) -> None:
    """Ten people who sign in cost ten exchanges, not ten discoveries."""
    for _ in range(10):
        assert isinstance(signing_in(provider), Identity)
    assert (op.asked.count("/.well-known/openid-configuration"), op.asked.count("/jwks")) == (1, 1)


def test_a_forged_or_missing_state_changes_nothing(op: Any, provider: OidcProvider) -> None:
    """Another site may send the browser to us with a code of its own: refused, and the real answer still works."""
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
    """Mix-up (RFC 9207): the code is not even shown to our provider."""
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
    """A stolen code put into one's own flow lacks the verifier (PKCE)."""
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


def test_personnummer_are_only_taken_where_they_are_believed(op: Any, connect: Connect, signing_in: SigningIn) -> None:
    """A generic provider's claim of a personnummer is left out until the installation believes it."""
    name = "https://id.oidc.se/claim/personalIdentityNumber"
    more = {"preset": "generic", "levels": {f"{LOA}loa3": 3}, "attributes": {"personnummer": name}}
    doubted, believed = connect(**more), connect(**more, personnummer=True)
    assert not doubted.traits.asserts_personnummer
    assert "personnummer" not in signing_in(doubted).attributes
    assert signing_in(believed).attributes["personnummer"] == "199001012385"


def test_userinfo_must_be_of_the_same_person(op: Any, connect: Connect, signing_in: SigningIn) -> None:
    """Attributes may come from userinfo, but the ID token's own win and the subject must be the same."""
    more = {"userinfo": True, "attributes": {"email": "email", "name": "name"}}
    op.userinfo = {"sub": "anna-subject", "email": "Anna@Habo.example", "name": "Någon annan"}
    step = signing_in(connect(**more))
    assert (step.attributes["email"], step.attributes["name"]) == ("anna@habo.example", "Anna Test")
    op.userinfo["sub"] = "olle"
    refused(signing_in(connect(**more)))


@pytest.mark.parametrize("verified", [True, False, None, "true", "0"])
def test_an_address_is_verified_only_where_the_provider_says_true(
    op: Any, connect: Connect, signing_in: SigningIn, *, verified: object
) -> None:
    """`email_verified` is "1" for the boolean true and else not there."""
    op.claims |= {"email": "anna@habo.example", "email_verified": verified}
    step = signing_in(connect(preset="generic", levels={f"{LOA}loa3": 2}))
    assert step.attributes.get("email_verified") == ("1" if verified is True else None)


def test_presets_read_their_providers_words(op: Any, connect: Connect, signing_in: SigningIn) -> None:
    """SITHS by Inera, Freja, Entra ID and AD FS each have their own claim for the level and the person."""
    op.claims |= {"acr": "http://id.sambi.se/loa/loa3", "employeeHsaId": "SE2321000016-1003"}
    step = signing_in(connect(preset="inera"))
    assert (step.subject, step.attributes["hsa_id"]) == ("SE2321000016-1003", "SE2321000016-1003")
    op.claims["employeeHsaId"] = None
    refused(signing_in(connect(preset="inera")))
    freja = "https://frejaeid.com/oidc/claims/"
    op.claims |= {f"{freja}loaLevel": "LOA3", f"{freja}personalIdentityNumber": "199001012385", "acr": None}
    step = signing_in(connect(preset="freja"))
    assert (step.loa, step.attributes["raw_acr"]) == (Loa.THREE, "LOA3")
    op.claims |= {f"{freja}loaLevel": "LOA3_NR"}
    refused(signing_in(connect(preset="freja")))
    op.claims |= {"acrs": ["c1", "c2"], "preferred_username": "anna@habo.example"}
    entra = connect(preset="entra", levels={"c2": 2})
    assert json.loads(asked(entra.start(Loa.TWO, HINTS))["claims"])["id_token"]["acrs"]["values"] == ["c2"]
    assert signing_in(entra).attributes["email"] == "anna@habo.example"
    op.claims["idp"] = "sbid"
    broker = connect(preset="generic", level_claim="idp", levels={"sbid": 3}, parameters={"acr_values": "idp:sbid"})
    query = asked(broker.start(Loa.THREE, HINTS))
    assert (query["acr_values"], "claims" in query) == ("idp:sbid", False)
    assert signing_in(broker).loa is Loa.THREE
    adfs = connect(preset="adfs", levels={"urn:x": 2})
    assert asked(adfs.start(Loa.TWO, HINTS))["acr_values"] == "urn:x"


@pytest.mark.parametrize(
    ("auth_time", "sentence"),
    [
        (-30, ""),
        (0, ""),
        (-61, "tidigare inloggning"),
        (-7200, "tidigare inloggning"),
        (None, "sade inte när"),
        (True, "sade inte när"),
        ("now", "sade inte när"),
    ],
)
def test_a_rise_in_level_is_a_fresh_identification(
    op: Any, provider: OidcProvider, clock: Any, auth_time: Any, sentence: str
) -> None:
    """What the provider says of when is judged, since the browser can take `prompt` and `max_age` away."""
    first = provider.start(Loa.THREE, {**HINTS, "account": "someone"})
    assert isinstance(first, Redirect)
    exact = isinstance(auth_time, int) and not isinstance(auth_time, bool)
    op.claims["auth_time"] = int(clock.now) + auth_time if exact else auth_time
    answer = op.sign_in(first)
    clock.now += 20  # the person takes their time
    step = provider.advance(first.state, answer)
    if sentence:
        assert isinstance(step, Failed)
        assert sentence in step.message
    else:
        assert isinstance(step, Identity)


def test_signing_in_may_go_on_where_one_is_signed_in(op: Any, provider: OidcProvider, signing_in: SigningIn) -> None:
    """Single sign-on is what such a provider is for; its time is not asked for, and passed on where it is told."""
    for told in (int(time.time()) - 7200, None):
        op.claims["auth_time"] = told
        step = signing_in(provider)
        assert isinstance(step, Identity)
        assert step.attributes.get("identified_at") == (told and str(told))


@pytest.mark.parametrize("preset", ["generic", "entra", "adfs"])
def test_whoever_is_not_named_is_no_guest_at_level_three(connect: Connect, preset: str) -> None:
    """A provider that names no personnummer is for accounts, unless its level is below 3 or it is believed."""
    levels = {"high": 3}
    assert connect(preset=preset, levels=levels).traits.audiences == {"staff"}
    assert connect(preset=preset, levels=levels, personnummer=True).traits.audiences == {"staff", "guest"}
    assert connect(preset=preset, levels=levels, audiences=["guest"], loa=2).traits.audiences == {"guest"}
    with pytest.raises(Misconfigured, match="personnummer") as error:
        connect(preset=preset, levels=levels, audiences=["staff", "guest"])
    assert "loa = 2" in str(error.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"issuer": "http://op.example"},
        {"client_secret": ""},
        {"preset": "generic"},
        {"client_auth": "private_key_jwt", "client_key": "nonsense"},
    ],
)
def test_settings_that_cannot_work_are_said_at_the_start(connect: Connect, settings: dict[str, Any]) -> None:
    """Not when the first person tries to sign in."""
    with pytest.raises(Misconfigured):
        connect(**settings)


def test_nothing_of_the_person_is_logged(
    op: Any, provider: OidcProvider, signing_in: SigningIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refusals are logged with a word, and neither subject nor personnummer nor token."""
    op.claims |= {"aud": "other"}
    refused(signing_in(provider))
    said = "".join(capsys.readouterr())
    assert "token-audience" in said
    assert not any(word in said for word in ("anna", "199001012385", "eyJ"))
