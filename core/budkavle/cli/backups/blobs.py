"""`budkavle blobs`: the files of the store, compared with the rows, swept, and moved to another store."""

from typing import TYPE_CHECKING

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import as_json, say, translate

if TYPE_CHECKING:
    from budkavle.model.people import Organisation
    from budkavle.operations.stored_files.comparing import Comparison
    from budkavle.operations.stored_files.moving import Moved


@click.group(help="Jämför lagrets filer med databasen, städa bort överflödiga, och flytta alla till ett annat lager.")
def blobs() -> None:
    """Group."""


@blobs.command(
    help="Jämför databasens rader med filerna i lagret. Utgångskod 1 om någon fil saknas eller är skadad. Med --read"
    " läses varje fil och prövas med sin nyckel."
)
@click.option("--org", "slug", help="Bara den här organisationen.")
@click.option("--read", is_flag=True, help="Läs varje fil. Det tar så lång tid som att hämta alla.")
@click.option("--after", default="", metavar="NAME", help="Fortsätt efter den här filen, i en avbruten körning.")
@click.option("--json", "json_", is_flag=True, help="Skriv JSON för program.")
@click.pass_obj
def verify(installation: Installation, slug: str | None, after: str, *, read: bool, json_: bool) -> None:
    """Compare rows with files."""
    from budkavle.operations.stored_files.comparing import compare

    last, results = after, {}

    def remember(name: str) -> None:
        nonlocal last
        last = name

    try:
        for organisation in _organisations(installation, slug):
            actor = installation.actor()
            result = compare(installation.platform, actor, organisation.id, read=read, after=after, tell=remember)
            results[organisation.slug] = result
            if not json_:
                _show(organisation.slug, result)
    except KeyboardInterrupt:
        if read and last:
            say("Avbrutet. Fortsätt med --after {name}", name=last)
        raise
    if json_:
        as_json({slug: _as_facts(result) for slug, result in results.items()})
    if not all(result.is_whole for result in results.values()):
        raise SystemExit(1)


@blobs.command(help="Ta bort filer i lagret som ingen rad i databasen hör ihop med.")
@click.option(
    "--older-than", type=click.IntRange(1), default=24, show_default=True, metavar="HOURS", help="Bara så gamla filer."
)
@click.option("--dry-run", is_flag=True, help="Visa bara hur många det är.")
@click.pass_obj
def sweep(installation: Installation, older_than: int, *, dry_run: bool) -> None:
    """Delete what no row refers to."""
    from datetime import UTC, datetime, timedelta

    from budkavle.operations.stored_files.comparing import sweep as sweep_files

    before = datetime.now(UTC) - timedelta(hours=older_than)
    number, size = sweep_files(installation.platform, installation.actor(), before, dry_run=dry_run)
    sentence = "Överflödiga filer: {number}, {size} byte." if dry_run else "Borttagna filer: {number}, {size} byte."
    say(sentence, number=number, size=size)


@blobs.command(
    help="Kopiera alla filer till lagret URL, till exempel s3://hink/mapp. Kör det medan allt är igång, och en gång"
    " till när webb och arbetare är stoppade. Byt sedan storage i inställningarna."
)
@click.argument("url")
@click.pass_obj
def move(installation: Installation, url: str) -> None:
    """Copy to another store."""
    from msgspec.structs import replace

    from budkavle.operations.stored_files.moving import move as move_files
    from budkavle.storage.blobs import Blobs

    def tell(folder: str, moved: "Moved") -> None:
        click.echo(
            f"{folder}  {translate('kopierade: {copied}, fanns: {there}', copied=moved.copied, there=moved.there)}"
        )

    target = Blobs.open(replace(installation.settings, storage=url))
    moved = move_files(installation.platform, installation.actor(), target, tell)
    say(
        "Klart. Kopierade: {copied} ({size} byte), fanns redan: {there}.",
        copied=moved.copied,
        size=moved.bytes,
        there=moved.there,
    )
    say("Filerna finns kvar även i det gamla lagret. När storage är bytt på alla noder: kör budkavle blobs verify.")


def _organisations(installation: Installation, slug: str | None) -> "list[Organisation]":
    from budkavle.accounts.organisations import all_organisations

    if slug:
        installation.organisation(slug)  # raises, naming the existing ones
    everybody = all_organisations(installation.platform, installation.actor())
    return sorted((item for item in everybody if slug in {None, item.slug}), key=lambda item: str(item.id))


def _show(slug: str, result: "Comparison") -> None:
    sentence = "filer: {files}, saknas: {missing}, skadade: {damaged}, överflödiga: {extra}"
    counts = {"missing": len(result.missing), "damaged": len(result.damaged), "extra": len(result.extra)}
    click.echo(f"{slug}  {translate(sentence, files=result.files, **counts)}")
    for reference in result.missing:
        say("saknas: {name} ({part} {owner})", name=reference.name, part=reference.part, owner=str(reference.owner_id))
    for reference in result.damaged:
        say("skadad: {name} ({part} {owner})", name=reference.name, part=reference.part, owner=str(reference.owner_id))


def _as_facts(result: "Comparison") -> dict[str, object]:
    return {
        "ok": result.is_whole,
        "files": result.files,
        "bytes": result.bytes,
        "missing": [{"part": item.part, "id": item.owner_id, "name": item.name} for item in result.missing],
        "damaged": [{"part": item.part, "id": item.owner_id, "name": item.name} for item in result.damaged],
        "extra": len(result.extra),
        "extra_bytes": result.extra_bytes,
    }
