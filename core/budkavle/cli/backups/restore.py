"""`budkavle restore` and `budkavle quarantine`: restoring a backup, and deciding what is sent afterwards."""

from pathlib import Path

import click

from budkavle.cli.backups.backup import THERE
from budkavle.cli.installation import Installation
from budkavle.cli.tell import as_json, say, table, translate

_NO_KEY = "Huvudnyckeln {path} saknas. Lägg tillbaka den innan du återställer."


@click.command(
    help="Återställ säkerhetskopian i mappen FOLDER till en tom databas. Installationen är sedan i karantän: inget"
    " skickas eller hämtas förrän du har kört budkavle quarantine release."
)
@click.argument("folder", type=THERE)
@click.pass_obj
def restore(installation: Installation, folder: Path) -> None:
    """Restore a backup."""
    from budkavle.model.errors import Misconfigured
    from budkavle.operations.backup.restoring import restore as restore_backup
    from budkavle.storage.keys import FILE

    settings = installation.settings
    if settings.key_provider == FILE and not settings.key_file.exists():
        raise Misconfigured(_NO_KEY, path=str(settings.key_file))
    restored = restore_backup(installation.platform, installation.actor(), folder)
    say("Klart. Rader: {rows}, filer: {files}.", rows=restored.manifest.rows, files=restored.manifest.objects.count)
    if not restored.is_store_right:
        say("Nyckellagret är ett annat eller äldre än säkerhetskopian. Kör budkavle keys restore och keys check.")
    say("Installationen är i karantän. Se vad som väntar: budkavle quarantine show")


@click.group(help="Visa, börja eller avsluta karantänen efter en återställning.")
def quarantine() -> None:
    """Group."""


@quarantine.command(help="Börja en karantän, efter en återställning med andra verktyg. Inget skickas, alla loggas ut.")
@click.pass_obj
def begin(installation: Installation) -> None:
    """Begin a quarantine."""
    from budkavle.operations.backup.deciding import begin as begin_quarantine

    begin_quarantine(installation.platform, installation.actor())
    say("Installationen är i karantän. Se vad som väntar: budkavle quarantine show")


@quarantine.command(help="Visa vad som väntar på att skickas; utgångskod 1 om installationen är i karantän.")
@click.option("--json", "json_", is_flag=True, help="Skriv JSON för program.")
@click.pass_obj
def show(installation: Installation, *, json_: bool) -> None:
    """Show what waits."""
    from msgspec import to_builtins

    from budkavle.operations.backup.deciding import NONE
    from budkavle.operations.backup.deciding import show as show_quarantine

    view = show_quarantine(installation.platform, installation.actor())
    if json_:
        as_json(to_builtins(view) if view else None)
    elif view is None:
        say(NONE)
    else:
        say("Karantän sedan {since}.", since=view.quarantine.since)
        if view.quarantine.made_at:
            say("Säkerhetskopian gjordes {at}.", at=view.quarantine.made_at)
        rows = [
            (lane.name, str(lane.number), str(lane.gone), translate("{at}", at=lane.oldest)) for lane in view.waiting
        ]
        table(["Väntar", "Antal", "Har gått enligt loggboken", "Äldst"], rows)
    if view is not None:
        raise SystemExit(1)


@quarantine.command(help="Avsluta karantänen. Ange för allt som väntar vad som ska ske, med namnen i quarantine show.")
@click.option("--send", multiple=True, metavar="NAME", help="Skicka det som väntar.")
@click.option("--ask", multiple=True, metavar="NAME", help="Märk det som osäkert: någon avgör om det skickas igen.")
@click.option("--leave", multiple=True, metavar="NAME", help="Låt det vara: det skickas inte.")
@click.pass_obj
def release(installation: Installation, send: tuple[str, ...], ask: tuple[str, ...], leave: tuple[str, ...]) -> None:
    """Do what is decided, and end the quarantine."""
    from budkavle.operations.backup.deciding import Decision
    from budkavle.operations.backup.deciding import release as release_quarantine

    decisions: dict[str, Decision] = {}
    for decision, names in ((Decision.SEND, send), (Decision.ASK, ask), (Decision.LEAVE, leave)):
        decisions |= dict.fromkeys(names, decision)
    release_quarantine(installation.platform, installation.actor(), decisions)
    say("Karantänen är slut. Det som ska skickas går iväg när en arbetare är igång.")
