"""`budkavle audit verify`: the hash chain of each organisation's event log, computed anew."""

import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import as_json, words

if TYPE_CHECKING:
    from budkavle.storage.audit import AuditReport


INSTALLATION_LOG = "(installation)"
"""What the installation's own log is called; no organisation's word in addresses has parentheses."""


@click.group(help="Kontrollera händelseloggen.")
def audit() -> None:
    """Group."""


@audit.command(help="Räkna om händelseloggens kedja för varje organisation; utgångskod 1 om något är ändrat.")
@click.option("--org", "slug", help="Bara den här organisationen.")
@click.option("--json", "json_", is_flag=True, help="Skriv JSON för program.")
@click.pass_obj
def verify(installation: Installation, slug: str | None, *, json_: bool) -> None:
    """Verify the chains."""
    from budkavle.accounts.organisations import all_organisations
    from budkavle.model.people import INSTALLATION
    from budkavle.storage.audit import verify as verify_chain

    platform = installation.platform
    organisations = [
        organisation
        for organisation in all_organisations(platform, installation.actor())
        if slug in {None, organisation.slug}
    ]
    if slug and not organisations:
        installation.organisation(slug)  # raises, naming those that exist
    logs = {organisation.slug: organisation.id for organisation in organisations}
    if not slug:
        logs[INSTALLATION_LOG] = INSTALLATION
    reports = {name: verify_chain(platform.database, platform.vault, log) for name, log in logs.items()}
    if json_:
        as_json({name: {**asdict(report), "sentence": _told(report)} for name, report in reports.items()})
    else:
        for name, report in reports.items():
            click.echo(f"{name}: {_told(report)}")
    sys.exit(0 if all(report.ok for report in reports.values()) else 1)


def _told(report: "AuditReport") -> str:
    return str(replace(report, sentence=words().gettext(report.sentence)))
