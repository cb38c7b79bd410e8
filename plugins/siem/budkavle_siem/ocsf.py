"""Event log entries as OCSF 1.8.0 (https://schema.ocsf.io/1.8.0).

3002 Authentication, 3005 User Access Management, 6003 API Activity. OCSF 1.9 has 3007 instead of 3005; to move there,
only the numbers in the table need to change.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

from budkavle.storage import EventEntry

VERSION: Final = "1.8.0"
SIGN_IN, ACCESS, API = 3002, 3005, 6003
CREATE, READ, UPDATE, DELETE = 1, 2, 3, 4
CLASSES: Final[Mapping[str, tuple[int, int]]] = {
    "user.signed-in": (SIGN_IN, 1),
    "user.signed-out": (SIGN_IN, 2),
    "guest.identified": (SIGN_IN, 1),
    "mailbox.member-added": (ACCESS, 1),
    "mailbox.member-removed": (ACCESS, 2),
    "mailbox.administrator-set": (ACCESS, 1),
    "delegation.given": (ACCESS, 1),
    "delegation.ended": (ACCESS, 2),
    "user.role-changed": (ACCESS, 1),
    "administrator.added": (ACCESS, 1),
    "administrator.removed": (ACCESS, 2),
}
"""Class and activity by kind. All other kinds are API Activity, by how their last word ends."""
VERBS: Final[Mapping[str, int]] = {
    "created": CREATE,
    "added": CREATE,
    "sent": CREATE,
    "received": CREATE,
    "opened": READ,
    "viewed": READ,
    "downloaded": READ,
    "exported": READ,
    "deleted": DELETE,
    "destroyed": DELETE,
    "removed": DELETE,
}
BAD: Final = ("failed", "failure", "refused", "rejected", "parked", "lost", "stranger", "bounced")
"""The endings of kinds that mean a failure."""
INFORMATIONAL, MEDIUM = 1, 3
SUCCESS, FAILURE = 1, 2
NOBODY, USER, SYSTEM = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Log:
    """The log that an entry belongs to.

    Attributes:
        id: The organisation, or the nil UUID for the installation.
        hostname: The host name of this installation.
    """

    id: UUID
    hostname: str


def is_bad(kind: str) -> bool:
    """Tell whether a kind means a failure."""
    return kind.endswith(BAD)


def uid(log: Log, entry: EventEntry) -> str:
    """Return an entry's id, with which a receiver finds duplicates. A test has no number, and a new id each time."""
    return f"{log.id}:{entry.number or entry.facts['test']}"


def event(log: Log, entry: EventEntry) -> dict[str, Any]:
    """Return an entry as an OCSF event."""
    class_uid, activity = CLASSES.get(entry.kind) or (API, _activity(entry.kind))
    bad = is_bad(entry.kind)
    common: dict[str, Any] = {
        "metadata": {
            "version": VERSION,
            "uid": uid(log, entry),
            "sequence": entry.number,
            "log_name": "budkavle.events",
            "event_code": entry.kind,
            "tenant_uid": str(log.id),
            "product": {"name": "Budkavle", "vendor_name": "Budkavle", "version": version("budkavle")},
        },
        "time": int(entry.at.timestamp() * 1000),
        "category_uid": class_uid // 1000,
        "class_uid": class_uid,
        "activity_id": activity,
        "type_uid": class_uid * 100 + activity,
        "severity_id": MEDIUM if bad else INFORMATIONAL,
        "status_id": FAILURE if bad else SUCCESS,
        "message": entry.kind,
        "unmapped": dict(entry.facts),
    }
    return common | _PARTS[class_uid](log, entry)


def line(log: Log, entry: EventEntry) -> str:
    """Return an entry as one line of JSON."""
    return json.dumps(event(log, entry), ensure_ascii=False, separators=(",", ":"), default=str)


def _activity(kind: str) -> int:
    return next((number for verb, number in VERBS.items() if kind.endswith(verb)), UPDATE)


def _sign_in(log: Log, entry: EventEntry) -> dict[str, Any]:
    facts = entry.facts
    way = str(facts.get("method") or facts.get("provider") or "unknown")
    return {
        "user": _actor(entry),
        "auth_protocol_id": 99,
        "auth_protocol": way,
        "service": {"name": log.hostname},
        "is_remote": True,
    }


def _access(log: Log, entry: EventEntry) -> dict[str, Any]:
    facts, about_user = entry.facts, entry.kind.partition(".")[0] in {"user", "administrator", "delegation"}
    whose = str(facts.get("user") or (entry.thing if about_user else "") or "unknown")
    privilege = str(facts.get("role") or entry.kind)
    resources = [] if about_user else [{"uid": entry.thing or "unknown", "type": "function mailbox"}]
    return {
        "user": {"uid": whose, "type_id": USER},
        "actor": _acting(entry),
        "privileges": [privilege],
        **({"resources": resources} if resources else {}),
        "src_endpoint": {"svc_name": log.hostname},
    }


def _api(log: Log, entry: EventEntry) -> dict[str, Any]:
    resources = [{"uid": entry.thing, "type": entry.kind.partition(".")[0]}] if entry.thing else []
    if mailbox := entry.facts.get("mailbox"):
        resources.append({"uid": str(mailbox), "type": "function mailbox"})
    return {
        "actor": _acting(entry),
        "api": {"operation": entry.kind},
        **({"resources": resources} if resources else {}),
        "src_endpoint": {"svc_name": log.hostname},
    }


def origin(entry: EventEntry) -> dict[str, Any]:
    """Return the marks of the session and the network address, and the method and level of the sign-in, if known."""
    marks = {"session": entry.session, "address": entry.address, "way": entry.way, "loa": entry.loa}
    return {name: mark for name, mark in marks.items() if mark}


def _acting(entry: EventEntry) -> dict[str, Any]:
    return {"user": _actor(entry), **({"session": {"uid": entry.session}} if entry.session else {})}


def _actor(entry: EventEntry) -> dict[str, Any]:
    user = {"name": entry.actor, "type_id": USER if entry.actor_id else SYSTEM}
    if entry.actor_kind == "guest":
        user["type_id"] = NOBODY
    return user | ({"uid": entry.actor_id} if entry.actor_id else {})


_PARTS = {SIGN_IN: _sign_in, ACCESS: _access, API: _api}
