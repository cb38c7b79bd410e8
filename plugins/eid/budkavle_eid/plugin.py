"""The hook implementations of the plugin."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from litestar import Router

from budkavle import HealthCheck, Host, IdentityProvider, Job, hookimpl
from budkavle.identification import ProviderSource
from budkavle.web import Panel
from budkavle_eid.app_providers import providers
from budkavle_eid.connections.source import ConnectionSource
from budkavle_eid.evidence import EvidenceTable
from budkavle_eid.health import check
from budkavle_eid.settings import EidSettings
from budkavle_eid.standard_providers import standards

if TYPE_CHECKING:
    import click

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_settings() -> type[EidSettings]:
    """Return the type of `[plugins.eid]`."""
    return EidSettings


@hookimpl
def budkavle_label() -> str:
    """Return its display name."""
    return "E-legitimation"


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Return a provider for each connection in the settings."""
    return [*providers(host), *standards(host).providers()]


@hookimpl
def budkavle_provider_sources(host: Host) -> Iterable[ProviderSource]:
    """Return the source of connections that are made on a page."""
    return [ConnectionSource(host)]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Return the checks of certificates, and of simulators that should not be on."""
    return [
        HealthCheck("connections", partial(check, host), at_start=True),
        HealthCheck("standards", standards(host).health),
        HealthCheck("cards", standards(host).health_of_cards, at_start=True),
    ]


@hookimpl
def budkavle_routes(host: Host) -> Iterable[Router]:
    """Return the routes of SAML metadata, passkeys, the card proxy, and the pages of connections."""
    from budkavle_eid.connections import pages

    return [*standards(host).routes(), pages.router(host)]


@hookimpl
def budkavle_panels() -> Iterable[Panel]:
    """Return the entry in the menu of Administration."""
    from budkavle_eid.connections import pages

    return [Panel("administration.menu", "", pages.menu_line, order=40)]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Return the sentences of its entries in the event log."""
    return {
        "eid.connection-saved": "Inloggningssättet {label} ändrades, och väntar på att slås på",
        "eid.connection-on": "Inloggningssättet {label} slogs på",
        "eid.connection-off": "Inloggningssättet {label} stängdes av",
        "eid.connection-removed": "Inloggningssättet {label} togs bort",
    }


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Return the jobs that refresh SAML metadata, and delete what has been used and expired evidence."""
    evidence = EvidenceTable(host, host.settings.evidence_days)
    return [*standards(host).jobs(), Job("evidence", evidence.sweep, timedelta(hours=6))]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Return `budkavle eid ...`."""
    from budkavle_eid.commands import group

    return [group(host)]


@hookimpl
def budkavle_personal_data(host: Host) -> "Iterable[PersonalData]":
    """Describe the personal data that it processes."""
    from budkavle_eid.personal_data import personal_data

    return personal_data(host)
