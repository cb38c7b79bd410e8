"""Being signed in to Teams, as a way to show who one is: used inside Teams alone, for accounts that are linked."""

import hashlib
import time
from collections.abc import Mapping

import structlog

from budkavle import Failed, Field, Identity, Loa, Prompt, ProviderTraits
from budkavle_teams.keys import Clock, Keys
from budkavle_teams.settings import TenantSettings
from budkavle_teams.token_browsers import Seen
from budkavle_teams.tokens import Believed, Refused, check_token

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
        keys: Its keys.
        seen: Where its tokens have been seen.
        clock: The time in seconds.
    """

    icon = "group"

    def __init__(self, tenant: TenantSettings, keys: Keys, seen: Seen, clock: Clock = time.time) -> None:
        self.name = tenant.name
        self.label = tenant.label
        self.traits = ProviderTraits(Loa(tenant.loa), organisations=frozenset(tenant.organisations), frame=tenant.name)
        self._tenant, self._keys, self._seen, self._clock = tenant, keys, seen, clock

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Prompt:  # noqa: ARG002 - as the promise has it
        """Ask for the token; the page's script fetches it from Teams."""
        field = Field(TOKEN, "Intyg från Teams", "hidden")
        return Prompt((field,), "Teams visar vem du är.", state={"browser": hints.get("browser", "")})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Failed | Identity:
        """Judge the token."""
        token = answers.get(TOKEN, "")
        try:
            believed = self.judge(token)
        except Refused as refused:
            return self.refuse(refused)
        if not self._seen.own(token, state.get("browser", ""), believed.until):
            return self.refuse(Refused("token-of-another-browser"))
        evidence = "sha256:" + hashlib.sha256(token.encode()).hexdigest()
        # Teams stays signed in for months: that somebody has opened the app is no sign of who sits there now.
        facts = {"method": self.label, "evidence": evidence, "identified_at": "0"}
        return Identity(self.name, believed.subject, self.traits.max_loa, facts)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Teams keeps nothing that it should be told about."""

    def judge(self, token: str) -> Believed:
        """Return who a token shows.

        Raises:
            Refused: It is not believed.
        """
        return check_token(token, self._tenant, self._keys, self._clock)

    def refuse(self, refused: Refused) -> Failed:
        """Note why, and tell the person."""
        log.warning("teams.refused", provider=self.name, reason=refused.reason)
        return Failed(SILENT if refused.reason.startswith("tenant-silent") else REFUSED, retry=False)
