"""`budkavle node`: the hosts of the installation, and taking one out of service."""

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import say, translate

KIND = click.Choice(["web", "worker"])


@click.group(help="Visa noderna, ta en ur drift och sätt den i drift igen.")
def node() -> None:
    """Group."""


@node.command("list", help="Visa noderna med version, status och vad de håller på med.")
@click.pass_obj
def list_all(installation: Installation) -> None:
    """List them."""
    from budkavle.operations.nodes import list_nodes

    for one in list_nodes(installation.platform, installation.actor()):
        versions = ", ".join(sorted({process.version for process in one.processes})) or "–"
        in_hand = translate("pågår: {number}", number=one.in_hand)
        click.echo(f"{one.name}  {one.kind.value}  {versions}  {one.state.value}  {in_hand}")


@node.command("drain", help="Ta en nod ur drift: den gör klart det som den har påbörjat och tar inget nytt.")
@click.argument("name")
@click.argument("kind", type=KIND)
@click.pass_obj
def drain(installation: Installation, name: str, kind: str) -> None:
    """Take a node out of service."""
    _set(installation, name, kind, in_service=False)
    say("Noden {name} är tagen ur drift.", name=name)


@node.command("restore", help="Sätt en nod i drift igen.")
@click.argument("name")
@click.argument("kind", type=KIND)
@click.pass_obj
def restore(installation: Installation, name: str, kind: str) -> None:
    """Put a node in service."""
    _set(installation, name, kind, in_service=True)
    say("Noden {name} är i drift.", name=name)


def _set(installation: Installation, name: str, kind: str, *, in_service: bool) -> None:
    from budkavle.operations.nodes import NodeKind, set_service

    set_service(installation.platform, installation.actor(), name, NodeKind(kind), in_service=in_service)
