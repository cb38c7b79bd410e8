"""`budkavle org`: the organisations of the installation: adding, listing, pausing and moving them."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import say, translate

if TYPE_CHECKING:
    from budkavle.operations.moves.moving import Moved, Step


@click.group(help="Lägg till, visa, pausa och flytta organisationer.")
def org() -> None:
    """Group."""


@org.command("add", help="Lägg till en organisation med egna nycklar.")
@click.argument("name")
@click.option("--slug", default="", help="Kort namn i adresser; annars görs det av namnet.")
@click.option("--password-alone", is_flag=True, help="Kräv ingen kod från en app av den som loggar in med lösenord.")
@click.pass_obj
def add_org(installation: Installation, name: str, slug: str, *, password_alone: bool) -> None:
    """Make an organisation, which asks for a code beside a password unless it is told not to."""
    from budkavle.accounts.core_settings import SignInSettings
    from budkavle.accounts.organisations import create_organisation
    from budkavle.organisation.register import choose_sign_in

    chosen: list[SignInSettings] = []
    settle = None if password_alone else lambda work: chosen.append(choose_sign_in(work))
    made = create_organisation(installation.platform, installation.actor(), name, slug, settle)
    say("Organisationen {name} finns nu, med det korta namnet {slug}.", name=made.name, slug=made.slug)
    for written in chosen:  # the settings file may decide otherwise
        if written.code_beside_password:
            say("Den som loggar in med lösenord behöver också en kod från en app.")
        if written.sure_administrators:
            say("Den som administrerar loggar in med passkey eller på tillitsnivå 3, där det går.")


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


@org.command(
    "open-administration",
    help="Låt en organisations administration öppnas varifrån som helst och hur man än loggar in, om dess val har"
    " stängt ute alla.",
)
@click.argument("slug")
@click.pass_obj
def open_administration(installation: Installation, slug: str) -> None:
    """Take away what an organisation has chosen of networks and ways; what the settings file says still holds."""
    from budkavle.accounts.core_settings import AdministrationSettings, SignInSettings
    from budkavle.accounts.stored_settings import write_settings

    with installation.platform.work(installation.actor(installation.organisation(slug))) as work:
        left: object = write_settings(work, AdministrationSettings, {"networks": ""}).networks
        left = write_settings(work, SignInSettings, {"sure_administrators": False}).sure_administrators or left
    if left or installation.settings.administration_networks:
        say("Organisationens egna val är borttagna. De som står i inställningsfilen gäller fortfarande.")
    else:
        say("Administrationen av {slug} öppnas nu varifrån som helst, hur man än loggar in.", slug=slug)


@org.command(
    "move",
    help="Flytta en organisation till en annan installation medan posten går. FILE är inställningarna för den andra"
    " installationen, som har samma huvudnyckel och nyckellager. Kör samma kommando igen om det avbryts.",
)
@click.argument("slug")
@click.option(
    "--to",
    "file",
    metavar="FILE",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Inställningsfilen för den andra installationen.",
)
@click.option("--back", is_flag=True, help="Avbryt flytten: organisationen fortsätter här.")
@click.option("--remove", is_flag=True, help="Ta bort det som är kvar här av en organisation som har flyttat.")
@click.pass_obj
def move_org(installation: Installation, slug: str, file: Path, *, back: bool, remove: bool) -> None:
    """Move an organisation, go back, or remove what is left."""
    from budkavle.operations.moves import moving
    from budkavle.settings import load_settings
    from budkavle.storage.platform import open_platform

    if back and remove:
        raise click.UsageError(translate("Ange bara en av --back och --remove."))
    # The environment belongs to this installation, and would override the other one's file too.
    with closing(open_platform(load_settings(file, env={}))) as target:
        places = installation.platform, target, installation.actor(), installation.organisation(slug)
        if back:
            moving.go_back(*places)
            say("Organisationen {slug} fortsätter här. Det som kopierats är borttaget.", slug=slug)
        elif remove:
            say("Det som var kvar av {slug} är borttaget: {rows} rader.", slug=slug, rows=moving.remove_copy(*places))
        else:
            _tell_moved(slug, target.settings.base_url, moving.move(*places, tell=_tell_step))


def _tell_step(step: "Step", count: int) -> None:
    match step.value:
        case "announced":
            say("Den andra installationen är förberedd.")
        case "files":
            say("Filer kopierade: {count}", count=count)
        case "rows":
            say("Rader kopierade medan organisationen arbetar: {count}", count=count)
        case "closed":
            say("Organisationen är stängd. Det sista kopieras.")
        case "compared":
            say("Alla rader är desamma: {count}", count=count)
        case "handed-over":
            say("Organisationen arbetar inte längre här.")


def _tell_moved(slug: str, address: str, moved: "Moved | None") -> None:
    say("Organisationen {slug} arbetar nu på {address}.", slug=slug, address=address)
    if moved is not None:
        say(
            "Händelseloggen är hel. Antal händelser: {entries}. Stängd i {closed} s, inget skickades under {held} s.",
            entries=moved.entries,
            closed=f"{moved.closed:.1f}",
            held=f"{moved.held:.1f}",
        )
        if moved.left_files:
            say("Filer som togs bort under flytten kan ligga kvar där. Kör budkavle blobs sweep där om ett dygn.")
    say("Det som är kvar här är en kopia. Ta bort den med --remove när allt fungerar.")
