"""`budkavle org`: the organisations of the installation: adding, listing and pausing them."""

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import say, translate


@click.group(help="Lägg till, visa och pausa organisationer.")
def org() -> None:
    """Group."""


@org.command("add", help="Lägg till en organisation med egna nycklar.")
@click.argument("name")
@click.option("--slug", default="", help="Kort namn i adresser; annars görs det av namnet.")
@click.pass_obj
def add_org(installation: Installation, name: str, slug: str) -> None:
    """Make an organisation."""
    from budkavle.accounts.organisations import create_organisation

    made = create_organisation(installation.platform, installation.actor(), name, slug)
    say("Organisationen {name} finns nu, med det korta namnet {slug}.", name=made.name, slug=made.slug)


@org.command("list", help="Visa organisationerna med kort namn, status och antal öppna konton.")
@click.option("--words", default="", help="Bara de vars namn, korta namn eller nummer innehåller orden.")
@click.pass_obj
def list_orgs(installation: Installation, words: str) -> None:
    """List them, a page after the other."""
    from budkavle.organisation.register import list_organisations
    from budkavle.storage.paging import Place

    place, more = Place(), True
    while more:
        found = list_organisations(installation.platform, installation.actor(), words=words, place=place)
        for one in found.rows:
            accounts = translate("öppna konton: {accounts}", accounts=one.accounts)
            click.echo(f"{one.organisation.slug}  {one.organisation.name}  {one.organisation.state.value}  {accounts}")
        more = found.page.more_after
        place = Place(after=str(found.rows[-1].organisation.id)) if more else place


@org.command("pause", help="Pausa en organisation: ingen loggar in och inget skickas. Det som kommer in sparas.")
@click.argument("slug")
@click.option("--reason", required=True, help="Skäl, som står i händelseloggen.")
@click.pass_obj
def pause_org(installation: Installation, slug: str, reason: str) -> None:
    """Pause an organisation."""
    from budkavle.operations.organisation_states import pause

    pause(installation.platform, installation.actor(), installation.organisation(slug), reason)
    say("Organisationen {slug} är pausad. Alla är utloggade.", slug=slug)


@org.command("resume", help="Låt en pausad organisation fortsätta. Det som väntar skickas direkt.")
@click.argument("slug")
@click.pass_obj
def resume_org(installation: Installation, slug: str) -> None:
    """Let an organisation go on."""
    from budkavle.operations.organisation_states import resume

    resume(installation.platform, installation.actor(), installation.organisation(slug))
    say("Organisationen {slug} är igång igen.", slug=slug)
