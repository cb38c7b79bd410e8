"""The identity provider for people signed in to Teams; only inside Teams, and for linked accounts."""

import time

import structlog

from budkavle import Loa
from budkavle_identity_tokens import Clock, EntraApp, RemoteKeys
from budkavle_microsoft_apps import AppProvider, AppWay
from budkavle_microsoft_apps.token_browsers import TokenBrowsers
from budkavle_teams.settings import SCOPE, TenantSettings

REFUSED = (
    "Intyget från Teams gick inte att lita på, så ingen har loggats in. Öppna appen igen, eller logga in i ett fönster."
)
SILENT = "Intyget från Teams kan inte kontrolleras just nu. Försök igen om en stund, eller logga in i ett fönster."
log = structlog.get_logger("budkavle.plugin.teams")


class TeamsProvider(AppProvider):
    """An `IdentityProvider` for one tenant.

    Args:
        tenant: Its settings.
        keys: The tenant's signing keys.
        browsers: Records which browser a token came from.
        clock: The time in seconds.
    """

    def __init__(
        self, tenant: TenantSettings, keys: RemoteKeys, browsers: TokenBrowsers, clock: Clock = time.time
    ) -> None:
        way = AppWay(
            name=tenant.name,
            label=tenant.label,
            loa=Loa(tenant.loa),
            organisations=frozenset(tenant.organisations),
            app=EntraApp(tenant.tenant, tenant.client_id, tenant.clients, SCOPE),
            field="Intyg från Teams",
            sentence="Teams visar vem du är.",
            refused=REFUSED,
            silent=SILENT,
            event="teams.refused",
        )
        super().__init__(way, keys, browsers, log, clock)
