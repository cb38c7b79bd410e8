"""What hsm registers: its settings, the key provider and the commands."""

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
    """Give its name in words."""
    return "Säkerhetsmodul för nycklar"


@hookimpl
def budkavle_key_providers(host: Host) -> Iterable[KeyProvider]:
    """Give the provider; the module is loaded at the first call."""
    from budkavle_hsm.provider import HsmKeys

    return [HsmKeys(host.settings)]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle hsm ...`."""
    from budkavle_hsm.commands import group

    return [group(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say that it handles no personal data: it sees keys alone."""
    return []
