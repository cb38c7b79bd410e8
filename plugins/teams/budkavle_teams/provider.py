"""The identity provider: being signed in to Teams, inside Teams alone, for accounts that are linked."""

import hashlib
import time
from collections.abc import Mapping

import structlog

from budkavle import Failed, Field, Identity, Loa, Prompt, ProviderTraits
from budkavle_identity_tokens import (
    Clock,
    EntraAccount,
    EntraApp,
    KeysUnavailable,
    RemoteKeys,
    TokenRefused,
    check_entra_token,
)
from budkavle_teams.settings import SCOPE, TenantSettings
from budkavle_teams.token_browsers import TokenBrowsers

TOKEN = "token"  # noqa: S105 - the name of a field
REFUSED = (
    "Intyget från Teams gick inte att lita på, så ingen har loggats in. Öppna appen igen, eller logga in i ett fönster."
)
SILENT = "Intyget från Teams kan inte kontrolleras just nu. Försök igen om en stund, eller logga in i ett fönster."
log = structlog.get_logger("budkavle.plugin.teams")


class TeamsProvider:
    """An `IdentityProvider` for one tenant.

    Args:
        tenant: Its settings.
        keys: The keys that the tenant signs with.
        browsers: Remembers which browser a token came from.
        clock: The time in seconds.
    """

    icon = "group"

    def __init__(
        self, tenant: TenantSettings, keys: RemoteKeys, browsers: TokenBrowsers, clock: Clock = time.time
    ) -> None:
        self.name = tenant.name
        self.label = tenant.label
        self.traits = ProviderTraits(Loa(tenant.loa), organisations=frozenset(tenant.organisations), frame=tenant.name)
        self._app = EntraApp(tenant.tenant, tenant.client_id, tenant.clients, SCOPE)
        self._keys, self._browsers, self._clock = keys, browsers, clock

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Prompt:  # noqa: ARG002 - as the promise has it
        """Ask for the token; the page's script fetches it from Teams."""
        field = Field(TOKEN, "Intyg från Teams", "hidden")
        return Prompt((field,), "Teams visar vem du är.", state={"browser": hints.get("browser", "")})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Failed | Identity:
        """Check the token, and that no other browser has brought it."""
        token = answers.get(TOKEN, "")
        try:
            account = self.account(token)
        except TokenRefused as refused:
            return self._failed(refused.reason, REFUSED)
        except KeysUnavailable as error:
            return self._failed(f"tenant-silent-{error}", SILENT)
        if not self._browsers.claim(token, state.get("browser", ""), account.expires_at):
            return self._failed("token-of-another-browser", REFUSED)
        evidence = "sha256:" + hashlib.sha256(token.encode()).hexdigest()
        # Teams stays signed in for months: that somebody has opened the app is no sign of who sits there now.
        attributes = {"method": self.label, "evidence": evidence, "identified_at": "0"}
        return Identity(self.name, account.subject, self.traits.max_loa, attributes)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Teams keeps nothing that it should be told about."""

    def account(self, token: str) -> EntraAccount:
        """Return the account that a token names.

        Raises:
            TokenRefused: The token is not accepted.
            KeysUnavailable: The tenant does not answer.
        """
        return check_entra_token(token, self._app, self._keys, self._clock())

    def _failed(self, reason: str, sentence: str) -> Failed:
        """Log why, and tell the person."""
        log.warning("teams.refused", provider=self.name, reason=reason)
        return Failed(sentence, retry=False)
