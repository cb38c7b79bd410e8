"""The hook implementations of the plugin."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from budkavle import Host, KeyProvider, hookimpl
from budkavle_hsm.settings import HsmSettings

if TYPE_CHECKING:
    import click

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_settings() -> type[HsmSettings]:
    """Give the type of `[plugins.hsm]`."""
    return HsmSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Säkerhetsmodul för nycklar"


@hookimpl
def budkavle_key_providers(host: Host) -> Iterable[KeyProvider]:
    """Give the provider. The module is loaded on first use."""
    from budkavle_hsm.provider import HsmKeys

    return [HsmKeys(host.settings)]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle hsm ...`."""
    from budkavle_hsm.commands import group

    return [group(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Give an empty list: it handles only keys."""
    return []
