"""The hook implementations of the plugin."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from budkavle import Host, hookimpl

if TYPE_CHECKING:
    import click

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Demo"


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle demo`. Its steps run with the host of its own installation."""
    from budkavle_demo.commands import demo

    return [demo(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Give an empty list: it handles no personal data of its own."""
    return []
