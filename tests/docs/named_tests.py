"""Tests that documents name as `path::name`, and whether they exist."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def named_in(text: str) -> list[tuple[str, str]]:
    """Return the path and the name of each test that a text names."""
    return TEST.findall(text)


def missing(named: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those that do not exist."""
    return [(path, name) for path, name in named if name not in _names_in(path)]


@cache
def _names_in(path: str) -> frozenset[str]:
    """Return the names of the tests of a file, also of those in classes."""
    place = ROOT / path
    tree = ast.parse(place.read_text("utf-8") if place.is_file() else "")
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
