"""What the plugin of Microsoft Teams registers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from budkavle import HealthCheck, Host, IdentityProvider, Job, Panel, hookimpl
from budkavle_teams import admin_pages, health, settings
from budkavle_teams.keys import Keys
from budkavle_teams.provider import TeamsProvider
from budkavle_teams.settings import TeamsSettings, TenantSettings
from budkavle_teams.token_browsers import SeenTokens

if TYPE_CHECKING:
    import click
    from litestar import Router


@dataclass(frozen=True, slots=True)
class Door:
    """What belongs to one tenant."""

    tenant: TenantSettings
    keys: Keys
    provider: TeamsProvider


@lru_cache(maxsize=8)
def doors(host: Host) -> tuple[Door, ...]:
    """Put the parts together for one host, once: a tenant's keys are remembered for all of them."""
    own: TeamsSettings = host.settings
    settings.check(own)
    seen = SeenTokens(host)
    return tuple(_door(one, own.timeout_seconds, seen) for one in own.tenants)


def _door(tenant: TenantSettings, timeout: float, seen: SeenTokens) -> Door:
    keys = Keys(f"{tenant.authority.rstrip('/')}/{tenant.tenant}/discovery/v2.0/keys", timeout)
    return Door(tenant, keys, TeamsProvider(tenant, keys, seen))


@hookimpl
def budkavle_settings() -> type[TeamsSettings]:
    """Give the type of `[plugins.teams]`."""
    return TeamsSettings


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Give one way for each tenant."""
    return [one.provider for one in doors(host)]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the tab's pages for each tenant, and the administrators' page."""
    from budkavle_teams import pages

    return [*(pages.router(host, one.tenant, one.provider) for one in doors(host)), admin_pages.router(host)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the card on Min organisation."""
    return [Panel("organisation.settings", "card.html", partial(admin_pages.card, host))]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Forget tokens that are over."""
    return [Job("tokens", SeenTokens(host).sweep, timedelta(minutes=30))]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Ask whether the tenants' keys can be read."""
    return [HealthCheck("tenants", partial(health.check, host, [(one.tenant, one.keys) for one in doors(host)]))]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle teams ...`."""
    from budkavle_teams.commands import group

    return [group(host)]
