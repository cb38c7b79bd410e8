"""What the demo registers: its command."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from budkavle import Host, hookimpl

if TYPE_CHECKING:
    import click

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_label() -> str:
    """Give its name in words."""
    return "Demo"


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """`budkavle demo`; what it does inside of its own installation it does with that installation's host."""
    from budkavle_demo.commands import demo

    return [demo(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say that it handles no personal data of its own."""
    return []
