"""Access tokens: issued to clients that identify with a signed assertion, and checked when used.

Our tokens are opaque, stored as hashes with the organisation, and revoked with the client. Source: B1.4.2, pages 17 to
24 (client credentials, signed JWT, at most 30 minutes, no refresh token); RFC 6749, section 4.4; RFC 7521 and 7523.
"""

import hashlib
import secrets
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import httpx
from joserfc.jwk import Key
from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import ActorScope, Address, BudkavleError, Host, NotFound, as_uuid, outside_client
from budkavle.accounts import all_organisations
from budkavle.identification import Limit, record_refused_program, within_limit
from budkavle_message_api import signatures
from budkavle_message_api.access import clients
from budkavle_message_api.access.clients import ApiClient
from budkavle_message_api.addresses import PATH, TOKEN
from budkavle_message_api.api_scopes import ALL_SCOPES, SPELLINGS, scopes
from budkavle_message_api.problems import TooMany, Unauthorized
from budkavle_message_api.settings import IssuerSettings
from budkavle_message_api.signatures import KeySets
from budkavle_message_api.tables import assertions, tokens

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MINUTE = timedelta(minutes=1)
OFTEN = "Det är för många anrop på en minut. Vänta en stund och försök igen."


class TokenRefused(BudkavleError):
    """The token endpoint refuses; `error` is the error code of RFC 6749, section 5.2."""

    slug, title, status = "token-refused", "Token ges inte", 400

    def __init__(self, error: str, sentence: str) -> None:
        super().__init__(sentence)
        self.error = error


@dataclass(frozen=True, slots=True)
class Granted:
    """An issued access token."""

    token: str
    seconds: int
    scopes: str


@dataclass(frozen=True, slots=True)
class Access:
    """The rights of an access token's holder.

    Attributes:
        limits: Patterns of the token itself, in addition to those of the client; None: it has none.
    """

    client: ApiClient
    scopes: tuple[str, ...]
    limits: tuple[str, ...] | None = None

    @property
    def organisation_id(self) -> UUID:
        """The client's organisation."""
        return self.client.organisation_id

    def require(self, scope: str) -> None:
        """Require a scope.

        Raises:
            Unauthorized: The token does not have the scope; the OpenAPI file only allows 401.
        """
        if scope not in self.scopes:
            raise Unauthorized("Token har inte behörighet till det här anropet.", "insufficient_scope", scope)

    def mailboxes(self, host: Host) -> dict[UUID, Address]:
        """Return the mailboxes that it may use, with their function addresses."""
        return clients.addresses(host, self.client, self.limits)


class Tokens:
    """Issues and checks access tokens."""

    def __init__(self, host: Host) -> None:
        self._host, self._settings = host, host.settings
        seconds, plain, tls = (
            self._settings.timeout_seconds,
            self._settings.plain_http,
            cache(ssl.create_default_context),
        )
        self._issuers = KeySets(lambda: httpx.Client(timeout=seconds, trust_env=False, verify=tls()), plain=plain)
        """Keys at addresses from the installation's own settings; internal addresses are allowed."""
        self._clients = KeySets(lambda: outside_client(host.platform, seconds, plain=plain, tls=tls()), plain=plain)
        """Keys at addresses that organisations have entered."""

    @property
    def endpoint(self) -> str:
        """The address of the token endpoint."""
        return self._host.platform.settings.base_url.rstrip("/") + TOKEN

    @property
    def issuer(self) -> str:
        """The issuer identifier of our authorization server (RFC 8414)."""
        return self._host.platform.settings.base_url.rstrip("/") + PATH

    def grant(self, form: Mapping[str, str], address: str) -> Granted:
        """Handle a request to the token endpoint.

        Args:
            form: The fields of the request.
            address: The network address of the caller.

        Raises:
            TokenRefused: The request is refused, with an error code of RFC 6749.
            TooMany: The rate limit is exceeded.
        """
        self._limit("address", address)
        try:
            return self._granted(form, address)
        except TokenRefused as error:
            self._note_refusal(error)
            raise

    def _granted(self, form: Mapping[str, str], address: str) -> Granted:
        if form.get("grant_type") != "client_credentials":
            raise TokenRefused("unsupported_grant_type", "Bara client_credentials ges här.")
        client = self._identified(form, address)
        requested = scopes(form["scope"]) if form.get("scope") else list(client.scopes)
        allowed = [scope for scope in requested if scope in client.scopes]
        if not allowed:
            raise TokenRefused("invalid_scope", "Klienten har ingen av de behörigheter som begärs.")
        token = f"{client.organisation_id.hex}.{secrets.token_urlsafe(32)}"
        seconds: int = self._settings.token_seconds
        row = {
            "organisation_id": client.organisation_id,
            "hash": _hash(token),
            "client_id": client.id,
            "scopes": allowed,
            "expires_at": func.now() + timedelta(seconds=seconds),
        }
        with self._host.work(client.acting(self._host)) as work:
            with self._host.tables(work) as connection:
                connection.execute(insert(tokens).values(row))
            clients.used(self._host, work, client, "api.token-given")
        return Granted(token, seconds, " ".join(_granted_scopes(form.get("scope", ""), allowed)))

    def access(self, authorization: str) -> Access:
        """Check the Authorization header of a request.

        Raises:
            Unauthorized: The token is missing or invalid.
            TooMany: The client exceeds its rate limit.
        """
        try:
            access = self._access(authorization)
        except Unauthorized as error:
            self._note_refusal(error)
            raise
        limit = Limit(self._settings.requests_per_minute, MINUTE)
        if not within_limit(self._host.platform, limit, "message_api", str(access.client.id)):
            raise TooMany(OFTEN)
        return access

    def note_lacking_scope(self, access: Access, error: Unauthorized) -> None:
        """Record in the event log that a client lacks the scope for a request."""
        self._note_refusal(error, access.client)

    def _access(self, authorization: str) -> Access:
        kind, _, token = authorization.strip().partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise Unauthorized("Anropet saknar access token. Begär en och skicka den som Bearer.", "")
        return self._own(token.strip()) or self._foreign(token.strip())

    def _note_refusal(self, error: BudkavleError, client: ApiClient | None = None) -> None:
        home, program = (client.organisation_id, client.id) if client else (None, None)
        record_refused_program(
            self._host.platform, "message_api", error.sentence, organisation_id=home, program=program
        )

    def _own(self, token: str) -> Access | None:
        organisation, _, secret = token.partition(".")
        if len(organisation) != 32 or "." in secret:
            return None
        organisation_id = as_uuid(organisation)
        if organisation_id is None:
            return None
        of_token = (tokens.c.organisation_id == organisation_id, tokens.c.hash == _hash(token))
        query = select(tokens).where(*of_token, tokens.c.expires_at > func.now())
        with self._host.transaction(organisation_id) as connection:
            row = connection.execute(query).one_or_none()
        client = clients.of_id(self._host, str(row.client_id)) if row else None
        if row is None or client is None:
            raise Unauthorized("Access token gäller inte, eller inte längre. Begär en ny.")
        return Access(client, tuple(scope for scope in row.scopes if scope in client.scopes))

    def _foreign(self, token: str) -> Access:
        issuer_url = signatures.unverified(token).get("iss")
        name, issuer = next(
            ((name, settings) for name, settings in self._settings.issuers.items() if settings.issuer == issuer_url),
            (None, None),
        )
        if name is None or issuer is None:
            raise Unauthorized("Access token kommer från en utfärdare som inte är känd här.")
        claims = signatures.claims_of(token, lambda kid: self._issuers.keys(issuer.jwks_url, kid))
        signatures.check_times(claims, time.time())
        if claims.get("iss") != issuer.issuer or issuer.audience not in signatures.audiences(claims):
            raise Unauthorized("Access token är inte utfärdad för den här tjänsten.")
        party = _text(claims.get("azp") or claims.get("client_id"))
        client = clients.of_subject(self._host, self._organisation(issuer), name, party) if party else None
        if client is None:
            raise Unauthorized("Klienten är inte registrerad här. Be administratören lägga till den.")
        held = tuple(scope for scope in scopes(_text(claims.get("scope"))) if scope in client.scopes)
        return Access(client, held, _limits(issuer, claims))

    def _organisation(self, issuer: IssuerSettings) -> UUID:
        system = self._host.system(None, ActorScope.INSTALLATION)
        for organisation in all_organisations(self._host.platform, system):
            if organisation.slug == issuer.organisation:
                return organisation.id
        raise NotFound("Organisationen för utfärdaren finns inte. Rätta issuers i [plugins.message_api].")

    def _identified(self, form: Mapping[str, str], address: str) -> ApiClient:
        """Return the client that signed the assertion, and mark the assertion's `jti` as used (RFC 7523, section 3).

        Raises:
            TokenRefused: The assertion is not valid.
        """
        if form.get("client_assertion_type") != ASSERTION or not form.get("client_assertion"):
            raise TokenRefused("invalid_client", "Visa vem klienten är med en signerad JWT (private_key_jwt).")
        try:
            return self._asserted(form["client_assertion"], form.get("client_id", ""), address)
        except Unauthorized as error:
            raise TokenRefused("invalid_client", str(error)) from error

    def _asserted(self, assertion: str, client_id: str, address: str) -> ApiClient:
        name = _text(signatures.unverified(assertion).get("sub"))
        self._limit("client", f"{name} {address}")  # with the address: attackers elsewhere must not lock out the client
        client = clients.of_id(self._host, name)
        if client is None or client_id not in {"", name}:
            raise Unauthorized("Klienten är inte registrerad här.")
        claims = signatures.claims_of(assertion, lambda kid: self._keys(client, kid))
        ends = signatures.check_times(claims, time.time(), self._settings.assertion_seconds)
        if claims.get("iss") != name or claims.get("sub") != name:
            raise Unauthorized("iss och sub ska båda vara klientens identitet.")
        if not {self.endpoint, self.issuer} & set(signatures.audiences(claims)):
            raise Unauthorized("aud ska vara adressen till den här token-tjänsten.")
        self._use_up(client, claims.get("jti"), ends)
        return client

    def _keys(self, client: ApiClient, kid: str | None) -> Sequence[Key]:
        if client.keys_url:
            return self._clients.keys(client.keys_url, kid)
        return [key for key in signatures.key_set(client.keys) if kid is None or key.kid in {None, kid}]

    def _use_up(self, client: ApiClient, name: Any, ends: float) -> None:
        if not isinstance(name, str) or not 0 < len(name) <= 256:
            raise Unauthorized("jti saknas: varje JWT ska ha en egen.")
        row = {
            "organisation_id": client.organisation_id,
            "hash": _hash(f"{client.id} {name}"),
            "expires_at": datetime.fromtimestamp(ends + 2 * signatures.SKEW, UTC),
        }
        with self._host.transaction(client.organisation_id) as connection:
            once = upsert(assertions).values(row).on_conflict_do_nothing().returning(assertions.c.hash)
            if connection.execute(once).one_or_none() is None:
                raise Unauthorized("Den här JWT:n har använts redan. Gör en ny med egen jti.")

    def _limit(self, kind: str, who: str) -> None:
        limit = Limit(self._settings.tokens_per_minute, MINUTE)
        if who and not within_limit(self._host.platform, limit, "message_api.token", kind, who):
            raise TooMany(OFTEN)


def _limits(issuer: IssuerSettings, claims: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return a token's patterns for function addresses; None if its issuer leaves them to the registration."""
    for name in issuer.auth_claims:
        if name in claims:
            claim = claims[name]
            return tuple(text for text in (claim if isinstance(claim, list) else [claim]) if isinstance(text, str))
    return None


def _granted_scopes(requested: str, allowed: Sequence[str]) -> list[str]:
    """Return the granted scopes, in the client's own spelling."""
    spelled = [word for word in requested.split() if SPELLINGS.get(word, word) in allowed]
    return spelled or [scope for scope in ALL_SCOPES if scope in allowed]


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
