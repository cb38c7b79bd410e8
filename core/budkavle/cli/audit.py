"""`budkavle audit verify`: recomputes the hash chain of each organisation's event log."""

import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import as_json, say, words
from budkavle.i18n import say as sentence_of
from budkavle.model.errors import Misconfigured

if TYPE_CHECKING:
    from uuid import UUID

    from budkavle.storage.events.verifying import AuditReport
    from budkavle.storage.platform import Platform


BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
MOST_REMOVED = 10_000
INSTALLATION_LOG = "(installation)"
"""The name of the installation's own log; slugs of organisations have no parentheses."""


@click.group(help="Kontrollera händelseloggen.")
def audit() -> None:
    """Group."""


@audit.command(help="Räkna om händelseloggens kedja för varje organisation; utgångskod 1 om något är ändrat.")
@click.option("--org", "slug", help="Bara den här organisationen.")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="Jämför också med sigill som har sparats utanför databasen (budkavle audit heads).",
)
@click.option("--json", "json_", is_flag=True, help="Skriv JSON för program.")
@click.pass_obj
def verify(installation: Installation, slug: str | None, against: Path | None, *, json_: bool) -> None:
    """Verify the chains."""
    from budkavle.storage.events.sealed_heads import read_heads
    from budkavle.storage.events.verifying import verify as verify_chain

    platform = installation.platform
    kept = read_heads(against) if against else {}
    logs = _logs(installation, slug)
    if not slug:
        logs |= {str(log): log for log in kept.keys() - set(logs.values()) - _removed(platform)}
    reports = {
        name: verify_chain(platform.database, platform.vault, log, kept.get(log, {})) for name, log in logs.items()
    }
    stamps = {name: _stamped(platform, log) for name, log in logs.items()}
    if json_:
        as_json(
            {
                name: {
                    **asdict(report),
                    "sentence": _told(report),
                    "stamp": asdict(stamps[name]),
                }
                for name, report in reports.items()
            }
        )
    else:
        for name, report in reports.items():
            click.echo(f"{name}: {_told(report)}")
            click.echo(f"{name}: {_told_of(stamps[name])}")
    sound = all(report.ok for report in reports.values()) and not any(stamp.fault for stamp in stamps.values())
    sys.exit(0 if sound else 1)


@audit.command(help="Skriv det nyaste sigillet för varje händelselogg, för att sparas utanför databasen.")
@click.option("--out", type=click.Path(path_type=Path), help="Lägg till dem sist i den här filen.")
@click.pass_obj
def heads(installation: Installation, out: Path | None) -> None:
    """Write signed heads."""
    from budkavle.storage.audit import seal_heads
    from budkavle.storage.events.sealed_heads import add_heads, newest_seals

    platform = installation.platform
    seal_heads(platform.database, platform.vault)
    newest = newest_seals(platform.database, _logs(installation, None).values())
    if out is None:
        for head in newest:
            click.echo(head.as_line())
        return
    try:
        add_heads(out, newest)
    except OSError as error:
        raise Misconfigured("{path} går inte att skriva: {reason}", path=out, reason=error.strerror or "") from error
    say("Sparat i {path}. Antal sigill: {count}.", path=out, count=len(newest))


def _logs(installation: Installation, slug: str | None) -> dict[str, "UUID"]:
    """Return the logs by name: those of organisations, and without a slug also the installation's."""
    from budkavle.accounts.organisations import all_organisations
    from budkavle.model.people import INSTALLATION

    organisations = all_organisations(installation.platform, installation.actor())
    logs = {organisation.slug: organisation.id for organisation in organisations if slug in {None, organisation.slug}}
    if slug and not logs:
        installation.organisation(slug)  # raises, naming the existing ones
    return logs if slug else {**logs, INSTALLATION_LOG: INSTALLATION}


def _removed(platform: "Platform") -> set["UUID"]:
    """Return the organisations that were removed completely, with their logs, according to the installation's log."""
    from uuid import UUID

    from budkavle.model.people import CORE_NAME, INSTALLATION, ActorScope, SystemActor
    from budkavle.storage.event_log import EventLog

    actor = SystemActor(INSTALLATION, CORE_NAME, frozenset({ActorScope.READ}))
    with platform.work(actor) as work:
        removals = EventLog(work).entries(["organisation.removed"], BEGINNING, datetime.now(UTC), limit=MOST_REMOVED)
        return {UUID(entry.thing) for entry in removals if entry.thing}


@dataclass(frozen=True, slots=True)
class NewestStamp:
    """The newest time stamp of a third party over a log.

    Attributes:
        number: The last entry it covers; 0 if there is none.
        at: The time that the third party states.
        authority: The third party.
        fault: Why the stamp is not valid; empty if it is.
    """

    number: int = 0
    at: str = ""
    authority: str = ""
    fault: str = ""


def _stamped(platform: "Platform", organisation_id: "UUID") -> NewestStamp:
    """Check the newest stamp over a log."""
    from budkavle.model.errors import BudkavleError
    from budkavle.model.people import CORE_NAME, ActorScope, SystemActor
    from budkavle.storage.events.stamps import stamped_spans

    actor = SystemActor(organisation_id, CORE_NAME, frozenset({ActorScope.READ}))
    with platform.work(actor) as work:
        spans = stamped_spans(work, ())
    if not spans:
        return NewestStamp()
    stamp, fault = spans[-1].stamp, ""
    try:
        stamp.judge(spans[-1].text)
    except BudkavleError as error:
        fault = sentence_of(error, words())
    return NewestStamp(stamp.last, stamp.at.isoformat(), stamp.authority, fault)


def _told_of(stamp: NewestStamp) -> str:
    if not stamp.number:
        return words().gettext("Ingen utomstående intygar tiderna i händelseloggen.")
    sentence = (
        "Tidsstämpeln över händelserna till och med {number} håller inte: {fault}"
        if stamp.fault
        else "En utomstående, {authority}, intygar att händelserna till och med {number} fanns senast {at}."
    )
    return words().gettext(sentence).format(**asdict(stamp))


def _told(report: "AuditReport") -> str:
    return str(replace(report, sentence=words().gettext(report.sentence)))
