"""What transit registers: its settings, the key provider and the commands."""

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
    """Give its name in words."""
    return "Nyckeltjänst"


@hookimpl
def budkavle_key_providers(host: Host) -> Iterable[KeyProvider]:
    """Give the provider; the service is asked at the first call."""
    from budkavle_transit.provider import TransitKeys

    return [TransitKeys(host.settings)]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle transit ...`."""
    from budkavle_transit.commands import group

    return [group(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say that it handles no personal data: it sees keys alone."""
    return []
