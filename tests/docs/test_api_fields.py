"""docs/api-fields.md has exactly the fields that are given away, where a type or a function makes them.

What only a whole process gives is held to the page where that process is tested: look for `check_fields`.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from inspect import getmembers, isclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from scim2_models import EnterpriseUser, Error, ListResponse, User
from scim2_models import Meta as ScimMeta
from tests.docs.api_fields import PAGE, ROOT, check_fields, tables
from tests.reading_code import nodes

from budkavle.notices import Notice, NoticeKind, NoticeLink
from budkavle.storage.audit import Entry
from budkavle_case_system import webhooks
from budkavle_message_api import formats
from budkavle_message_api.server import openapi
from budkavle_phone.app.manifest import manifest
from budkavle_phone.push.notifier import content_of
from budkavle_scim.server.resources import Group, Member
from budkavle_siem import ocsf, syslog

TEXT = PAGE.read_text("utf-8")
STRUCTS = {name: kind for name, kind in getmembers(formats, isclass) if issubclass(kind, msgspec.Struct)}
OWN = {name: kind for name, kind in STRUCTS.items() if kind.__module__ == formats.__name__}
SCIM = {kind.__name__: kind for kind in (User, EnterpriseUser, Group, Member, ListResponse, Error)}
ROUTES = {"get", "post", "put", "patch", "delete", "route", "websocket"}
JSON = re.compile(r"json|JSON|PROBLEM|\bMEDIA\b|event-stream")
LOG = ocsf.Log(uuid4(), "meddelande.habo.example")
WHERE = ("core/budkavle/web", "plugins")


@pytest.mark.parametrize("name", OWN)
def test_the_standard_api_gives_what_the_page_has(name: str) -> None:
    """Each type of the API has a table with the names that stand in the JSON."""
    assert set(tables()[f"Type {name}"]) == {field.encode_name for field in msgspec.structs.fields(OWN[name])}


@pytest.mark.parametrize("name", [*SCIM, "Meta of SCIM"])
def test_scim_gives_what_the_page_has(name: str) -> None:
    """Each type of SCIM has a table."""
    fields = SCIM.get(name, ScimMeta).model_fields
    assert set(tables()[f"Type {name}"]) == {field.serialization_alias or key for key, field in fields.items()}


def test_each_table_of_a_type_has_its_type() -> None:
    """A type that has gone takes its table with it."""
    titles = {title.removeprefix("Type ") for title in tables() if title.startswith("Type ")}
    assert titles == {*OWN, *SCIM, "Meta of SCIM"}


def test_the_openapi_document_has_what_the_page_has() -> None:
    """The token, its refusal and what the token address tells of itself."""
    paths = openapi.document("https://x.example")["paths"]
    token, metadata = (next(path for path in paths if path.endswith(end)) for end in ("/token", "-server"))
    answers = paths[token]["post"]["responses"]
    kinds = {
        "Token": answers["200"],
        "Refused token": answers["401"],
        "Metadata of the token address": paths[metadata]["get"]["responses"]["200"],
    }
    for heading, answer in kinds.items():
        assert set(tables()[heading]) == set(answer["content"]["application/json"]["schema"]["properties"]), heading


def test_a_siem_gets_what_the_page_has() -> None:
    """An entry with all that one can have, as text and in each class of OCSF."""
    entries = [_entry(kind) for kind in ("user.signed-in", "mailbox.member-added", "message.sent")]
    check_fields("Event as text", *(_bare(json.loads(syslog.plain_line(LOG, entry)), "facts") for entry in entries))
    check_fields("Event as OCSF", *(_bare(ocsf.event(LOG, entry), "unmapped") for entry in entries))


def test_a_webhook_a_push_and_the_manifest_have_what_the_page_has() -> None:
    """What plugins make of what they are given."""
    ids = dict.fromkeys(("mailbox", "case", "message"), str(uuid4()))
    check_fields("Webhook", json.loads(webhooks.body("message.received", datetime.now(UTC), ids)))
    notice = Notice(
        NoticeKind.PUSH, "", "x.new", "Nytt", "Nytt meddelande", link=NoticeLink("Läs", "https://x.example/c/1")
    )
    check_fields("Push", json.loads(content_of(notice)))
    shown = manifest(str, str, "sv")
    assert set(tables()["App manifest"]) == set(shown)


def test_no_module_gives_json_unseen() -> None:
    """Each module with a route that answers a program stands on the page, and each that stands there exists."""
    named = set(re.findall(r"`((?:core|plugins)/[\w/.]+\.py)`", TEXT))
    assert all((ROOT / name).is_file() for name in named)
    assert {name for name in _modules() if _gives_json(ROOT / name)} <= named


def test_each_table_is_held() -> None:
    """A table that no test names would say what it likes."""
    paths = [path for path in (ROOT / "tests").rglob("test_*.py") if "node_modules" not in path.parts]
    tests = "\n".join(path.read_text("utf-8") for path in paths)
    unheld = {title for title in tables() if not title.startswith("Type ") and f'"{title}"' not in tests}
    assert not unheld


def _modules() -> Iterator[str]:
    for folder in WHERE:
        for path in (ROOT / folder).rglob("*.py"):
            parts = path.relative_to(ROOT).parts
            if not {"simulator", "upstream", "migrations", "static"} & set(parts) and ".venv" not in parts:
                yield "/".join(parts)


def _gives_json(path: Path) -> bool:
    return any(_is_giver(node) for node in nodes(path, ("media_type", *(f"@{route}" for route in ROUTES))))


def _is_giver(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        kinds = [ast.unparse(each.value) for each in node.keywords if each.arg == "media_type"]
        return ast.unparse(node.func) in {"Response", "Stream"} and any(JSON.search(kind) for kind in kinds)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    made = {ast.unparse(each.func if isinstance(each, ast.Call) else each) for each in node.decorator_list}
    returns = ast.unparse(node.returns) if node.returns else ""
    return bool(made & ROUTES) and ("websocket" in made or "dict[" in returns or "list[" in returns)


def _entry(kind: str) -> Entry:
    facts = {"user": str(uuid4()), "mailbox": str(uuid4()), "role": "admin", "method": "BankID"}
    entry = Entry(7, datetime(2026, 11, 27, 12, tzinfo=UTC), kind, str(uuid4()), "Åsa Ek", str(uuid4()), facts)
    return replace(entry, session="s", address="a", way="BankID", loa=3)


def _bare(event: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an event without what is in the facts of its entry, which are the log's own."""
    return {**event, name: {}}
