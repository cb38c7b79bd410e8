"""OpenID Connect: authorization code flow with PKCE; only a signed ID token of the same flow is trusted.

Source: OpenID Connect Core 1.0; RFC 7636 (PKCE), RFC 9207 (`iss` in the response), RFC 7523 (`private_key_jwt`).
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from budkavle import Failed, Health, Identity, Loa, Misconfigured, ProviderTraits, Redirect
from budkavle.identification import SignOutRequest
from budkavle_eid.claims import (
    Refused,
    attributes_of,
    audiences_of,
    check_fresh,
    failed,
    level_of,
    safe_url,
    words_for,
)
from budkavle_eid.oidc.client_key import ClientKey
from budkavle_eid.oidc.issuer import Issuer, Metadata
from budkavle_eid.oidc.presets import PRESETS
from budkavle_eid.oidc.sign_out import SignOut
from budkavle_eid.settings import OidcSettings
from budkavle_eid.single_use import Once
from budkavle_identity_tokens import Clock, ExpectedIdToken, TokenRefused, check_id_token

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ELSEWHERE = "Svaret hör inte till den här inloggningen. Börja om från början."
CANCELLED = "Du avbröt legitimeringen. Börja om, eller välj ett annat sätt."
NOT_SO_SURE = "Det här sättet når inte den tillitsnivå som behövs. Välj ett annat."
ANEW = {"prompt": "login", "max_age": "0"}
"""Requests a new identification, and its time (OpenID Connect Core 1.0, section 3.1.2.1)."""
EARLY = 60
"""Seconds by which the peer's clock may be behind ours."""
PEERS_NO = {
    "access_denied": CANCELLED,
    "unmet_authentication_requirements": NOT_SO_SURE,
    "login_required": "Legitimeringen blev inte av. Börja om från början.",
}


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str = ""


class OidcProvider:
    """An `IdentityProvider` for one connection.

    Args:
        settings: The settings of the connection.
        once: Remembers the logout tokens that have been used.
        clock: Returns the time in seconds.

    Raises:
        Misconfigured: The settings contradict each other.
    """

    icon = "id-card"

    def __init__(self, settings: OidcSettings, once: Once, clock: Clock = time.time) -> None:
        preset = PRESETS[settings.preset]
        self.name, self.label = settings.name, settings.label
        personnummer = preset.personnummer if settings.personnummer is None else settings.personnummer
        self.traits = ProviderTraits(
            Loa(settings.loa),
            audiences=audiences_of(settings.name, settings.audiences, settings.loa, personnummer=personnummer),
            organisations=frozenset(settings.organisations),
            asserts_personnummer=personnummer,
        )
        self._settings, self._preset, self._clock = settings, preset, clock
        self._levels = {**preset.levels, **settings.levels}
        self._attributes = {**preset.attributes, **settings.attributes}
        self._level_claim = settings.level_claim or preset.level_claim
        self._issuer = Issuer(settings.issuer, settings.timeout_seconds, clock)
        self._sign_out = SignOut(settings, self._issuer, once, clock)
        self._key = self._client_key()
        self._check()

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Redirect | Failed:
        """Redirect the browser to the provider."""
        try:
            metadata = self._issuer.metadata()
        except Refused as refused:
            return failed(self.name, refused, retry=True)
        levels = words_for(self._levels, wanted)
        if not levels and self._settings.level_missing < wanted:
            return Failed(NOT_SO_SURE)
        state = {
            "state": secrets.token_urlsafe(32),
            "nonce": secrets.token_urlsafe(32),
            "verifier": secrets.token_urlsafe(48),
            "redirect": hints.get("return_url", ""),
            # A step-up is for the person at the keyboard now, not for whoever signed in at the provider earlier.
            **({"anew": str(int(self._clock()))} if hints.get("account") else {}),
        }
        query = {
            **self._request(state, hints),
            **self._level_request(levels, metadata),
            **self._settings.parameters,
        }
        separator = "&" if urlsplit(metadata.authorization_endpoint).query else "?"
        return Redirect(f"{metadata.authorization_endpoint}{separator}{urlencode(query)}", state)

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Failed | Identity:
        """Handle the provider's response: compare the state, exchange the code, and check the ID token."""
        returned, expected = answers.get("state", ""), state.get("state", "")
        if not expected or not hmac.compare_digest(returned.encode(), expected.encode()):
            # The flow continues: its own response may still come.
            return failed(self.name, Refused("state", ELSEWHERE), retry=True)
        try:
            return self._identity(state, self._code(answers))
        except Refused as refused:
            return failed(self.name, refused)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Do nothing: the provider has nothing to cancel."""

    def sign_out(self, kept: str, return_url: str) -> Redirect | None:
        """Return the redirect to the provider's logout endpoint."""
        return self._sign_out.begin(kept, return_url)

    def signed_out(self, state: Mapping[str, str], answers: Mapping[str, str], query: str) -> bool:  # noqa: ARG002 - nothing of it is signed
        """Tell whether the browser returns from the provider's logout."""
        return self._sign_out.is_done(state, answers)

    def sign_out_request(self, answers: Mapping[str, str], query: str) -> SignOutRequest | None:  # noqa: ARG002 - nothing of it is signed
        """Verify a logout token."""
        return self._sign_out.judge(answers.get("logout_token", ""))

    def health(self) -> Health:
        """Report whether the provider answers."""
        parameters = {"name": self.label}
        try:
            self._issuer.metadata()
        except Refused as refused:
            remedy = "Kontrollera issuer, och att adressen går att nå härifrån."
            sentence = "{name} går inte att använda ({reason})."
            return Health("OpenID Connect", False, sentence, remedy, {**parameters, "reason": refused.reason})
        return Health("OpenID Connect", True, "{name} svarar.", facts=parameters)

    def _code(self, answers: Mapping[str, str]) -> str:
        """Return the code, after checking who has answered (RFC 9207: another provider may have sent the browser)."""
        metadata = self._issuer.metadata()
        if answers.get("iss", "" if metadata.authorization_response_iss_parameter_supported else metadata.issuer) != (
            metadata.issuer
        ):
            raise Refused("answer-of-another-issuer", ELSEWHERE)
        if "error" in answers:
            word = answers["error"]
            raise Refused(f"peer-{word}" if word in PEERS_NO else "peer-error", PEERS_NO.get(word, ""))
        if not answers.get("code"):
            raise Refused("no-code", ELSEWHERE)
        return answers["code"]

    def _identity(self, state: Mapping[str, str], code: str) -> Identity:
        tokens = self._exchange(state, code)
        claims = self._claims(tokens.id_token, state.get("nonce", ""))
        at = _number(claims.get("auth_time"))
        if "anew" in state:
            check_fresh(at, int(state["anew"]) - EARLY)
        elif self._settings.max_age:
            check_fresh(at, self._clock() - self._settings.max_age - EARLY)
        level, word = level_of(_texts(claims.get(self._level_claim)), self._levels, self._settings.level_missing)
        values = {name: _texts(value) for name, value in {**self._userinfo(tokens, claims), **claims}.items()}
        attributes = {
            "evidence": "sha256:" + hashlib.sha256(tokens.id_token.encode()).hexdigest(),
            **attributes_of(values, self._attributes, personnummer=self.traits.asserts_personnummer),
            "raw_acr": word,
            "method": self.label,
            **({} if at is None else {"identified_at": str(at)}),
        }
        if self._settings.subject:  # only from the signed token: userinfo is not signed
            subject = next(iter(_texts(claims.get(self._settings.subject))), "")
        else:
            subject = next((value for name in self._preset.subject.split() for value in values.get(name, ())), "")
        if not subject:
            raise Refused("no-lasting-subject")
        session = self._sign_out.session(claims, tokens.id_token)
        return Identity(self.name, subject, min(level, self.traits.max_loa), attributes, session)

    def _claims(self, id_token: str, nonce: str) -> Mapping[str, Any]:
        expected = ExpectedIdToken(self._issuer.issuer, self._settings.client_id, nonce)
        try:
            return check_id_token(id_token, expected, self._issuer.keys, self._clock())
        except TokenRefused as refused:
            raise Refused(refused.reason) from refused

    def _exchange(self, state: Mapping[str, str], code: str) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": state.get("redirect", ""),
            "code_verifier": state.get("verifier", ""),
        }
        address = self._issuer.metadata().token_endpoint
        settings, more = self._settings, {}
        if self._key:
            assertion = self._key.assertion(settings.client_id, address, self._clock())
            form |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
            form["client_id"] = settings.client_id
        elif settings.client_auth == "client_secret_post":
            form |= {"client_id": settings.client_id, "client_secret": settings.client_secret}
        else:
            more = {"authorization": _basic(settings.client_id, settings.client_secret)}
        return self._issuer.ask("POST", address, _Tokens, data=form, headers=more)

    def _userinfo(self, tokens: _Tokens, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        address = self._issuer.metadata().userinfo_endpoint
        if not self._settings.userinfo or not address:
            return {}
        bearer = {"authorization": f"Bearer {tokens.access_token}"}
        userinfo = self._issuer.ask("GET", address, dict[str, Any], headers=bearer)
        if userinfo.get("sub") != claims["sub"]:
            raise Refused("userinfo-of-another")
        return userinfo

    def _request(self, state: Mapping[str, str], hints: Mapping[str, str]) -> dict[str, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(state["verifier"].encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": state["redirect"],
            "scope": " ".join(("openid", *(self._settings.scopes or self._preset.scopes))),
            "state": state["state"],
            "nonce": state["nonce"],
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if hints.get("language"):
            query["ui_locales"] = hints["language"]
        if self._settings.login_hint and hints.get("email"):
            query["login_hint"] = hints["email"]
        if self._settings.max_age:
            query["max_age"] = str(self._settings.max_age)
        return query | (ANEW if "anew" in state else {})

    def _level_request(self, words: Sequence[str], metadata: Metadata) -> dict[str, str]:
        """Return the parameters that request level and claims; as essential claims if the provider supports that."""
        # A level claim of the installation's own choice has no standard way of being requested.
        asks = self._preset.asks if self._level_claim == self._preset.level_claim else ""
        if asks == "claims" and not metadata.claims_parameter_supported and self._settings.preset == "generic":
            asks = "acr_values"
        claims: dict[str, Any] = dict.fromkeys(self._preset.requested)
        if asks == "claims" and words:
            claims[self._level_claim] = {"essential": True, "values": list(words)}
        query = {"claims": msgspec.json.encode({"id_token": claims}).decode()} if claims else {}
        return query | ({"acr_values": " ".join(words)} if asks == "acr_values" and words else {})

    def _client_key(self) -> ClientKey | None:
        settings = self._settings
        if settings.client_auth != "private_key_jwt":
            return None
        return ClientKey.load(settings.client_key, settings.client_key_id, settings.client_certificate)

    def _check(self) -> None:
        if not safe_url(self._settings.issuer):
            raise Misconfigured("issuer för {name} måste börja med https://.", name=self.name)
        if self._key is None and not self._settings.client_secret:
            raise Misconfigured("client_secret saknas för {name}.", name=self.name)
        if not any(self._levels.values()) and not self._settings.level_missing:
            raise Misconfigured(
                "{name} har inga tillitsnivåer. Ange levels: vad varje värde av {claim} är värt.",
                name=self.name,
                claim=self._level_claim,
            )


def _texts(value: object) -> list[str]:
    """Return a claim's values as texts; true, as in `email_verified`, becomes "1"."""
    if isinstance(value, bool):
        return ["1"] if value else []
    items = value if isinstance(value, list) else [value]
    return [str(item) for item in items if isinstance(item, str | int)]


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _basic(user: str, secret: str) -> str:
    pair = f"{quote(user, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
