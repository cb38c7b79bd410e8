#!/usr/bin/env python3
"""Verify a delivery proof of Budkavle, or a disposal protocol, without a network and without Budkavle.

    python verify_proof.py PROOF [--key FINGERPRINT] [--compare FILE]... [--cert FILE]... [--documents FOLDER]
                           [--tsa-root FILE]... [--english]

Needs Python 3.11 or newer and the package `cryptography`; for time stamps also `rfc3161-client`. It says what is proven
and what is not, and never more than is true. Exit code 0: the file is genuine; 1: it is not; 2: it cannot be read.

How the file is constructed: the log is a chain, where hash = SHA-256(hash before, number, entry). `head` is the entry
that the export itself wrote to it; that entry has the SHA-256 of everything else in the file. The key of the
organisation (Ed25519) has signed the hash of each entry with its number. A receipt in it has its sender's own
signature, in XML, which is verified if it has the form that is described below. `times`, if present, has stamps of a
third party over spans of the log, with the paths to them from the rows in the file.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from budkavle_proof.disposal_protocol import DISPOSAL, PROTOCOL_ENTRY, tell_protocol
from budkavle_proof.receipt_signature import print_of
from budkavle_proof.report import NotGenuine, Report, lines, tell
from budkavle_proof.time_stamps import judge_times

FORMAT = "budkavle-proof-1"
LONGEST = 64_000_000
"""In bytes. A larger file is no proof of ours."""


def canonical(value: object) -> bytes:
    """Return the only valid way to write a value as JSON. Hashes are of these bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def written(proof: Mapping[str, Any]) -> bytes:
    """Return the only valid way to write a proof to its file."""
    return (json.dumps(proof, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def digest(proof: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what the export's own log entry confirms: everything but that entry."""
    return hashlib.sha256(canonical({name: proof[name] for name in ("format", "statement", "log")})).hexdigest()


def _bytes(digits: str) -> bytes:
    """Read hexadecimal digits as written here. Any other way to write the same value would be an alteration."""
    if digits != digits.lower() or not digits.isalnum():
        raise ValueError
    return bytes.fromhex(digits)


def fingerprint(key: str) -> str:
    """Return the fingerprint of a public key (hexadecimal), in groups that can be read aloud."""
    digits = hashlib.sha256(_bytes(key)).hexdigest()
    return " ".join(digits[place : place + 4] for place in range(0, 64, 4))


def verify(
    content: bytes,
    key: str = "",
    compare: Mapping[str, bytes] | None = None,
    certificates: Sequence[bytes] = (),
    roots: Sequence[bytes] = (),
) -> tuple[Report, Mapping[str, Any]]:
    """Verify a proof.

    Args:
        content: The file's bytes.
        key: The fingerprint that the organisation itself has given, or nothing.
        compare: The bytes of other files by name, to compare with the hashes in the proof.
        certificates: Certificates (PEM or DER) that the senders of the receipts themselves have given.
        roots: Root certificates (PEM) of the time stamping authorities that you trust.

    Returns:
        The report, and the proof. It is empty if the file is not genuine.

    Raises:
        ValueError: A certificate is invalid.
    """
    told = {print_of(certificate) for certificate in certificates}
    report, proof = Report(), {}
    is_pdf = content.startswith(b"%PDF-")
    try:
        proof = _read(_attached(content) if is_pdf else content)
        _check_log(proof)
        _check_key(report, proof["statement"]["key"], key)
        times = list(judge_times(proof, roots))
        if proof["format"] == DISPOSAL:
            tell_protocol(report, proof, times)
        else:
            tell(report, proof, compare or {}, told, times)
        if is_pdf:
            report.doubt(
                "Vad PDF-filens sidor visar: bara den bifogade filen prövas.",
                "What the pages of the PDF show: only the attached file is judged.",
            )
    except NotGenuine as fault:
        report = Report(broken=fault.said)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError):
        report = Report(broken=("Filen är inget leveransbevis.", "The file is no delivery proof."))
    return report, proof if report.genuine else {}


def _attached(content: bytes) -> bytes:
    """Return the only file attached to a PDF. With several, it would be unclear which one a reader shows."""
    places = [match.end() for match in re.finditer(rb"/Type\s*/EmbeddedFile\b.*?\bstream\r?\n", content, re.DOTALL)]
    if len(places) != 1:
        raise NotGenuine("PDF-filen har inget leveransbevis i sig.", "The PDF has no delivery proof in it.")
    try:
        return zlib.decompressobj().decompress(memoryview(content)[places[0] :], LONGEST + 1)
    except zlib.error as error:
        raise NotGenuine("Den bifogade filen är skadad.", "The attached file is damaged.") from error


def _read(content: bytes) -> dict[str, Any]:
    if len(content) > LONGEST:
        raise NotGenuine("Filen är för stor.", "The file is too large.")
    proof = json.loads(content)
    if set(proof) - {"times"} != {"format", "statement", "log", "head"} or proof["format"] not in {FORMAT, DISPOSAL}:
        raise NotGenuine(
            "Filen är inget leveransbevis av det här slaget.", "The file is no delivery proof of this kind."
        )
    if written(proof) != content:
        raise NotGenuine(
            "Filen är ändrad: den är inte skriven som ett bevis skrivs.",
            "The file is altered: it is not written as a proof is written.",
        )
    return dict(proof)


def _check_log(proof: Mapping[str, Any]) -> None:
    """Check that each entry matches its hash and signature, that they are in order, and that the last covers all."""
    statement, rows, head = proof["statement"], proof["log"], proof["head"]
    public = Ed25519PublicKey.from_public_bytes(_bytes(statement["key"]))
    before: Mapping[str, Any] | None = None
    for row in (*rows, head):
        _check_row(public, statement["organisation"]["id"], row)
        if before is not None and row["number"] <= before["number"]:
            raise NotGenuine("Loggens rader står i fel ordning.", "The rows of the log are out of order.")
        if before is not None and row["number"] == before["number"] + 1 and row["before"] != before["hash"]:
            raise NotGenuine("Två rader i loggen hänger inte ihop.", "Two rows of the log do not hang together.")
        before = row
    things = set(_things(statement))
    if any(json.loads(row["entry"])["thing"] not in things for row in rows):
        raise NotGenuine("En rad i loggen gäller något annat.", "A row of the log is about something else.")
    entry = json.loads(head["entry"])
    if (entry["kind"], entry["thing"]) != _vouches(proof):
        raise NotGenuine("Beviset saknar sin egen loggrad.", "The proof lacks its own row of the log.")
    if entry["facts"]["sha256"] != digest(proof):
        raise NotGenuine(
            "Innehållet är ändrat: det stämmer inte med organisationens underskrift.",
            "The content is altered: it does not fit the organisation's signature.",
        )


def _check_row(public: Ed25519PublicKey, organisation: str, row: Mapping[str, Any]) -> None:
    if set(row) != {"number", "before", "entry", "hash", "signature"} or type(row["number"]) is not int:
        raise NotGenuine("En rad i loggen har fel form.", "A row of the log has the wrong form.")
    number, head = str(row["number"]).encode(), _bytes(row["hash"])
    if hashlib.sha256(_bytes(row["before"]) + number + row["entry"].encode()).digest() != head:
        raise NotGenuine("En rad i loggen är ändrad.", "A row of the log is altered.")
    try:
        public.verify(_bytes(row["signature"]), b"|".join((b"budkavle-audit-1", organisation.encode(), number, head)))
    except InvalidSignature:
        raise NotGenuine(
            "Underskriften är inte gjord med nyckeln i filen.", "The signature was not made with the key in the file."
        ) from None


def _vouches(proof: Mapping[str, Any]) -> tuple[str, str]:
    """Return the entry of the log that confirms a file: its kind, and what it is about."""
    statement = proof["statement"]
    if proof["format"] == DISPOSAL:
        return PROTOCOL_ENTRY, statement["run"]["id"]
    return "proof.exported", statement["message"]["id"]


def _things(statement: Mapping[str, Any]) -> Iterable[str]:
    if "run" in statement:
        yield statement["run"]["id"]
        return
    yield statement["message"]["id"]
    yield from (delivery["id"] for delivery in statement["deliveries"])


def _check_key(report: Report, key: str, told: str) -> None:
    ours = fingerprint(key)
    if not told:
        report.doubt(
            f"Vems nyckeln är. Jämför fingeravtrycket {ours} med det som organisationen själv lämnar ut.",
            f"Whose key it is. Compare the fingerprint {ours} with the one that the organisation itself gives out.",
        )
    elif "".join(told.split()).lower() != ours.replace(" ", ""):
        raise NotGenuine(
            f"Nyckeln är en annan än den du angav: filens har fingeravtrycket {ours}.",
            f"The key is another than the one you gave: the file's has the fingerprint {ours}.",
        )
    else:
        report.prove("Underskriften är gjord med den nyckel du angav.", "The signature was made with the key you gave.")


def documents(proof: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the receipts of a genuine proof as they came, with a file name for each."""
    files = {}
    for delivery in proof["statement"].get("deliveries", ()):
        for place, document in enumerate(delivery["documents"], start=1):
            content = base64.b64decode(document["content"])
            files[f"receipt-{delivery['id']}-{place}.{'xml' if content.lstrip()[:1] == b'<' else 'bin'}"] = content
    return files


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the named file."""
    parser = argparse.ArgumentParser(description="Verify a delivery proof of Budkavle, offline.")
    parser.add_argument("proof", type=Path)
    parser.add_argument("--key", default="", help="the fingerprint that the organisation itself has told")
    parser.add_argument("--compare", type=Path, action="append", default=[], help="a file to compare with the hashes")
    parser.add_argument("--cert", type=Path, action="append", default=[], help="a certificate of a receipt's sender")
    parser.add_argument("--documents", type=Path, help="an empty folder for the receipts as they came")
    parser.add_argument(
        "--tsa-root",
        type=Path,
        action="append",
        default=[],
        help="a root certificate (PEM) of a time stamping authority",
    )
    parser.add_argument("--english", action="store_true")
    options = parser.parse_args(arguments)
    try:
        content = options.proof.read_bytes()
        compare = {str(file): file.read_bytes() for file in options.compare}
        certificates, roots = ([file.read_bytes() for file in files] for files in (options.cert, options.tsa_root))
        for root in roots:
            x509.load_pem_x509_certificates(root)  # raises if it is not a certificate
        report, proof = verify(content, options.key, compare, certificates, roots)
        if options.documents and report.genuine:
            save(documents(proof), options.documents)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except ValueError:
        print("--cert, --tsa-root: no certificate", file=sys.stderr)
        return 2
    print("\n".join(lines(report, "en" if options.english else "sv")))
    return 0 if report.genuine else 1


def save(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files to a folder, without overwriting any."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        with (folder / name).open("xb") as file:
            file.write(content)


if __name__ == "__main__":
    sys.exit(main())
