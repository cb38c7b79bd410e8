"""The protocol as a document to read and archive: PDF/A-2a made by typst.

Texts are passed as data and are set unchanged, never read as markup. A PDF/A cannot contain a character that no font
can draw: such a character is written as its name.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

import typst

from budkavle_records.schedule.due import ZONE

MOST_MISSING = 50
"""The most characters without a glyph that are replaced, with one attempt for each."""
_WITHOUT_GLYPH = re.compile(r'the text `?"(.+?)"`? could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
OUTCOMES = {
    "held": "Hölls kvar när listan gjordes",
    "unknown": "Går inte att bedöma",
    "kept": "Hölls kvar när gallringen gjordes",
    "gone": "Fanns inte längre",
    "due": "Inte gjort",
    "destroying": "Inte gjort",
}


def typeset(document: Mapping[str, Any], sha256: str) -> bytes:
    """Return the PDF of a protocol.

    Args:
        document: The signed file.
        sha256: The hash of its bytes, which is printed at the end of the document.
    """
    statement = document["statement"]
    text = json.dumps(_printable(_values(document, sha256)), ensure_ascii=False, sort_keys=True)
    made_at = int(datetime.fromisoformat(statement["made_at"]).timestamp())
    for _ in range(MOST_MISSING):
        try:
            return _compile(text, made_at)
        except typst.TypstError as error:
            missing = _WITHOUT_GLYPH.search(str(error))
            if missing is None:
                raise
            for character in set(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), missing[1])):
                text = text.replace(character, _name(character))
    raise ValueError("too many characters without a glyph")


def printable(text: str) -> str:
    """Return a text without what a PDF/A cannot contain: control characters, private use, lone surrogates."""
    normal = unicodedata.normalize("NFC", text).replace("\ufeff", "")
    return "".join("?" if _is_never_drawn(character) else character for character in normal)


def _is_never_drawn(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in _NEVER


_NEVER = frozenset({"Cc", "Co", "Cs", "Cn"})


def _printable(value: Any) -> Any:
    """Return a JSON value with all its texts printable; done before encoding, since JSON escapes the others."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_printable(each) for each in value]
    return {name: _printable(each) for name, each in value.items()} if isinstance(value, dict) else value


def _name(character: str) -> str:
    return f"[{unicodedata.name(character, f'U+{ord(character):04X}').lower()}]"


def _compile(text: str, made_at: int) -> bytes:
    made = typst.compile(
        files("budkavle_records.disposal").joinpath("protocol.typ").read_bytes(),
        format="pdf",
        sys_inputs={"given": text},
        ignore_system_fonts=True,
        timestamp=made_at,
        pdf_standards=["a-2a"],
    )
    if not isinstance(made, bytes):
        raise TypeError("typst did not return the one document that a PDF is")
    return made


def _values(document: Mapping[str, Any], sha256: str) -> dict[str, Any]:
    statement, head = document["statement"], document["head"]
    run, destroyed = statement["run"], statement["destroyed"]
    made_at = datetime.fromisoformat(statement["made_at"])
    return {
        "title": f"Gallringsprotokoll {run['number']}",
        "authority": statement["organisation"]["name"],
        "at": [made_at.year, made_at.month, made_at.day],
        "facts": [
            ["Myndighet", statement["organisation"]["name"]],
            ["Hanteringsplan", f"version {run['plan_version']}"],
            ["Skäl", run["reason"]],
            ["Begärt av", f"{run['asked_by']}, {_local(run['asked_at'])}"],
            ["Godkänt av", f"{run['approved_by']}, {_local(run['approved_at'])}"],
            ["Genomfört", _local(statement["made_at"])],
            ["System", statement["system"]],
            ["Metod", statement["method"]],
            [
                "Gallrat",
                f"{destroyed['cases']} ärenden, {destroyed['messages']} meddelanden, {destroyed['bytes']} byte bilagor",
            ],
        ],
        "kinds": [
            [
                f"{kind['klass']} {kind['name']}",
                f"{kind['period']}\n{kind['legal_ground']}\n{kind['decision']}",
                f"{kind['from']} – {kind['to']}",
                str(kind["cases"]),
                str(kind["messages"]),
                str(kind["bytes"]),
            ]
            for kind in statement["kinds"]
        ],
        "kept": [
            [OUTCOMES.get(row["outcome"], row["outcome"]), _held(row), str(row["cases"])] for row in statement["kept"]
        ],
        "hashes": [
            ["Godkänd lista (SHA-256 av ärendenas id)", run["approved_list_sha256"]],
            ["Gallrade ärenden (SHA-256 av id)", destroyed["ids_sha256"]],
            [f"Händelseloggens rad {head['number']} (SHA-256)", head["hash"]],
            ["Det signerade protokollet (SHA-256)", sha256],
        ],
    }


def _held(row: Mapping[str, Any]) -> str:
    """Return why something was kept, and the name of the plugin that held it if it is another one."""
    return row["why"] if row["by"] in {"records", "budkavle"} else f"{row['why']} ({row['by']})"


def _local(moment: str | None) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZONE):%Y-%m-%d %H.%M}" if moment else ""
