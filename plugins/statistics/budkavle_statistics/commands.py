"""`budkavle statistics rebuild`: recount the event log."""

import click

from budkavle import ActorScope, Host, Misconfigured, NotFound
from budkavle.accounts import all_organisations
from budkavle.storage import EventLog

OPERATOR = "Kommandoraden"


def group(host: Host | None) -> click.Group:
    """Return the commands."""
    return click.Group("statistics", help="Statistik: räkna om.", commands=[_rebuild(host)])


def _rebuild(host: Host | None) -> click.Command:
    @click.command("rebuild", help="Räkna om statistiken från händelseloggen. Inget innehåll läses.")
    @click.option("--org", "slug", help="Organisationens kortnamn; annars räknas alla om.")
    def rebuild(slug: str | None) -> None:
        if host is None:
            raise Misconfigured("Tillägget statistics är inte påslaget. Skriv det i enabled, och försök igen.")
        system = host.system(None, ActorScope.INSTALLATION, name=OPERATOR)
        organisations = [each for each in all_organisations(host.platform, system) if slug in {None, each.slug}]
        if slug and not organisations:
            raise NotFound("Organisationen {slug} finns inte.", slug=slug)
        for organisation in organisations:
            actor = host.system(organisation.id, ActorScope.READ, ActorScope.ADMINISTER, name=OPERATOR)
            with host.work(actor) as work:
                EventLog(work).recount()
            click.echo(organisation.slug)

    return rebuild
