"""What `make check` holds about the house: packaging, the size of the core, what plugins import."""

import importlib.util
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

SOURCE = '''"""A module's docstring
over two lines."""

import os
from pathlib import (
    Path,
)

# a comment
LIMIT = 3  # code, with a comment
"""What the limit is."""


def double(value: int) -> int:
    """Double it."""
    import sys

    return max(
        value,
        LIMIT,
    )


QUERY = """
    SELECT 1
"""
'''
"""Nine lines of code: the limit, the function's head, the four of its call, and the three of the query."""


@pytest.fixture(scope="module")
def house(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("house", root / "tools/house.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_packaging_lists_and_the_folders_agree(house: ModuleType, root: Path) -> None:
    """Wheel packages, development folders and folders on disk are the same."""
    assert house.packaging(tomllib.loads((root / "pyproject.toml").read_text("utf-8"))) == []


def test_explaining_costs_nothing(house: ModuleType) -> None:
    """Blanks, comments, docstrings and imports are no lines of code; SQL and broken statements are."""
    assert house.lines_of_code(SOURCE) == 9


def test_every_way_to_import_is_seen(house: ModuleType) -> None:
    """Also inside of functions, under other names, and for types only."""
    source = "import budkavle.host as r\ndef f():\n    from budkavle.web.auth import Visitor\n    import budkavle\n"
    assert list(house.imported(source)) == [(1, "budkavle.host"), (3, "budkavle.web.auth"), (4, "budkavle")]


def test_the_built_in_plugins_import_only_the_face(house: ModuleType) -> None:
    """What a built-in plugin may do, a stranger's may."""
    assert house.imports_of_plugins() == []
