"""`budkavle eid evidence export|verify`: export signed evidence, and verify it without an installation."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from budkavle import Host, Misconfigured, NotFound, translate
from budkavle_eid.claims import Refused
from budkavle_eid.evidence import EvidenceTable, FrejaEvidence, named
from budkavle_eid.mutual_tls import PeerStrange

LARGEST = 1_000_000


def group(host: Host | None) -> click.Group:
    """Return the group; `verify` needs no installation."""
    commands: list[click.Command] = [_export(host), _verify()]
    return click.Group("evidence", help="Underlag för legitimeringar: hämta ett, eller pröva ett.", commands=commands)


def _export(host: Host | None) -> click.Command:
    @click.command("export", help="Skriv underlaget som händelseloggen kallar NAMN (sha256:...) till filen FIL.")
    @click.argument("name", metavar="NAMN")
    @click.argument("file", metavar="FIL", type=click.Path(path_type=Path, dir_okay=False))
    def export(name: str, file: Path) -> None:
        if host is None:
            raise Misconfigured("Kommandot behöver inställningarna. Kontrollera dem med: budkavle config check")
        stored = EvidenceTable(host, host.settings.evidence_days).read(name)
        if stored is None:
            raise NotFound("Det finns inget underlag {name}: namnet är fel, eller så är det gallrat.", name=name)
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                target.write(stored)
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}") from error
        host.log.info("eid.evidence-exported")

    return export


def _verify() -> click.Command:
    @click.command(
        "verify", help="Pröva underlaget i FIL utan nät: vem, när och om vad. Utgångskod 1 om det inte håller."
    )
    @click.argument("file", metavar="FIL", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @click.option(
        "--signing",
        multiple=True,
        required=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="BankID:s rotcertifikat för personer, eller Frejas certifikat (PEM).",
    )
    def verify(file: Path, signing: tuple[Path, ...]) -> None:
        raw = file.read_bytes()[:LARGEST]
        try:
            lines = _judge(raw, signing)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise click.ClickException(translate("Filen är inget underlag för en legitimering.")) from error
        except (Refused, PeerStrange) as reason:
            raise click.ClickException(translate("Underlaget håller inte: {reason}.", reason=reason)) from reason
        for line in [*lines, named(raw)]:
            click.echo(line)

    return verify


def _judge(raw: bytes, signing: Sequence[Path]) -> list[str]:
    from budkavle_eid.bankid import evidence
    from budkavle_eid.bankid.certificates import load_roots
    from budkavle_eid.bankid.signature import decoded

    document = msgspec.json.decode(raw, type=evidence.Evidence | FrejaEvidence)
    if isinstance(document, FrejaEvidence):
        return _judge_freja(document, signing)
    proven = evidence.judge(document, load_roots(signing))
    name, number, at = proven.holder.name, proven.holder.personnummer, f"{proven.at:%Y-%m-%d %H:%M:%S}"
    lines = [
        translate("Underlaget håller: BankID, {name}, {number}.", name=name, number=number),
        translate("Tid enligt certifikatets utfärdare: {at} UTC.", at=at),
    ]
    if proven.kind == "test":
        lines.append(translate("Det är BankID:s testmiljö, där vem som helst kan vara vem som helst."))
    return [*lines, translate("Det här visade appen:"), decoded(document.asked.visible).decode(errors="replace")]


def _judge_freja(document: FrejaEvidence, signing: Sequence[Path]) -> list[str]:
    from budkavle_eid.freja.signed_details import attributes, load_keys, verify

    details = verify(document.details, load_keys(signing), document.auth_ref, document.level, document.began)
    person = attributes(details, None)
    name = f"{person.basic_user_info.name} {person.basic_user_info.surname}".strip() or "-"
    number = person.ssn.ssn if person.ssn else person.organisation_id_identifier or "-"
    at = f"{datetime.fromtimestamp(details.seconds, UTC):%Y-%m-%d %H:%M:%S}"
    return [
        translate("Underlaget håller: Freja, {name}, {number}.", name=name, number=number),
        translate("Tid enligt Freja: {at} UTC.", at=at),
    ]
