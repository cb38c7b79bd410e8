"""docs/log-inventory.md has each event, field and kind that the code has, and no others."""

import ast
import re
from pathlib import Path

from tests.reading_code import nodes

from budkavle.logs import FIELDS, SAID
from budkavle.web.views.event_texts import INSTALLATION_WORDS, WORDS

ROOT = Path(__file__).parents[2]
CODE = ("core", "plugins", "addressbook", "identity_tokens", "microsoft_apps")
EXAMPLES = ("testing", "plugin_template", "hookspecs.py")
LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
CALLS = [f".{level}(" for level in LEVELS]


def listed(heading: str) -> set[str]:
    """What stands as code below a heading, in the document's rows and lists."""
    text = (ROOT / "docs/log-inventory.md").read_text("utf-8")
    part = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0].split("\nPlugins add", 1)[0]
    return set(re.findall(r"`([^`]+)`", part))


def logged() -> set[str]:
    """The events that the code writes into the service log."""
    files = [path for folder in CODE for path in (ROOT / folder).rglob("*.py")]
    files = [path for path in files if not set(path.parts) & set(EXAMPLES)]
    return {SAID, *(name for path in files for node in nodes(path, CALLS) if (name := _event(node)))}


def test_each_event_of_the_service_log_is_listed() -> None:
    """An operator who looks for what can come finds it."""
    events = logged()
    assert {"web.failed", "sign-in.failed", "plugin.paused", "siem.not_sent"} <= events
    assert listed("Events of the service log") == events


def test_each_field_of_the_service_log_is_listed() -> None:
    """Whoever judges what a log may have sees all of it."""
    assert listed("Fields of the service log") == FIELDS


def test_each_kind_of_the_event_log_is_listed() -> None:
    """Those of the core; a plugin that has its own is named."""
    assert listed("Kinds in an organisation's event log") == WORDS.keys()
    assert listed("Kinds in the installation's event log") == INSTALLATION_WORDS.keys()
    text = (ROOT / "docs/log-inventory.md").read_text("utf-8")
    for path in (ROOT / "plugins").glob("*/budkavle_*/plugin.py"):
        if "budkavle_event_words" in path.read_text("utf-8"):
            assert f"`{path.parent.name}`" in text


def _event(node: ast.AST) -> str:
    """The event that a call logs; empty where it is another call."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in LEVELS:
        return ""
    is_log = ast.unparse(node.func.value).endswith("log")
    return str(node.args[0].value) if is_log and node.args and isinstance(node.args[0], ast.Constant) else ""
