"""What the plugin of e-identification registers."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from budkavle import HealthCheck, Host, IdentityProvider, hookimpl
from budkavle_eid.connections import providers
from budkavle_eid.health import check
from budkavle_eid.settings import EidSettings

if TYPE_CHECKING:
    import click


@hookimpl
def budkavle_settings() -> type[EidSettings]:
    """Give the type of `[plugins.eid]`."""
    return EidSettings


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Give one provider for each connection of the settings."""
    return [*providers(host)]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Ask about certificates, and about a simulator that should not be on."""
    return [HealthCheck("connections", partial(check, host))]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle eid ...`."""
    from budkavle_eid.commands import group

    return [group(host)]
