"""The plugin's section of the settings, `[plugins.teams]`: sites that may frame our pages, and organisations' tenants.

Source: Microsoft Learn, "Tab requirements" (hosts of `frame-ancestors`) and "Configure a tab app with Microsoft Entra
ID" (the identifiers of Teams' own clients).
"""

from typing import Annotated

import msgspec
from msgspec import Struct

from budkavle import Misconfigured
from budkavle_microsoft_apps.checks import is_authority, is_guid, is_name, is_source, is_version

TEAMS = ("https://teams.microsoft.com", "https://*.teams.microsoft.com", "https://*.cloud.microsoft")
CLIENTS = ("1fec8e78-bce4-4aaf-ab1b-5451cc387264", "5e3ce6c0-2b1f-4285-8d4b-75ee78787346")
"""Teams on desktops and phones, and in a browser."""
SCOPE = "access_as_user"
"""The permission of our app that Teams requests; a token that is not for a person has no scope."""

TAKEN = frozenset({"settings", "package", "about", "notices", "case-link"})
"""Paths of the plugin's other pages."""


class TenantSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """An organisation's tenant in Microsoft Entra ID, and our app there.

    Attributes:
        tenant: The tenant's id (a GUID); tokens of other tenants are refused.
        client_id: The app registration's id (a GUID).
        organisations: Slugs of the organisations whose accounts people of this tenant may use.
        name: Name of the sign-in method, in paths and in organisations' choices; unique for each tenant.
        label: Its display name.
        loa: The level of assurance for being signed in to Teams: 1 or 2.
        clients: Apps that may request a token for a person; Teams' own.
        authority: The URL of the authority that publishes the tenant's keys.
        developer: The developer's name in Teams' list of apps; empty: the first organisation's name.
        privacy_url: The organisation's page on personal data; empty: our own page.
        terms_url: The terms of use; empty: the same page.
        version: The app package's version; increase it before uploading a new package.
        bot_id: The id of the bot for "Skicka säkert" in a chat (a GUID); empty: the app does not have the command.
    """

    tenant: str
    client_id: str
    organisations: tuple[str, ...]
    name: str = "teams"
    label: str = "Microsoft Teams"
    loa: Annotated[int, msgspec.Meta(ge=1, le=2)] = 2
    clients: tuple[str, ...] = CLIENTS
    authority: str = "https://login.microsoftonline.com"
    developer: str = ""
    privacy_url: str = ""
    terms_url: str = ""
    version: str = "1.0.0"
    bot_id: str = ""

    @property
    def path(self) -> str:
        """The path of its pages."""
        return f"/plugin/teams/{self.name}"


class TeamsSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """`[plugins.teams]`.

    Attributes:
        ancestors: Sites that may frame our pages: sources of `frame-ancestors`.
        timeout_seconds: Timeout for fetching the tenants' keys.
        graph_url: The URL of Microsoft Graph, for activity notices.
        bot_keys_url: The URL of the bot service's signing keys.
        tenants: `[[plugins.teams.tenants]]`.
    """

    ancestors: tuple[str, ...] = TEAMS
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    graph_url: str = "https://graph.microsoft.com"
    bot_keys_url: str = "https://login.botframework.com/v1/.well-known/keys"
    tenants: tuple[TenantSettings, ...] = ()


def tenant_of(settings: TeamsSettings, slug: str) -> TenantSettings | None:
    """Return an organisation's tenant; None if it has none."""
    return next((tenant for tenant in settings.tenants if slug in tenant.organisations), None)


def check(settings: TeamsSettings) -> None:
    """Check what the types cannot express.

    Raises:
        Misconfigured: A value is invalid.
    """
    for source in settings.ancestors:
        if not is_source(source):
            raise Misconfigured(
                "ancestors i [plugins.teams]: {source} är ingen adress som https://värd.", source=source
            )
    for name, url in (("graph_url", settings.graph_url), ("bot_keys_url", settings.bot_keys_url)):
        if not is_authority(url):
            raise Misconfigured("{key} i [plugins.teams]: adressen ska börja med https://.", key=name)
    names = [tenant.name for tenant in settings.tenants]
    if len(set(names)) < len(names):
        raise Misconfigured("Varje [[plugins.teams.tenants]] behöver ett eget name.")
    for tenant in settings.tenants:
        _check_tenant(tenant)


def _check_tenant(tenant: TenantSettings) -> None:
    right = {
        "tenant": is_guid(tenant.tenant),
        "client_id": is_guid(tenant.client_id),
        "clients": all(is_guid(client) for client in tenant.clients),
        "organisations": bool(tenant.organisations),
        "name": is_name(tenant.name) and tenant.name not in TAKEN,
        "version": is_version(tenant.version),
        "bot_id": not tenant.bot_id or is_guid(tenant.bot_id),
        "authority": is_authority(tenant.authority),
    }
    wrong = next((name for name, fine in right.items() if not fine), None)
    if wrong:
        raise Misconfigured(
            "{key} för {name} i [[plugins.teams.tenants]] är inte som det ska. Se docs/teams.md.",
            key=wrong,
            name=tenant.name,
        )
