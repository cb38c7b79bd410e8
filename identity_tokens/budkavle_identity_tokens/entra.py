"""An access token of Microsoft Entra ID that a Microsoft client (Teams, Outlook) gives our page for its user.

Only its `tid` and `oid` are used: they identify an account permanently. Names and addresses can be changed by the
administrators of a tenant, and must not give access to anything.

Source: Microsoft Learn, "Microsoft identity platform access tokens" (validation, version 2.0) and "Access token claims
reference".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from budkavle_identity_tokens.keys import RemoteKeys
from budkavle_identity_tokens.signatures import refuse_unless, time_claims, verify_signature

ALGORITHMS: Final = {"RS256": "RSA"}
"""The algorithm that Entra ID signs with. Nothing else is accepted, least of all `none`."""
SKEW = 60
"""The allowed difference of the tenant's clock in seconds."""
LONGEST = 16_000
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


@dataclass(frozen=True, slots=True)
class EntraApp:
    """Our app registration in one tenant.

    Attributes:
        tenant: The tenant's id. Tokens of other tenants are refused.
        client_id: The id of the registration, which is the audience.
        clients: The ids of the apps that may ask for a token for a user, such as Teams.
        scope: The permission that such an app asks for. A token without a user has no scope.
    """

    tenant: str
    client_id: str
    clients: Sequence[str]
    scope: str

    @property
    def issuer(self) -> str:
        """The issuer of its tokens (version 2.0)."""
        return f"https://login.microsoftonline.com/{self.tenant}/v2.0"


@dataclass(frozen=True, slots=True)
class EntraAccount:
    """The account named in a token.

    Attributes:
        tenant: The tenant's id.
        object_id: The account's id in the tenant (`oid`).
        expires_at: When the token expires, in seconds since 1970.
    """

    tenant: str
    object_id: str
    expires_at: float

    @property
    def subject(self) -> str:
        """The permanent identifier of the account among all tenants."""
        return f"{self.tenant}.{self.object_id}"


def keys_url(authority: str, tenant: str) -> str:
    """Return the address where a tenant publishes its keys.

    Args:
        authority: `https://login.microsoftonline.com`, or a stand-in.
        tenant: The tenant's id.
    """
    return f"{authority.rstrip('/')}/{tenant}/discovery/v2.0/keys"


def check_entra_token(token: str, app: EntraApp, keys: RemoteKeys, now: float) -> EntraAccount:
    """Return the account named in a token.

    Args:
        token: The compact form.
        app: The app that it must be for.
        keys: The tenant's keys; see `keys_url`.
        now: The time in seconds since 1970.

    Raises:
        TokenRefused: Signature, algorithm, issuer, audience, tenant, client, scope or time is wrong.
        KeysUnavailable: The tenant does not respond.
    """
    claims = verify_signature(token, keys.find, algorithms=ALGORITHMS, key_id_required=True, longest=LONGEST)
    expires, begins, issued = time_claims(claims, "exp", "nbf", "iat")
    refuse_unless(
        {
            "token-version": claims.get("ver") == "2.0",
            "token-issuer": claims.get("iss") == app.issuer,
            "token-audience": claims.get("aud") == app.client_id,
            "token-tenant": claims.get("tid") == app.tenant,
            "token-client": claims.get("azp") in app.clients,
            "token-scope": app.scope in str(claims.get("scp", "")).split(),
            "token-subject": isinstance(claims.get("oid"), str) and bool(GUID.match(claims["oid"])),
            "token-expired": expires > now - SKEW,
            "token-early": begins < now + SKEW and issued < now + SKEW,
        }
    )
    return EntraAccount(claims["tid"], claims["oid"], expires)
