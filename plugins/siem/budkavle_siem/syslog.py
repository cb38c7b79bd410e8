"""Event log entries as syslog messages (RFC 5424), framed for TLS by their length (RFC 5425 4.3)."""

import json
import re
from datetime import UTC

from budkavle.storage import EventEntry
from budkavle_siem import ocsf
from budkavle_siem.ocsf import Log

FACILITY = 13
"""Log audit (RFC 5424 6.2.1)."""
WARNING, INFO = 4, 6
BOM = b"\xef\xbb\xbf"
_UNSAFE = re.compile(r'(["\\\]])')
_NOT_PRINTED = re.compile(r"[^\x21-\x7e]")


def message(log: Log, entry: EventEntry, sd_id: str, *, as_ocsf: bool) -> bytes:
    """Return an entry with its frame.

    Args:
        log: The log of the entry.
        entry: The entry.
        sd_id: The name of the structured data.
        as_ocsf: Whether the text is OCSF.
    """
    priority = FACILITY * 8 + (WARNING if ocsf.is_bad(entry.kind) else INFO)
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    head = (
        f"<{priority}>1 {at} {_word(log.hostname, 255)} budkavle - {_word(entry.kind, 32)} {_data(log, entry, sd_id)} "
    )
    if as_ocsf:  # without a BOM (MSG-ANY), since JSON parsers do not accept it
        text = ocsf.line(log, entry).encode()
    else:
        text = BOM + json.dumps(dict(entry.facts), ensure_ascii=False, default=str).encode()
    whole = head.encode() + text
    return f"{len(whole)} ".encode() + whole


def _data(log: Log, entry: EventEntry, sd_id: str) -> str:
    values = {
        "id": ocsf.uid(log, entry),
        "organisation": log.id,
        "kind": entry.kind,
        "actor": entry.actor,
        "actorKind": entry.actor_kind.value,
        "actorId": entry.actor_id,
        "actorSession": entry.session,
        "actorAddress": entry.address,
        "actorWay": entry.way,
        "actorLoa": entry.loa,
        "thing": entry.thing,
        "mailbox": entry.facts.get("mailbox"),
    }
    filled = " ".join(f'{name}="{_escaped(value)}"' for name, value in values.items() if value)
    return f"[{sd_id} {filled}]"


def _escaped(value: object) -> str:
    return _UNSAFE.sub(r"\\\1", str(value))


def _word(text: str, longest: int) -> str:
    return _NOT_PRINTED.sub("", text)[:longest] or "-"


def plain_line(log: Log, entry: EventEntry) -> str:
    """Return an entry as one line of JSON with our own fields."""
    values = {
        "id": ocsf.uid(log, entry),
        "organisation": str(log.id),
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "actor": {"name": entry.actor, "kind": entry.actor_kind.value, "id": entry.actor_id} | ocsf.origin(entry),
        "thing": entry.thing,
        "facts": dict(entry.facts),
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)
