"""The hook implementations of the plugin."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING

from budkavle import HealthCheck, Host, IdentityProvider, Job, SettingsSection, hookimpl
from budkavle.web import Panel
from budkavle_outlook import health, hookspecs
from budkavle_outlook.apps import apps, token_browsers
from budkavle_outlook.guard.guard_settings import SECTION, GuardSettings
from budkavle_outlook.pages import admin
from budkavle_outlook.settings import OutlookSettings

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_hookspecs() -> ModuleType:
    """Offer the hooks of the guard."""
    return hookspecs


@hookimpl
def budkavle_settings() -> type[OutlookSettings]:
    """Give the type of `[plugins.outlook]`."""
    return OutlookSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Outlook"


@hookimpl
def budkavle_settings_sections() -> Iterable[SettingsSection[GuardSettings]]:
    """Give an organisation's settings for the guard."""
    return [SECTION]


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Give an identity provider for each app that has a tenant."""
    return [app.provider for app in apps(host) if app.provider is not None]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pane's pages for each app, and the administrators' page."""
    from budkavle_outlook.pages import pane

    return [*(pane.router(host, app) for app in apps(host)), admin.router(host)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the card on Min organisation."""
    return [Panel("organisation.settings", "card.html", partial(admin.card, host))]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Delete expired tokens."""
    return [Job("tokens", token_browsers(host).sweep, timedelta(minutes=30))]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Check that the tenants' keys can be fetched."""
    return [HealthCheck("apps", partial(health.check, host, apps(host)))]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_outlook.personal_data import personal_data

    return personal_data()
