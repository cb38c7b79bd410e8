"""JSON of others is read in one way: what is nested too deep is judged as what is no JSON at all."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("core", "plugins", "identity_tokens", "microsoft_apps", "addressbook", "schemas")
REFUSALS = frozenset({"ValueError", "DecodeError", "MsgspecError", "JSONDecodeError", "ValidationError"})
"""What a reader of JSON raises for what is none; `RecursionError`, for what is nested too deep, is none of them."""
NO_TEXT = frozenset({"ValueError", "UnicodeDecodeError", "UnicodeError", "UnicodeEncodeError"})
"""For bytes that are no text within a string: msgspec lets Python's own error through, which is no `DecodeError`."""
READERS = frozenset({"json.loads", "msgspec.json.decode", "_DECODER.decode"})


def calls(node: ast.AST) -> Iterator[str]:
    """Yield what is called in a piece of code, as it is written."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            yield ast.unparse(part.func)


def forgetful(source: str) -> Iterator[int]:
    """Yield the lines at which JSON is read in a `try` that judges broken JSON and not JSON that is nested too deep."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Try):
            continue
        read = any(name in READERS or name.endswith(".json") for part in node.body for name in calls(part))
        caught = {
            name.rpartition(".")[2]
            for handler in node.handlers
            if handler.type is not None
            for name in ast.unparse(handler.type).strip("()").split(", ")
        }
        is_deep = "RecursionError" in caught
        if read and caught & REFUSALS and not (is_deep and caught & NO_TEXT):
            yield node.lineno


def test_what_judges_broken_json_judges_deep_json_too() -> None:
    """Where a module reads JSON and refuses what is none, it refuses what would be a fault of the server's as well."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(paths) > 500
    assert [f"{path.relative_to(ROOT)}:{line}" for path in paths for line in forgetful(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("try:\n    json.loads(a)\nexcept ValueError:\n    pass", [1]),
        ("try:\n    b = msgspec.json.decode(a)\nexcept msgspec.DecodeError:\n    pass", [1]),
        ("try:\n    answer.json()\nexcept (KeyError, ValueError):\n    pass", [1]),
        ("try:\n    json.loads(a)\nexcept (ValueError, RecursionError):\n    pass", []),
        ("try:\n    msgspec.json.decode(a)\nexcept (msgspec.DecodeError, RecursionError):\n    pass", [1]),
        ("try:\n    int(a)\nexcept ValueError:\n    pass", []),
    ],
)
def test_the_search_sees_them(source: str, lines: list[int]) -> None:
    """A search that finds nothing anywhere would pass as well."""
    assert list(forgetful(source)) == lines
