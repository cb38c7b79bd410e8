"""`budkavle pigeon`."""

import click

from budkavle import Host


def pigeon(host: Host | None) -> click.Group:
    """Make the group for one host; without one there are no birds to count."""

    @click.group(help="Brevduvor.")
    def group() -> None:
        """Group."""

    @group.command(help="Räkna duvorna.")
    def birds() -> None:
        """Count."""
        click.echo(str(host.settings.birds) if host else "–")

    group.name = "pigeon"
    return group
