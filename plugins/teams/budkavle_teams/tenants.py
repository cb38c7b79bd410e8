"""The tenants of the settings, each with its keys and identity provider, built once for a host."""

from dataclasses import dataclass
from functools import lru_cache

from budkavle import Host
from budkavle_identity_tokens import RemoteKeys, keys_url
from budkavle_microsoft_apps import TokenBrowserTable
from budkavle_teams import settings
from budkavle_teams.provider import TeamsProvider
from budkavle_teams.settings import TeamsSettings, TenantSettings
from budkavle_teams.tables import teams_tokens


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant in Entra ID.

    Attributes:
        settings: Its section of the settings.
        keys: Its signing keys; cached, so that pages, health and sign-in share them.
        provider: The identity provider.
    """

    settings: TenantSettings
    keys: RemoteKeys
    provider: TeamsProvider


@lru_cache(maxsize=8)
def bot_keys(host: Host) -> RemoteKeys:
    """Return the signing keys of Microsoft's bot service, which all tenants share."""
    section: TeamsSettings = host.settings
    return RemoteKeys(section.bot_keys_url, section.timeout_seconds)


@lru_cache(maxsize=8)
def tenants(host: Host) -> tuple[Tenant, ...]:
    """Return the tenants of an installation.

    Raises:
        Misconfigured: A setting is invalid.
    """
    section: TeamsSettings = host.settings
    settings.check(section)
    browsers = TokenBrowserTable(host, teams_tokens, "teams")
    return tuple(_tenant(tenant, section.timeout_seconds, browsers) for tenant in section.tenants)


def _tenant(tenant: TenantSettings, timeout: float, browsers: TokenBrowserTable) -> Tenant:
    keys = RemoteKeys(keys_url(tenant.authority, tenant.tenant), timeout)
    return Tenant(tenant, keys, TeamsProvider(tenant, keys, browsers))
