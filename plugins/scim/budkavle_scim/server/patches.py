"""Corrects requests that deviate from the standard before they are validated; and reads member changes by id."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from budkavle import as_uuid
from budkavle_scim.server.resources import ENTERPRISE

_ONE_MEMBER = re.compile(r'members\[\s*value\s+eq\s+"([^"]+)"\s*\]', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MemberChange:
    """Members that are added to a group, or removed.

    Attributes:
        adds: Whether they are added.
        ids: The users; invalid ids are left out.
    """

    adds: bool
    ids: tuple[UUID, ...]


def mended(payload: object) -> Any:
    """Return a body as the standard requires: manager as an object, members without names.

    Entra sends a manager as a plain text, with or without its schema's name. Okta sends names of members, which are
    read-only here.
    """
    if not isinstance(payload, dict):
        return payload
    body = {name: _mended_value(name, value) for name, value in payload.items()}
    for name, value in body.items():
        if name.lower() == "operations" and isinstance(value, list):
            body[name] = [_mended_operation(operation) for operation in value]
    return body


def member_changes(payload: Mapping[str, Any]) -> Sequence[MemberChange] | None:
    """Return the changes of a PATCH that only changes members by id; None for any other.

    Such a request goes directly to rows: a group of 5,000 need not be read to add a member.
    """
    operations = next((value for name, value in payload.items() if name.lower() == "operations"), None)
    if not isinstance(operations, list) or not operations:
        return None
    changes = [_member_change(operation) for operation in operations if isinstance(operation, dict)]
    if len(changes) != len(operations) or None in changes:
        return None
    return [change for change in changes if change]


def _member_change(operation: Mapping[str, Any]) -> MemberChange | None:
    word, path, value = str(operation.get("op", "")).lower(), operation.get("path"), operation.get("value")
    if not isinstance(path, str):
        return None
    if word == "remove" and value is None and (match := _ONE_MEMBER.fullmatch(path)):
        return MemberChange(False, tuple(_ids([{"value": match[1]}])))
    if path.lower() != "members" or word not in {"add", "remove"} or not isinstance(value, list) or not value:
        return None
    if not all(isinstance(member, dict) and isinstance(member.get("value"), str) for member in value):
        return None
    return MemberChange(word == "add", tuple(_ids(value)))


def _ids(values: Sequence[Mapping[str, Any]]) -> Iterator[UUID]:
    for value in values:
        identifier = as_uuid(value["value"])
        if identifier is not None:
            yield identifier


def _mended_operation(operation: object) -> object:
    if not isinstance(operation, dict):
        return operation
    operation = dict(operation)
    path, value = operation.get("path"), operation.get("value")
    if isinstance(path, str):
        if path.lower() == "manager":  # without its schema's name
            operation["path"] = path = f"{ENTERPRISE}:manager"
        operation["value"] = _mended_value(path, value)
    elif isinstance(value, dict):
        operation["value"] = {name: _mended_value(name, inner) for name, inner in value.items()}
    return operation


def _mended_value(name: str, value: object) -> object:
    last = name.lower()
    if last == ENTERPRISE.lower() and isinstance(value, dict):
        return {inner: _mended_value(f"{ENTERPRISE}:{inner}", content) for inner, content in value.items()}
    if last == f"{ENTERPRISE}:manager".lower():
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        return ({"value": value} if value else None) if isinstance(value, str) else value
    if last == "members" and isinstance(value, list):
        return [_bare(member) for member in value]
    return value


def _bare(member: object) -> object:
    """Return a member without its name and null values."""
    if not isinstance(member, dict):
        return member
    return {name: value for name, value in member.items() if name.lower() != "display" and value is not None}
