"""A readable proof: PDF/A-3 with the events by the names of EN 319 522-1, and the signed file attached."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from budkavle.operations import typeset_pdf
from budkavle_proof.evidence_events import ADDRESS, WORDS
from budkavle_proof.verify_proof import fingerprint


def N_(word: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a word that is translated where it is shown."""
    return word


HOW = N_(
    "Det är den bifogade filen som är underskriven. Kontrollera den utan nät med kontrollprogrammet, som läser den här "
    "PDF-filen som den är. Vad sidorna visar är en avskrift. Innehållet i meddelandet finns inte med."
)


def typeset_proof(content: bytes, say: Callable[[str], str], language: str) -> bytes:
    """Return a proof as PDF. The program that verifies proofs reads it like the file itself.

    Args:
        content: The proof as `export` returned it.
        say: Translates a sentence for the reader.
        language: `sv` or `en`.
    """
    proof = json.loads(content)
    statement = proof["statement"]
    made_at = datetime.fromisoformat(statement["made_at"])
    values = {
        "title": say(N_("Leveransbevis")),
        "organisation": statement["organisation"]["name"],
        "language": language,
        "at": [made_at.year, made_at.month, made_at.day],
        "facts": _facts(statement, say),
        "deliveries": list(_deliveries(statement, say, language)),
        "heads": [say(N_("Tid (UTC)")), say(N_("Händelse")), "EN 319 522-1"],
        "nothing": say(N_("Inget har hänt än.")),
        "check": say(N_("Så kontrolleras beviset")),
        "how": say(HOW),
        "attached": say(N_("Det underskrivna leveransbeviset")),
        "hashes": [
            [say(N_("Nyckelns fingeravtryck")), fingerprint(statement["key"])],
            [say(N_("Den bifogade filen (SHA-256)")), hashlib.sha256(content).hexdigest()],
            [say(N_("Meddelandets ämne och text (SHA-256)")), statement["message"]["sha256"]],
        ],
    }
    template = files("budkavle_proof").joinpath("proof.typ").read_bytes()
    return typeset_pdf(template, values, made_at, attached=content.decode())


def _facts(statement: Mapping[str, Any], say: Callable[[str], str]) -> list[list[str]]:
    message = statement["message"]
    return [
        [say(N_("Organisation")), statement["organisation"]["name"]],
        [say(N_("Brevlåda")), message["mailbox"]],
        [say(N_("Meddelande")), message["id"]],
        [say(N_("Kom in")) if message["direction"] == "in" else say(N_("Skickades")), _moment(message["at"])],
        [say(N_("Avsändare")), message["sender"]],
        [say(N_("Beviset gjordes")), _moment(statement["made_at"])],
    ]


def _deliveries(
    statement: Mapping[str, Any], say: Callable[[str], str], language: str
) -> Sequence[Mapping[str, object]]:
    arrived = statement["message"]["evidence"]
    rows = [{"to": say(N_("Meddelandet")), "steps": _steps(arrived, language)}] if arrived else []
    return rows + [
        {"to": f"{each['recipient']} ({each['transport']})", "steps": _steps(each["evidence"], language)}
        for each in statement["deliveries"]
    ]


def _steps(events: Sequence[Mapping[str, str]], language: str) -> list[list[str]]:
    names = [(event["event"].removeprefix(ADDRESS), event["at"]) for event in events]
    return [[_moment(at), WORDS[name][1 if language == "en" else 0], name] for name, at in names]


def _moment(at: str) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H.%M.%S}"
