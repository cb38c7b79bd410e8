"""The apps of the settings, each with its sign-in method, built once for a host."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import structlog

from budkavle import Host, Loa
from budkavle_identity_tokens import EntraApp, RemoteKeys, keys_url
from budkavle_microsoft_apps import AppProvider, AppWay, FramedApp, TokenBrowserTable
from budkavle_outlook import settings
from budkavle_outlook.settings import SCOPE, AppSettings, OutlookSettings
from budkavle_outlook.tables import outlook_tokens

NOT_LINKED = "Ditt konto i Outlook är inte kopplat till något konto här än. Logga in en gång, så kan du koppla dem."
ELSEWHERE = "Tillägget i Outlook hör till en annan organisation än ditt konto. Öppna Budkavle i webbläsaren i stället."
REFUSED = "Intyget från Outlook gick inte att lita på, så ingen har loggats in. Logga in i ett fönster i stället."
SILENT = "Intyget från Outlook kan inte kontrolleras just nu. Försök igen om en stund, eller logga in i ett fönster."
log = structlog.get_logger("budkavle.plugin.outlook")


@dataclass(frozen=True, slots=True)
class App:
    """An app.

    Attributes:
        settings: Its section of the settings.
        keys: Its tenant's signing keys; None if it has no tenant.
        provider: Sign-in with Outlook's own token; None if it has no tenant.
    """

    settings: AppSettings
    keys: RemoteKeys | None
    provider: AppProvider | None

    def framed(self, host: Host) -> FramedApp:
        """Return the description of its pages."""
        app = self.settings
        return FramedApp(
            plugin="outlook",
            name=app.name,
            label=app.label,
            path=app.path,
            home=f"{app.path}/pane",
            ancestors=host.settings.ancestors,
            organisations=frozenset(app.organisations),
            provider=self.provider,
            not_linked=NOT_LINKED,
            elsewhere=ELSEWHERE,
            compose="outlook/compose.html",
            first_in_window="begin",
            facts=lambda: self._facts(host),
        )

    def _facts(self, host: Host) -> dict[str, str]:
        """Return the values that the script needs to request a token from Outlook."""
        app = self.settings
        return {
            "client_id": app.client_id,
            "authority": f"{app.authority.rstrip('/')}/{app.tenant}",
            "scope": f"{resource(host.platform.settings.base_url, app)}/{SCOPE}",
        }


def resource(base_url: str, app: AppSettings) -> str:
    """Return the app's identifier in Entra ID (Application ID URI)."""
    return f"api://{urlsplit(base_url).netloc}/{app.client_id}"


@lru_cache(maxsize=8)
def apps(host: Host) -> tuple[App, ...]:
    """Return the apps of an installation.

    Raises:
        Misconfigured: A setting is invalid.
    """
    section: OutlookSettings = host.settings
    settings.check(section)
    browsers = token_browsers(host)
    return tuple(_app(app, section.timeout_seconds, browsers) for app in section.all_apps)


def token_browsers(host: Host) -> TokenBrowserTable:
    """Return the table that records which browser a token came from."""
    return TokenBrowserTable(host, outlook_tokens, "outlook")


def _app(app: AppSettings, timeout: float, browsers: TokenBrowserTable) -> App:
    if not app.tenant:
        return App(app, None, None)
    keys = RemoteKeys(keys_url(app.authority, app.tenant), timeout)
    way = AppWay(
        name=app.name,
        label=app.label,
        loa=Loa(app.loa),
        organisations=frozenset(app.organisations),
        # The pane requests its own token through Outlook, so our own app is the client.
        app=EntraApp(app.tenant, app.client_id, (app.client_id,), SCOPE),
        field="Intyg från Outlook",
        sentence="Outlook visar vem du är.",
        refused=REFUSED,
        silent=SILENT,
        event="outlook.refused",
    )
    return App(app, keys, AppProvider(way, keys, browsers, log))
