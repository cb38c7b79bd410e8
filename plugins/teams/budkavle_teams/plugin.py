"""What the plugin of Microsoft Teams registers."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from budkavle import HealthCheck, Host, IdentityProvider, Job, hookimpl
from budkavle.web import Panel
from budkavle_microsoft_apps import TokenBrowserTable
from budkavle_teams import admin_pages, health
from budkavle_teams.settings import TeamsSettings
from budkavle_teams.tables import teams_tokens
from budkavle_teams.tenants import tenants

if TYPE_CHECKING:
    import click
    from litestar import Router

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_settings() -> type[TeamsSettings]:
    """Give the type of `[plugins.teams]`."""
    return TeamsSettings


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Give one provider for each tenant."""
    return [tenant.provider for tenant in tenants(host)]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the tab's pages for each tenant, and the administrators' page."""
    from budkavle_teams import pages

    return [
        *(pages.router(host, tenant.settings, tenant.provider) for tenant in tenants(host)),
        admin_pages.router(host),
    ]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the card on Min organisation."""
    return [Panel("organisation.settings", "card.html", partial(admin_pages.card, host))]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Forget tokens that have ended."""
    return [Job("tokens", TokenBrowserTable(host, teams_tokens, "teams").sweep, timedelta(minutes=30))]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Ask whether the tenants' keys can be read."""
    return [HealthCheck("tenants", partial(health.check, host, tenants(host)))]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle teams ...`."""
    from budkavle_teams.commands import group

    return [group(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say which personal data it handles."""
    from budkavle_teams.personal_data import personal_data

    return personal_data()
