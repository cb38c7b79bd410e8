"""The structure of the packages: the number of modules in a folder, and that imports have no cycles.

`tools/house.py` prints what these functions return. Unlike import-linter they count imports inside functions and those
only for types, and they check modules, not only folders.
"""

import ast
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path

from house_syntax import nodes

MODULES_IN_A_FOLDER = 16
"""The most modules of one folder, except for its `__init__`. Migrations are a list that only grows."""
LISTS = frozenset({"migrations"})

Imports = Mapping[str, set[str]]
"""Each module of a package, and the modules of the same package that it imports."""


def plan(packages: Sequence[Path]) -> list[str]:
    """Return the faults in the structure of all packages."""
    faults = []
    for package in packages:
        imports = imports_of(package)
        between_modules = list(circles(imports))
        faults += [*full_folders(package), *between_modules, *imports_of_plugin(package.name, imports)]
        faults += [] if between_modules else circles(rooms(imports))
    return faults


def full_folders(package: Path) -> Iterator[str]:
    """Yield a fault for each folder of a package that has too many modules."""
    for folder in [package, *sorted(path for path in package.rglob("*") if path.is_dir())]:
        count = sum(path.name != "__init__.py" for path in folder.glob("*.py"))
        if count > MODULES_IN_A_FOLDER and not LISTS & set(folder.relative_to(package).parts):
            name = folder.relative_to(package.parent).as_posix()
            yield f"{name} has {count} modules, more than {MODULES_IN_A_FOLDER}: make folders of it"


def circles(imports: Imports) -> Iterator[str]:
    """Yield a fault for each group of modules that import each other in a cycle."""
    for group in _strong_components(imports):
        yield f"these import each other in a circle: {', '.join(sorted(group))}"


def imports_of_plugin(package: str, imports: Imports) -> Iterator[str]:
    """Yield a fault for each module that imports its package's `plugin.py`, which only registers."""
    plugin = f"{package}.plugin"
    for module in sorted(imports):
        if plugin in imports[module]:
            yield f"{module} imports {plugin}; what they share belongs in a module of its own, such as `parts`"


def rooms(imports: Imports) -> dict[str, set[str]]:
    """Return for each folder of a package, or module in its root, which of the others it imports."""
    graph: dict[str, set[str]] = {}
    for module, imported in imports.items():
        room = _room(module)
        graph.setdefault(room, set()).update({_room(name) for name in imported} - {room})
    return graph


def _room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def imports_of(package: Path) -> dict[str, set[str]]:
    """Return what each module of a package imports of the same package, wherever the import is.

    Args:
        package: The folder of the package.

    Returns:
        The imported modules by module. `from package.folder import module` counts as the module, and
        `from package.folder import name` as the folder's `__init__`.
    """
    files = {_module(package, path): path for path in sorted(package.rglob("*.py"))}
    imports: dict[str, set[str]] = {}
    for module, path in files.items():
        base = module if path.name == "__init__.py" else module.rpartition(".")[0]
        names = set(_imported(path.read_text("utf-8"), base))
        imports[module] = {_nearest(name, files) for name in names} - {module, ""}
    return imports


def _module(package: Path, path: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(source: str, base: str) -> Iterator[str]:
    """Yield the full name of each import, also of a relative import below `base`."""
    for node in nodes(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = base.split(".")
            parent = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (parent, node.module)))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _nearest(name: str, modules: Container[str]) -> str:
    """Return the module that a name is, or that contains it. Empty outside of the package."""
    return next((module for module in (name, name.rpartition(".")[0]) if module in modules), "")


def _strong_components(imports: Imports) -> list[set[str]]:
    """Return the groups of two and more modules that all reach each other."""
    reachable = {module: _reachable(module, imports) for module in imports}
    groups: list[set[str]] = []
    for module in sorted(imports):
        if module in reachable[module] and not any(module in group for group in groups):
            groups.append({other for other in reachable[module] if module in reachable[other]})
    return groups


def _reachable(start: str, imports: Imports) -> set[str]:
    reached: set[str] = set()
    waiting = list(imports.get(start, ()))
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += imports.get(module, ())
    return reached
