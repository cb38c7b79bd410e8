"""What `make check` holds about the house: packaging, the size of the core, what plugins import."""

import importlib
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


@pytest.fixture
def house(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "tools"))
    return importlib.import_module("house")


@pytest.fixture
def face(house: ModuleType) -> ModuleType:
    return importlib.import_module("house_face")


@pytest.fixture
def sizes(house: ModuleType) -> ModuleType:
    return importlib.import_module("house_sizes")


@pytest.fixture
def pages(house: ModuleType) -> ModuleType:
    return importlib.import_module("house_pages")


def test_the_packaging_lists_and_the_folders_agree(house: ModuleType, root: Path) -> None:
    """Wheel packages, development folders and folders on disk are the same."""
    assert house.packaging(tomllib.loads((root / "pyproject.toml").read_text("utf-8"))) == []


def test_explaining_costs_nothing(sizes: ModuleType) -> None:
    """Blanks, comments, docstrings and imports are no lines of code; SQL and broken statements are."""
    assert sizes.lines_of_code(SOURCE) == 9
    assert list(sizes.functions(SOURCE)) == [("double", 14, 7)]


def test_each_folder_says_how_large_it_is(sizes: ModuleType, tmp_path: Path) -> None:
    """Growth is seen: a package, and each folder of it, with the lines of code; the largest first."""
    package = tmp_path / "heron"
    write(package / "wings" / "left.py", "a = 1\nb = 2\n")
    write(package / "__init__.py", "c = 3\n")
    assert list(sizes.report([package])) == [
        "heron: 3 lines of code in 2 files",
        "       2 wings",
        "       1 its own modules",
    ]


def test_what_is_too_long_is_named(sizes: ModuleType, tmp_path: Path) -> None:
    """A file over 400 lines and a function over 60 are faults, in an `__init__` as well; a list of tables is none."""
    package = tmp_path / "heron"
    write(package / "long.py", "x = 1\n" * 401)
    write(package / "wings" / "__init__.py", "x = 1\n" * 401)
    write(package / "tables.py", "x = 1\n" * 401)
    line = "    x = 1\n"
    write(package / "talk.py", f"def talk():\n{line * 60}\n\ndef short():\n{line * 59}")
    assert sizes.too_long([package], tmp_path) == [
        "heron/long.py has 401 lines, more than 400: divide it",
        "heron/talk.py:1 talk has 61 lines, more than 60: divide it",
        "heron/wings/__init__.py has 401 lines, more than 400: divide it",
    ]


def test_a_line_that_nobody_reads_to_its_end_is_named(pages: ModuleType, tmp_path: Path) -> None:
    """161 characters of a template, a style or a script are too many; other files have their own tools."""
    for name in ("long.html", "long.css", "long.js", "long.md"):
        write(tmp_path / name, f"{'x' * 160}\n{'x' * 161}\n")
    files = sorted(tmp_path.iterdir())
    assert pages.long_lines(files, tmp_path) == [
        f"long.{kind}:2 has 161 characters, more than 160" for kind in ("css", "html", "js")
    ]


def test_colours_stand_in_the_theme_alone(pages: ModuleType, tmp_path: Path) -> None:
    """A colour in a style of ours or of a plugin is a fault, but a name, an id in a selector or a comment is none."""
    theme = write(tmp_path / pages.THEMES[0], ":root {\n  --ink: #16222b;\n}\n")
    simulator = write(tmp_path / "plugins/heron/simulator/phone.css", "p {\n  color: #fff;\n}\n")
    style = write(
        tmp_path / "heron.css",
        "/* #fff is white */\n#fade {\n  color: var(--ink);\n  border: 1px solid #FFF;\n  fill: rgb(0 0 0 / 45%);\n}\n",
    )
    assert pages.colours([theme, simulator, style], tmp_path) == [
        "heron.css:4 has a colour of its own; name it in theme.css",
        "heron.css:5 has a colour of its own; name it in theme.css",
    ]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_every_way_to_import_is_seen(face: ModuleType) -> None:
    """Also inside of functions, under other names, and for types only."""
    source = "import budkavle.host as r\ndef f():\n    from budkavle.web.auth import Visitor\n    import budkavle\n"
    assert list(face.imported(source)) == [
        (1, "budkavle.host", ""),
        (3, "budkavle.web.auth", "Visitor"),
        (4, "budkavle", ""),
    ]


def test_a_plugin_imports_names_of_the_faces_alone(face: ModuleType, root: Path, tmp_path: Path) -> None:
    """A module behind the face is a fault, also where it is fetched from the face's package by its name."""
    for path in face.FACES.values():
        write(tmp_path / path, (root / path).read_text("utf-8"))
    lines = (
        "import budkavle",
        "from budkavle import Host, host",
        "from budkavle.web import Form, auth",
        "from budkavle.web.auth import Visitor",
        "from budkavle.testing import TransportContract",
        "from budkavle_schemas import catalog",
    )
    plugin = write(tmp_path / "heron.py", "\n".join(lines))
    allowed = f"a plugin imports names of {', '.join(face.FACES)}"
    assert face.imports([plugin], tmp_path) == [
        f"heron.py:2 imports budkavle.host; {allowed}",
        f"heron.py:3 imports budkavle.web.auth; {allowed}",
        f"heron.py:4 imports budkavle.web.auth.Visitor; {allowed}",
    ]


def test_the_built_in_plugins_import_only_the_face(house: ModuleType, face: ModuleType, root: Path) -> None:
    """What a built-in plugin may do, a stranger's may."""
    assert face.imports(house.plugin_files(), root) == []


def test_a_face_over_its_limit_is_told(
    face: ModuleType, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`budkavle` and `budkavle.web` count together, a folder's face by itself."""
    for path in face.FACES.values():
        write(tmp_path / path, (root / path).read_text("utf-8"))
    assert face.too_many(tmp_path) == []
    monkeypatch.setattr(face, "NAME_LIMIT", 20)
    monkeypatch.setattr(face, "ROOM_LIMIT", 3)
    room, *_, both = face.too_many(tmp_path)
    assert "budkavle.accounts has" in room
    assert "names, more than 20" in both
