"""The face: how many names it has, and that plugins import its names and nothing behind them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

FACES = {
    "budkavle": "core/budkavle/__init__.py",
    "budkavle.web": "core/budkavle/web/__init__.py",
    "budkavle.testing": "core/budkavle/testing/__init__.py",
}
NAME_LIMIT = 180
"""Names in `budkavle` and `budkavle.web` together. The aim is 120 (ADR 047); this number only ever goes down."""


def names(source: str) -> set[str]:
    """Return the names that a face has: those that its block `if TYPE_CHECKING:` imports or makes."""
    block = next(node for node in ast.parse(source).body if isinstance(node, ast.If))
    found: set[str] = set()
    for line in block.body:
        if isinstance(line, ast.ImportFrom):
            found |= {alias.asname for alias in line.names if alias.asname}
        elif isinstance(line, ast.Assign):
            found |= {target.id for target in line.targets if isinstance(target, ast.Name)}
    return found


def too_many(root: Path) -> list[str]:
    """Say where the face has grown over its limit."""
    count = sum(len(names((root / FACES[face]).read_text("utf-8"))) for face in ("budkavle", "budkavle.web"))
    return [] if count <= NAME_LIMIT else [f"the face has {count} names, more than {NAME_LIMIT}: which can leave?"]


def imports(files: Sequence[Path], root: Path) -> list[str]:
    """A plugin imports names of the faces, and no module behind them."""
    known = {face: names((root / path).read_text("utf-8")) for face, path in FACES.items()}
    return [
        f"{path.relative_to(root).as_posix()}:{line} imports {thing}; a plugin imports names of {', '.join(FACES)}"
        for path in files
        for line, module, name in imported(path.read_text("utf-8"))
        for thing in [f"{module}.{name}" if name else module]
        if module.partition(".")[0] == "budkavle" and not _is_open(known, module, name)
    ]


def _is_open(known: dict[str, set[str]], module: str, name: str) -> bool:
    return module in known and (not name or name in known[module])


def imported(source: str) -> Iterator[tuple[int, str, str]]:
    """Each import of a file: its line, the module, and the name that it takes from it, or nothing."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)
