"""OpenID Connect: who signs in is known, by the level that the provider has returned."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from joserfc.jwk import ECKey
from tests.plugins.eid.oidc.signing_in import HINTS, LOA, asked, refused

from budkavle import Failed, Identity, Loa, Misconfigured, Redirect
from budkavle.testing.contracts import IdentityProviderContract
from budkavle_eid.oidc.provider import OidcProvider

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
    """What the person has typed is not sent, unless the settings allow it for the address."""
    hints = {**HINTS, "email": "anna@habo.example", "personnummer": "199001012385"}
    query = asked(provider.start(Loa.ONE, hints))
    assert "anna" not in str(query)
    assert "199001012385" not in str(query)
    assert asked(connect(login_hint=True).start(Loa.ONE, hints))["login_hint"] == "anna@habo.example"


@pytest.mark.parametrize("auth", ["client_secret_basic", "client_secret_post"])
def test_we_show_who_we_are_by_a_secret(connect: Connect, signing_in: SigningIn, auth: str) -> None:
    """The provider accepts and checks both ways of sending the secret."""
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
    """The returned level decides, not the requested one; an unknown level counts as none."""
    op.claims["acr"] = returned
    assert "hur säkert" in refused(signing_in(provider, wanted=Loa.THREE))


def test_a_lower_level_than_asked_for_is_told_as_it_is(op: Any, provider: OidcProvider, signing_in: SigningIn) -> None:
    """A provider that returns loa2 for an essential loa3 gives level 2, which the core then refuses."""
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
    """The time stated by the provider is checked, since the browser can remove `prompt` and `max_age`."""
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
    """Single sign-on is allowed for signing in; the time is not requested, but passed on if stated."""
    for told in (int(time.time()) - 7200, None):
        op.claims["auth_time"] = told
        step = signing_in(provider)
        assert isinstance(step, Identity)
        assert step.attributes.get("identified_at") == (told and str(told))


@pytest.mark.parametrize("preset", ["generic", "entra", "adfs"])
def test_whoever_is_not_named_is_no_guest_at_level_three(connect: Connect, preset: str) -> None:
    """A provider without personnummer is for accounts only, unless its level is below 3 or its numbers are trusted."""
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
