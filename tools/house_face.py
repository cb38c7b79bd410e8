"""The public API: its number of names, and that plugins import its names and nothing behind them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from house_syntax import nodes

ROOMS = (
    *("accounts", "approvals", "identification", "cases", "deliveries", "messaging"),
    *("notices", "operations", "organisation", "storage"),
)
"""Folders whose `__init__` offers the functions of the folder to plugins."""
FACES = {
    "budkavle": "core/budkavle/__init__.py",
    **{f"budkavle.{folder}": f"core/budkavle/{folder}/__init__.py" for folder in ("web", *ROOMS, "testing")},
    "budkavle.web.webhooks": "core/budkavle/web/webhooks/__init__.py",
}
NAME_LIMIT = 120
"""Names in `budkavle` and `budkavle.web` together: what every plugin author has to look through."""
ROOM_LIMIT = 30
"""The most names that one folder offers."""


def names(source: str) -> set[str]:
    """Return the names of a public module: those that its block `if TYPE_CHECKING:` imports or defines."""
    block = next(node for node in ast.parse(source).body if isinstance(node, ast.If))
    found: set[str] = set()
    for line in block.body:
        if isinstance(line, ast.ImportFrom):
            found |= {alias.asname for alias in line.names if alias.asname}
        elif isinstance(line, ast.Assign):
            found |= {target.id for target in line.targets if isinstance(target, ast.Name)}
    return found


def too_many(root: Path) -> list[str]:
    """Return a fault for each limit of the public API that is exceeded."""
    counts = {face: len(names((root / path).read_text("utf-8"))) for face, path in FACES.items()}
    both = counts["budkavle"] + counts["budkavle.web"]
    faults = [
        f"{face} has {counts[face]} names, more than {ROOM_LIMIT}" for face in rooms() if counts[face] > ROOM_LIMIT
    ]
    if both > NAME_LIMIT:
        faults.append(f"budkavle and budkavle.web have {both} names, more than {NAME_LIMIT}: which can leave?")
    return faults


def rooms() -> list[str]:
    """Return the names of the public modules that offer the functions of one folder."""
    return [f"budkavle.{folder}" for folder in ROOMS]


def imports(files: Sequence[Path], root: Path) -> list[str]:
    """Return a fault for each import of a plugin that is not a name of the public API."""
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
    """Yield each import of a file: its line, the module, and the name imported from it, or an empty string."""
    for node in nodes(source):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)
