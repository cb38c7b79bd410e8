"""Signing out at an OpenID provider: passed on to it by the browser, and taken from it by its own call.

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
"""Characters of an ID token that is kept to be shown to its provider again; without it the provider asks the person."""


class SignOut:
    """One connection's part in signing out.

    Args:
        settings: The connection.
        issuer: The provider.
        once: Remembers which logout tokens have been taken.
        clock: The time in seconds.
    """

    def __init__(self, settings: OidcSettings, issuer: Issuer, once: Once, clock: Clock) -> None:
        self._settings, self._issuer, self._once, self._clock = settings, issuer, once, clock
        self._how = settings.sign_out or PRESETS[settings.preset].sign_out

    def session(self, claims: Mapping[str, Any], id_token: str) -> ProviderSession | None:
        """Return the session that a person who has just identified has at the provider; None where that is off."""
        if self._how == "off":
            return None
        hints = {"login_hint": claims.get("login_hint"), "form": id_token, "address": id_token}
        name, hint = claims.get("sid"), hints.get(self._how)
        kept = hint if isinstance(hint, str) and len(hint) <= LONGEST_HINT else ""
        return ProviderSession(claims["sub"], name if isinstance(name, str) else "", kept)

    def begin(self, kept: str, return_url: str) -> Redirect | None:
        """Return where the browser goes to sign out at the provider; None where the provider has no such place."""
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
        """Tell whether the browser comes back from where it was sent: the provider sends it once it has signed out."""
        expected = state.get("state", "")
        return bool(expected) and hmac.compare_digest(answers.get("state", "").encode(), expected.encode())

    def judge(self, token: str) -> SignOutRequest | None:
        """Return whom a logout token concerns; None where it is not believed, or has been taken before.

        Raises:
            Unavailable: The provider's keys cannot be read now.
        """
        try:
            said = check_logout_token(
                token, self._issuer.issuer, self._settings.client_id, self._issuer.keys, self._clock()
            )
        except TokenRefused as refused:
            self._refuse(refused.reason)
            return None
        except Refused as refused:
            self._refuse(refused.reason)
            raise Unavailable(refused.sentence) from refused
        until = datetime.fromtimestamp(said.forget_at, UTC)
        if self._how == "off":
            self._refuse("logout-off")
            return None
        name = f"oidc-logout:{self._issuer.issuer}:{said.id}"
        if self._once.is_used(name):
            self._refuse("logout-replayed")
            return None
        return SignOutRequest(said.subject, said.session, done=partial(self._once.first, name, until))

    def _refuse(self, reason: str) -> None:
        note_refused(self._settings.name, reason)
