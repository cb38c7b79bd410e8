"""The hook implementations of the plugin."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from budkavle import Host, KeyProvider, hookimpl
from budkavle_transit.settings import TransitSettings

if TYPE_CHECKING:
    import click

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_settings() -> type[TransitSettings]:
    """Give the type of `[plugins.transit]`."""
    return TransitSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Nyckeltjänst"


@hookimpl
def budkavle_key_providers(host: Host) -> Iterable[KeyProvider]:
    """Give the provider. The service is called on first use."""
    from budkavle_transit.provider import TransitKeys

    return [TransitKeys(host.settings)]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle transit ...`."""
    from budkavle_transit.commands import group

    return [group(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Give an empty list: it handles only keys."""
    return []
