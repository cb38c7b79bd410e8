"""`budkavle outbox`: the entries in the outboxes of plugins, and retries of what was given up."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import translate

if TYPE_CHECKING:
    from budkavle.model.people import Organisation


@click.group(help="Visa tilläggens utkorgar, och försök igen med det som har getts upp.")
def outbox() -> None:
    """Group."""


@outbox.command("list", help="Visa hur mycket som väntar och har getts upp i varje utkorg.")
@click.option("--org", "slug", help="Bara den här organisationen.")
@click.pass_obj
def show(installation: Installation, slug: str | None) -> None:
    """List them."""
    from budkavle.storage.outbox import counts

    platform, sentence = installation.platform, "väntar: {waiting}, uppgivna: {parked}"
    for organisation in _organisations(installation, slug):
        for count in counts(platform.database, organisation.id, timedelta(0)):
            told_counts = translate(sentence, waiting=count.waiting, parked=count.parked)
            click.echo(f"{organisation.slug}  {count.queue}  {told_counts}")


@outbox.command(help="Försök igen med det som har getts upp i utkorgen, till exempel notices.mail.")
@click.argument("queue")
@click.option("--org", "slug", help="Bara den här organisationen.")
@click.pass_obj
def retry(installation: Installation, queue: str, slug: str | None) -> None:
    """Try anew."""
    from budkavle.storage.outbox import retry_parked

    platform = installation.platform
    number = sum(
        retry_parked(platform.database, organisation.id, queue) for organisation in _organisations(installation, slug)
    )
    click.echo(translate("{count} försöks igen.", count=number))


def _organisations(installation: Installation, slug: str | None) -> "list[Organisation]":
    from budkavle.accounts.organisations import all_organisations

    if slug:
        installation.organisation(slug)  # raises, naming the existing ones
    return [
        organisation
        for organisation in all_organisations(installation.platform, installation.actor())
        if slug in {None, organisation.slug}
    ]
