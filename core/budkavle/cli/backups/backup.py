"""`budkavle backup`: makes a backup, and verifies one."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import as_json, say, translate

if TYPE_CHECKING:
    from budkavle.operations.backup.checking import Verified
    from budkavle.settings import Settings

MAKE = "make"
FOLDER = click.Path(file_okay=False, path_type=Path)
THERE = click.Path(exists=True, file_okay=False, path_type=Path)


class BackupCommands(click.Group):
    """A group in which a word that is not a command is the folder for a new backup."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or make a backup."""
        return super().resolve_command(ctx, args if args[0] in self.commands else [MAKE, *args])


@click.group(
    cls=BackupCommands,
    help="Säkerhetskopiera databas och filer till den nya mappen FOLDER (budkavle backup FOLDER). Huvudnyckeln och"
    " nyckellagret följer inte med.",
)
def backup() -> None:
    """Group."""


@backup.command(MAKE, help="Säkerhetskopiera till den nya mappen FOLDER.")
@click.argument("folder", type=FOLDER)
@click.option("--json", "json_", is_flag=True, help="Skriv JSON för program.")
@click.pass_obj
def make(installation: Installation, folder: Path, *, json_: bool) -> None:
    """Make a backup."""
    from budkavle.operations.backup.making import make_backup

    made = make_backup(installation.platform, folder)
    numbers = {"tables": len(made.tables), "rows": made.rows, "files": made.objects.count}
    if json_:
        as_json({"folder": str(folder), "made_at": made.made_at, **numbers})
        return
    say("Klart: {folder}. Tabeller: {tables}, rader: {rows}, filer: {files}.", folder=str(folder), **numbers)
    if not made.objects.copied:
        say("Filerna ligger i {place} och är bara listade. Säkerhetskopiera dem där.", place=_place(installation))
    say("Huvudnyckeln och nyckellagret är inte med. De har egna kopior (budkavle keys backup).")


@backup.command(help="Läs hela säkerhetskopian i mappen FOLDER; utgångskod 1 om något är fel.")
@click.argument("folder", type=THERE)
@click.option("--json", "json_", is_flag=True, help="Skriv JSON för program.")
@click.pass_obj
def verify(installation: Installation, folder: Path, *, json_: bool) -> None:
    """Verify a stored backup; no database is needed."""
    from budkavle.operations.backup.checking import verify as verify_backup

    verified = verify_backup(folder, _key(installation))
    if json_:
        as_json(_as_facts(folder, verified))
    else:
        for fault in verified.faults:
            click.echo(translate(fault))
        if verified.ok:
            made = verified.manifest
            sentence = "Säkerhetskopian är hel. Tabeller: {tables}, rader: {rows}, filer: {files}."
            say(sentence, tables=len(made.tables), rows=made.rows, files=made.objects.count)
        if not verified.is_sealed:
            say("Innehållsförteckningens sigill är inte kontrollerat: huvudnyckeln finns inte här.")
    if not verified.ok:
        raise SystemExit(1)


@backup.command(
    help="Prova att återställa säkerhetskopian i mappen FOLDER i en tillfällig databas, utan nätverk. Meddelanden"
    " öppnas med nycklarna och händelseloggen räknas om; utgångskod 1 om något är fel."
)
@click.argument("folder", type=THERE)
@click.option("--sample", type=click.IntRange(1), default=100, show_default=True, help="Meddelanden att öppna.")
@click.option("--json", "json_", is_flag=True, help="Skriv JSON för program.")
@click.pass_obj
def drill(installation: Installation, folder: Path, sample: int, *, json_: bool) -> None:
    """Restore into a scratch database, judge it, and throw it away."""
    import tempfile
    from contextlib import ExitStack, closing
    from dataclasses import asdict

    from budkavle.host import build
    from budkavle.operations.backup.drill import drill as drill_backup

    with ExitStack() as ending:
        scratch = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="budkavle-drill-")))
        platform = ending.enter_context(closing(build(_scratch(installation.settings, scratch))))
        result = drill_backup(platform, folder, sample)
    if json_:
        faults = [str(fault) for fault in result.faults]
        as_json({"folder": str(folder), "ok": not faults, **asdict(result), "faults": faults})
    else:
        for fault in result.faults:
            click.echo(translate(fault))
        sentence = "Rader: {rows}. Öppnade meddelanden: {opened}, gallrade: {destroyed}. Hela händelseloggar: {logs}."
        say(sentence, rows=result.rows, opened=result.opened, destroyed=result.destroyed, logs=result.logs)
    if result.faults:
        raise SystemExit(1)


def _scratch(settings: "Settings", folder: Path) -> "Settings":
    """Return settings of an installation in a separate folder, with the keys of this one."""
    from msgspec.structs import replace

    from budkavle.settings import DatabaseSettings

    key_store = settings.key_store
    if not key_store.url:
        key_store = replace(key_store, folder=settings.key_store_folder)
    return replace(
        settings,
        data=folder / "data",
        database=DatabaseSettings(),
        storage=None,
        keys=settings.key_file,
        key_store=key_store,
        outside=folder / "outside",
        heads_file=None,
    )


def _as_facts(folder: Path, verified: "Verified") -> dict[str, object]:
    made = verified.manifest
    return {
        "folder": str(folder),
        "ok": verified.ok,
        "sealed": verified.is_sealed,
        "made_at": made.made_at,
        "program": made.program,
        "heads": made.heads,
        "rows": made.rows,
        "files": made.objects.count,
        "faults": [str(fault) for fault in verified.faults],
    }


def _key(installation: Installation) -> bytes | None:
    """Return the key in the key file, if the installation is sealed with it and it exists here."""
    from budkavle.storage.keys import FILE, FileKeys

    settings = installation.settings
    if settings.key_provider != FILE or not settings.key_file.exists():
        return None
    return FileKeys(settings.key_file).installation_key


def _place(installation: Installation) -> str:
    from urllib.parse import urlsplit

    storage = urlsplit(installation.settings.storage or "")
    return f"{storage.scheme}://{storage.hostname}{storage.path}"
