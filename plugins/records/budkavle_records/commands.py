"""`budkavle records import`: reads a retention schedule from a file, for someone who sets up an organisation."""

import hashlib
from pathlib import Path

import click

from budkavle import ActorScope, Host, Misconfigured, NotFound
from budkavle.accounts import all_organisations
from budkavle_records.schedule.plan_files import import_plan, read_plan

OPERATOR = "Kommandoraden"


def group(host: Host | None) -> click.Group:
    """Return the commands."""
    return click.Group("records", help="Hanteringsplan: läs in.", commands=[_import(host)])


def _import(host: Host | None) -> click.Command:
    @click.command("import", help="Läs in en hanteringsplan från en CSV-fil till organisationen ORG.")
    @click.argument("slug", metavar="ORG")
    @click.argument("file", metavar="FIL", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    def import_file(slug: str, file: Path) -> None:
        if host is None:
            raise Misconfigured("Tillägget records är inte påslaget. Skriv det i enabled, och försök igen.")
        system = host.system(None, ActorScope.INSTALLATION, name=OPERATOR)
        organisation = next(
            (candidate for candidate in all_organisations(host.platform, system) if candidate.slug == slug), None
        )
        if organisation is None:
            raise NotFound("Organisationen {slug} finns inte.", slug=slug)
        content = file.read_bytes()
        with host.work(host.system(organisation.id, ActorScope.ADMINISTER, name=OPERATOR)) as work:
            faulty = [row for row in read_plan(host, work, content).rows if row.faults]
            for row in faulty:
                click.echo(f"{row.line}: {' '.join(str(fault) for fault in row.faults)}", err=True)
            version = import_plan(host, work, content, hashlib.sha256(content).hexdigest())
        click.echo(f"{slug}: {version}")

    return import_file
