"""The logout token of an OpenID provider: it says that a person has signed out there.

Source: OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6.
"""

from dataclasses import dataclass
from typing import Any, Final

from budkavle_identity_tokens.id_token import LONGEST_SUBJECT, OLDEST, SKEW
from budkavle_identity_tokens.signatures import KeyFinder, refuse_unless, time_claims, verify_signature

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
TYPES: Final = frozenset({"", "jwt", "logout+jwt", "application/logout+jwt"})
"""The allowed types in the header. An access token, which states its type, is not a logout token."""


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """The content of a logout token.

    Attributes:
        subject: The person who has signed out (`sub`). It may be empty if the session is named.
        session: The session that has ended (`sid`). Empty means all of theirs.
        id: The id of the token (`jti`), so that the caller can accept it only once.
        forget_at: Until when the id must be remembered, in seconds since 1970. After that the token is refused as old.
    """

    subject: str
    session: str
    id: str
    forget_at: float


def check_logout_token(token: str, issuer: str, client_id: str, keys: KeyFinder, now: float) -> LogoutToken:
    """Return the content of a logout token.

    Args:
        token: The compact form.
        issuer: The provider's identifier.
        client_id: Our id at the provider, which is the audience.
        keys: Gives the provider's keys, such as `RemoteKeys.find`.
        now: The time in seconds since 1970.

    Raises:
        TokenRefused: It is invalid, or not a logout token: an ID token has a nonce or lacks the event.
        KeysUnavailable: `keys` cannot read them.
    """
    claims = verify_signature(token, keys, types=TYPES)
    audience, events = claims.get("aud"), claims.get("events")
    expires, issued = time_claims(claims, "exp", "iat")
    subject, session, name = (_text(claims, claim) for claim in ("sub", "sid", "jti"))
    refuse_unless(
        {
            "token-issuer": claims.get("iss") == issuer,
            "token-audience": client_id in (audience if isinstance(audience, list) else [audience]),
            "token-event": isinstance(events, dict) and isinstance(events.get(EVENT), dict),
            "token-nonce": "nonce" not in claims,
            "token-subject": bool(subject or session),
            "token-unnamed": bool(name),
            "token-expired": expires > now - SKEW,
            "token-early": issued < now + SKEW,
            "token-old": issued > now - OLDEST - SKEW,
        }
    )
    return LogoutToken(subject, session, name, issued + OLDEST + SKEW)


def _text(claims: dict[str, Any], name: str) -> str:
    """Return a claim that is a text of acceptable length. Empty if it is missing or anything else."""
    value = claims.get(name)
    return value if isinstance(value, str) and len(value) <= LONGEST_SUBJECT else ""
