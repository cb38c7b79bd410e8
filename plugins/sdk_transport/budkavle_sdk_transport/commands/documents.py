"""`budkavle sdk`: build messages, and judge messages, envelopes and receipts, for anybody and without a database."""

from __future__ import annotations

import json
import mimetypes
import sys
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click
from cryptography import x509

from budkavle import Sentence, translate
from budkavle_sdk_transport.commands.document_check import Verdict, check_document
from budkavle_sdk_transport.formats.identifiers import REFERENCE_DIARY
from budkavle_sdk_transport.formats.xml import MalformedXml, parse
from budkavle_sdk_transport.keys.key_pair import KeyPair, load_bare_key, load_certificate, load_key_pair
from budkavle_sdk_transport.message.sdk_message import (
    Attachment,
    Identifier,
    Party,
    Reference,
    SdkMessage,
    build_message,
)
from budkavle_sdk_transport.message.validation import check_message

REJECTED: Final = 1
UNREADABLE: Final = 2

Content = TypeVar("Content")

CHECK_HELP: Final = (
    "Kontrollera meddelanden, kuvert och kvittenser.\n\n"
    "Med --key öppnas kuvert, och med --cert jämförs underskriften med avsändarens certifikat.\n"
    "Slutkod 0 när allt godtas, 1 när något inte godtas, 2 när en fil inte går att läsa."
)

_FILE = click.Path(path_type=Path, dir_okay=False)
_SYSTEM: Final = Identifier("unregistred", "Budkavle")


@click.group()
def sdk() -> None:
    """SDK-meddelanden, kuvert och kvittenser som filer."""


@sdk.command()
@click.option("--from", "sender", required=True, metavar="0203:DOMÄN", help="Avsändande organisation.")
@click.option("--from-name", help="Avsändande organisations namn.")
@click.option("--from-function", required=True, help="Avsändarens funktionsadress.")
@click.option("--from-function-name", help="Avsändarens funktion i ord.")
@click.option("--to", "recipient", required=True, metavar="0203:DOMÄN", help="Mottagande organisation.")
@click.option("--to-name", help="Mottagande organisations namn.")
@click.option("--to-function", "--function", "to_function", required=True, help="Mottagarens funktionsadress.")
@click.option("--to-function-name", help="Mottagarens funktion i ord.")
@click.option("--label", "--subject", "label", help="Rubrik, högst 256 tecken.")
@click.option("--text", "texts", multiple=True, help="Meddelandetext i Markdown. Kan anges flera gånger.")
@click.option("--text-file", "text_files", multiple=True, type=_FILE, help="Fil med meddelandetext (UTF-8).")
@click.option("--attach", "files", multiple=True, type=_FILE, help="Fil att bifoga. Kan anges flera gånger.")
@click.option("--confidential", is_flag=True, help="Avsändaren bedömer att innehållet omfattas av sekretess.")
@click.option("--reference", "references", multiple=True, metavar="[ROT=]VÄRDE", help="Avsändarens referens.")
@click.option("--reply-to", "ref_to", metavar="UUID", help="Det meddelande som besvaras eller kompletteras.")
@click.option("--conversation", metavar="UUID", help="Konversationens id. Utan den börjar en ny.")
@click.option("--id", "message_id", metavar="UUID", help="Meddelandets id. Utan det görs ett nytt.")
@click.option("-o", "--output", type=_FILE, help="Fil att skriva till. Utan den skrivs meddelandet på skärmen.")
def build(output: Path | None, **options: Any) -> None:
    """Gör ett SDK-meddelande av uppgifter och filer, och kontrollera det."""
    message = _message(**options)
    try:
        xml = build_message(message)
    except ValueError as error:
        _stop(Sentence("Meddelandet går inte att skriva som XML: {error}", error=error), REJECTED)
    findings = check_message(parse(xml), size=len(xml))
    if findings:
        click.echo(_in_words(Verdict("message", "REJECTED", findings)), err=True)
        sys.exit(REJECTED)
    if output is None:
        click.echo(xml.decode())
        return
    try:
        output.write_bytes(xml)
    except OSError as error:
        _stop(
            Sentence("{output}: går inte att skriva ({strerror}).", output=output, strerror=error.strerror), UNREADABLE
        )


@sdk.command(help=CHECK_HELP)
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--key", "keys", multiple=True, type=_FILE, help="Mottagarens nyckel (PEM eller PKCS#12).")
@click.option("--cert", "certificates", multiple=True, type=_FILE, help="Avsändares certifikat, eller nyckelns eget.")
@click.option("--password", envvar="BUDKAVLE_KEY_PASSWORD", help="Nyckelfilens lösenord; hellre i miljövariabeln.")
@click.option("--at", "moment", type=click.DateTime(), help="Tidpunkt (UTC) då certifikaten ska vara giltiga.")
@click.option("--json", "as_json", is_flag=True, help="Svara med JSON, en rad per fil.")
def check(
    files: tuple[Path, ...],
    keys: tuple[Path, ...],
    certificates: tuple[Path, ...],
    password: str | None,
    moment: datetime | None,
    as_json: bool,
) -> None:
    """Judge files; the exit code says the worst of them."""
    trusted = [certificate for path in certificates for certificate in _read_certificates(path)]
    pairs = [_read_pair(path, trusted, password) for path in keys]
    at = moment.replace(tzinfo=UTC) if moment else datetime.now(UTC)
    code = 0
    for path in files:
        try:
            verdict = check_document(path.read_bytes(), keys=pairs, certificates=trusted, at=at)
        except (OSError, MalformedXml) as error:
            click.echo(translate("{path}: går inte att läsa. {reason}", path=path, reason=_reason(error)), err=True)
            code = UNREADABLE
            continue
        click.echo(_as_json(path, verdict) if as_json else f"{path}: {_in_words(verdict)}")
        code = max(code, 0 if verdict.outcome == "ACCEPTED" else REJECTED)
    sys.exit(code)


def _message(**options: Any) -> SdkMessage:
    message_id = options["message_id"] or str(uuid.uuid4())
    texts = [*options["texts"], *(_read(path, lambda data: data.decode("utf-8-sig")) for path in options["text_files"])]
    return SdkMessage(
        message_id=message_id,
        conversation_id=options["conversation"] or message_id,
        created_at=datetime.now(UTC),
        label=options["label"],
        confidential=options["confidential"],
        sender=Party(
            options["sender"],
            options["from_name"],
            options["from_function"],
            options["from_function_name"],
            references=tuple(_reference(text) for text in options["references"]),
        ),
        recipient=Party(options["recipient"], options["to_name"], options["to_function"], options["to_function_name"]),
        texts=tuple(texts),
        attachments=tuple(_attachment(path) for path in options["files"]),
        ref_to_message_id=options["ref_to"],
        generating_system=_SYSTEM,
    )


def _reference(text: str) -> Reference:
    root, sign, value = text.partition("=")
    return Reference(Identifier(root, value) if sign else Identifier(REFERENCE_DIARY, text))


def _attachment(path: Path) -> Attachment:
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Attachment(path.name, content_type, _read(path, lambda data: data))


def _read_certificates(path: Path) -> list[x509.Certificate]:
    def read(data: bytes) -> list[x509.Certificate]:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [load_certificate(data)]

    return _read(path, read)


def _read_pair(path: Path, certificates: Sequence[x509.Certificate], password: str | None) -> KeyPair:
    """Return a key whose certificate is in the same file, or among the given ones."""
    secret = password.encode() if password else None

    def read(data: bytes) -> KeyPair:
        if b"-----BEGIN" not in data or b"-----BEGIN CERTIFICATE" in data:
            return load_key_pair(data, password=secret)
        return load_bare_key(data, certificates, password=secret)

    return _read(path, read)


def _read(path: Path, read: Callable[[bytes], Content]) -> Content:
    try:
        return read(path.read_bytes())
    except (OSError, ValueError) as error:
        _stop(Sentence("{path}: går inte att läsa. {reason}", path=path, reason=_reason(error)), UNREADABLE)


def _reason(error: Exception) -> str:
    return f"{error.strerror}." if isinstance(error, OSError) else Sentence.of(error)


def _stop(sentence: str, code: int) -> NoReturn:
    click.echo(translate(sentence), err=True)
    sys.exit(code)


def _in_words(verdict: Verdict) -> str:
    lines = [f"{verdict.outcome} ({verdict.kind})"]
    for finding in verdict.findings:
        lines.append(f"  {finding.cause} {finding.detail}  {finding.path}")
        lines.append(f"      {finding.text} [{finding.rule}]")
    lines += [f"  {translate(note)}" for note in verdict.notes]
    return "\n".join(lines)


def _as_json(path: Path, verdict: Verdict) -> str:
    findings = [
        {"orsakskod": f.cause, "detaljkod": f.detail, "xpath": f.path, "text": f.text, "rule": f.rule}
        for f in verdict.findings
    ]
    answer = {
        "file": str(path),
        "kind": verdict.kind,
        "outcome": verdict.outcome,
        "receipt": verdict.receipt,
        "findings": findings,
        "notes": [translate(note) for note in verdict.notes],
    }
    return json.dumps(answer, ensure_ascii=False)
