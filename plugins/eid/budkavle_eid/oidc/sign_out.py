"""Single sign-out with an OpenID provider: passed on by the browser, and received by the provider's own call.

Source: OpenID Connect RP-Initiated Logout 1.0, Back-Channel Logout 1.0.
"""

import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from budkavle import Redirect, Unavailable
from budkavle.identification import ProviderSession, SignOutRequest
from budkavle_eid.claims import Refused
from budkavle_eid.oidc.issuer import Issuer
from budkavle_eid.oidc.presets import PRESETS
from budkavle_eid.settings import OidcSettings
from budkavle_eid.sign_out_refusals import note_refused
from budkavle_eid.single_use import Once
from budkavle_identity_tokens import Clock, TokenRefused, check_logout_token

LONGEST_HINT = 16_000
"""The most characters of an ID token that is stored as a hint for its provider, which otherwise asks the person."""


class SignOut:
    """Single sign-out of one connection.

    Args:
        settings: The settings of the connection.
        issuer: The provider.
        once: Remembers the logout tokens that have been used.
        clock: Returns the time in seconds.
    """

    def __init__(self, settings: OidcSettings, issuer: Issuer, once: Once, clock: Clock) -> None:
        self._settings, self._issuer, self._once, self._clock = settings, issuer, once, clock
        self._how = settings.sign_out or PRESETS[settings.preset].sign_out

    def session(self, claims: Mapping[str, Any], id_token: str) -> ProviderSession | None:
        """Return the provider's session of a person who has just identified; None if single sign-out is off."""
        if self._how == "off":
            return None
        hints = {"login_hint": claims.get("login_hint"), "form": id_token, "address": id_token}
        name, hint = claims.get("sid"), hints.get(self._how)
        stored_hint = hint if isinstance(hint, str) and len(hint) <= LONGEST_HINT else ""
        return ProviderSession(claims["sub"], name if isinstance(name, str) else "", stored_hint)

    def begin(self, kept: str, return_url: str) -> Redirect | None:
        """Return the redirect to the provider's logout endpoint; None if it has none."""
        address = self._issuer.metadata().end_session_endpoint
        if not address:
            return None
        state = secrets.token_urlsafe(32)
        hint = "logout_hint" if self._how == "login_hint" else "id_token_hint"
        parameters = {
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": return_url,
            "state": state,
            **({hint: kept} if kept else {}),
        }
        if self._how == "form":
            return Redirect(address, {"state": state}, parameters)
        return Redirect(f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(parameters)}", {"state": state})

    def is_done(self, state: Mapping[str, str], answers: Mapping[str, str]) -> bool:
        """Tell whether the browser returns from the logout endpoint, as it does after signing out there."""
        expected = state.get("state", "")
        return bool(expected) and hmac.compare_digest(answers.get("state", "").encode(), expected.encode())

    def judge(self, token: str) -> SignOutRequest | None:
        """Verify a logout token; None if it is invalid, or has been used before.

        Raises:
            Unavailable: The provider's keys cannot be read now.
        """
        try:
            logout = check_logout_token(
                token, self._issuer.issuer, self._settings.client_id, self._issuer.keys, self._clock()
            )
        except TokenRefused as refused:
            self._refuse(refused.reason)
            return None
        except Refused as refused:
            self._refuse(refused.reason)
            raise Unavailable(refused.sentence) from refused
        until = datetime.fromtimestamp(logout.forget_at, UTC)
        if self._how == "off":
            self._refuse("logout-off")
            return None
        name = f"oidc-logout:{self._issuer.issuer}:{logout.id}"
        if self._once.is_used(name):
            self._refuse("logout-replayed")
            return None
        return SignOutRequest(logout.subject, logout.session, done=partial(self._once.first, name, until))

    def _refuse(self, reason: str) -> None:
        note_refused(self._settings.name, reason)
