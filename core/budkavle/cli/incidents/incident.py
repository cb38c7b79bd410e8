"""`budkavle incident`: drafts of the reports that the law requires, filled in with facts from the event log."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import say
from budkavle.model.errors import Conflict, Invalid, Misconfigured

if TYPE_CHECKING:
    from budkavle.model.people import Organisation


@click.group(help="Ta fram utkast till de anmälningar som lagen kräver efter en incident.")
def incident() -> None:
    """Group."""


@incident.command(
    help="Skriv utkast för 24 timmar, 72 timmar och en månad, på svenska, med det som händelseloggen vet ifyllt. "
    "Loggen får veta att det gjordes."
)
@click.option("--since", required=True, help="Från: en dag eller tid, som 2026-11-27 eller 2026-11-27T14:30.")
@click.option("--until", default="", help="Till: en dag, som räknas hel, eller en tid; annars nu.")
@click.option("--org", "slug", help="Bara den här organisationen.")
@click.option("--person", default="", help="Bara det som den här personen gjorde eller drabbades av: adress eller id.")
@click.option("--mailbox", default="", help="Bara det som hände i den här brevlådan: namn eller id.")
@click.option("--session", default="", help="Bara det som gjordes i sessionen med det här märket.")
@click.option("--address", default="", help="Bara det som gjordes från nätverksadressen med det här märket.")
@click.option("--names", is_flag=True, help="Skriv namn på personer; annars bara deras id.")
@click.option("--out", type=click.Path(path_type=Path), help="En ny fil att skriva i; annars skärmen.")
@click.pass_obj
def draft(
    installation: Installation,
    /,
    since: str,
    until: str,
    slug: str | None,
    out: Path | None,
    *,
    names: bool,
    **fields: str,
) -> None:
    """Write the drafts."""
    from budkavle.cli.incidents.drafts import write_drafts
    from budkavle.cli.incidents.reading import Asked, read_installation, read_organisation

    fields |= {"session_mark": fields.pop("session"), "address_mark": fields.pop("address")}
    if any(fields.values()) and not slug:
        raise Invalid("Ange också --org: personer, brevlådor och märken hör till en organisation.")
    if out is not None and out.exists():
        raise Conflict("{path} finns redan. Ange en ny fil.", path=out)
    asked = Asked.of(since, until, fields, with_names=names)
    platform, organisations = installation.platform, _organisations(installation, slug)
    findings = [read_organisation(platform, installation.actor(one.id), one, asked) for one in organisations]
    only = [one.id for one in organisations] if slug else None
    text = write_drafts(platform, findings, read_installation(platform, installation.actor(), asked, only), asked)
    if out is None:
        click.echo(text)
        return
    _write(out, text)
    say("Utkasten finns i {path}. Fyll i det som står inom hakparentes.", path=out)


def _organisations(installation: Installation, slug: str | None) -> list["Organisation"]:
    from budkavle.accounts.organisations import all_organisations

    if slug:
        installation.organisation(slug)  # raises, naming the existing ones
    listed = all_organisations(installation.platform, installation.actor())
    return [one for one in listed if slug in {None, one.slug}]


def _write(path: Path, text: str) -> None:
    """Write a new file that no other account on the machine may read."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Misconfigured("{path} går inte att skriva: {reason}", path=path, reason=error.strerror or "") from error
