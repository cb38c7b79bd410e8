"""A token that Teams gives its tab: who is signed in to Teams, said by the tenant to our app and to nobody else.

Only what the signature covers is used, and of that only `tid` and `oid`, which name an account for ever; names and
addresses can be changed by whoever runs a tenant, and open nothing here.

Source: Microsoft Learn, "Microsoft identity platform access tokens" (validation, version 2.0) and "Access token claims
reference"; RFC 8725 (JSON Web Token Best Current Practices).
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from budkavle_teams.keys import Clock, Keys, NoAnswer
from budkavle_teams.settings import TenantSettings

ALGORITHM = "RS256"
"""What Entra ID signs with; nothing else is tried, least of all `none`."""
FOREIGN_KEYS = ("jku", "x5u", "jwk", "crit")
"""Headers by which a token would bring its own key, or ask for what we do not know."""
SCOPE = "access_as_user"
"""The permission of our app that Teams asks for; a token without a person behind it has no scope."""
SKEW = 60
"""Seconds that the tenant's clock may be off."""
LONGEST = 16_000
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


class Refused(Exception):
    """A token that is not believed; the reason is a word for the log, never personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Believed:
    """What a token shows: `subject` names the account in its tenant, `until` is when the token ends."""

    subject: str
    until: float


def check_token(token: str, tenant: TenantSettings, keys: Keys, clock: Clock) -> Believed:
    """Return who a token shows.

    Raises:
        Refused: Signature, algorithm, issuer, audience, tenant, client, scope or time is not as it must be.
    """
    if not token or len(token) > LONGEST:
        raise Refused("token-unreadable")
    header = _header(token)
    if header.get("alg") != ALGORITHM:
        raise Refused("token-algorithm")
    if any(name in header for name in FOREIGN_KEYS):
        raise Refused("token-brings-its-key")
    claims = _verified(token, _key(keys, header.get("kid")))
    _check_claims(claims, tenant, clock())
    return Believed(f"{claims['tid']}.{claims['oid']}", float(claims["exp"]))


def _header(token: str) -> dict[str, Any]:
    head, _, rest = token.partition(".")
    try:
        plain = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
        found = msgspec.json.decode(plain, type=dict[str, Any])
    except (ValueError, msgspec.DecodeError) as error:
        raise Refused("token-unreadable") from error
    if rest.count(".") != 1:
        raise Refused("token-unreadable")
    return found


def _key(keys: Keys, kid: object) -> RSAKey:
    if not isinstance(kid, str):
        raise Refused("token-key-unnamed")
    try:
        key = keys.of(kid)
    except NoAnswer as error:
        raise Refused(f"tenant-silent-{error}") from error
    if key is None:
        raise Refused("token-key-unknown")
    return key


def _verified(token: str, key: RSAKey) -> dict[str, Any]:
    registry = JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)
    registry.max_header_length = 8_000
    registry.max_payload_length = LONGEST
    try:
        return dict(jwt.decode(token, key, algorithms=[ALGORITHM], registry=registry).claims)
    except (JoseError, ValueError) as error:
        raise Refused("token-signature") from error


def _check_claims(claims: Mapping[str, Any], tenant: TenantSettings, now: float) -> None:
    expires, begins, issued = (_time(claims.get(name)) for name in ("exp", "nbf", "iat"))
    checks = {
        "token-version": claims.get("ver") == "2.0",
        "token-issuer": claims.get("iss") == tenant.issuer,
        "token-audience": claims.get("aud") == tenant.client_id,
        "token-tenant": claims.get("tid") == tenant.tenant,
        "token-client": claims.get("azp") in tenant.clients,
        "token-scope": SCOPE in str(claims.get("scp", "")).split(),
        "token-subject": isinstance(claims.get("oid"), str) and bool(GUID.match(claims["oid"])),
        "token-expired": expires > now - SKEW,
        "token-early": begins < now + SKEW and issued < now + SKEW,
    }
    wrong = next((reason for reason, fine in checks.items() if not fine), None)
    if wrong:
        raise Refused(wrong)


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("token-times")
    return value
