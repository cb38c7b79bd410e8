"""The names of a face: written once, as imports that a type checker reads, and imported at their first use."""

import ast
import linecache
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple


class Home(NamedTuple):
    """Where a name of a face comes from."""

    module: str
    name: str


@cache
def homes(face: str) -> dict[str, Home]:
    """Return the names of a face and where each comes from, as its block `if TYPE_CHECKING:` says.

    Two lines are read there: `from module import name as name`, and `name = module.other` for a thing that is called
    otherwise in its own module.

    Args:
        face: The name of the module, which has been imported.
    """
    module = sys.modules[face]
    source = "".join(linecache.getlines(str(module.__file__), vars(module)))
    block = next(node for node in ast.parse(source).body if isinstance(node, ast.If))
    names: dict[str, Home] = {}
    modules: dict[str, str] = {}
    for line in block.body:
        match line:
            case ast.ImportFrom(module=str(origin), names=aliases):
                names |= {alias.name: Home(origin, alias.name) for alias in aliases if alias.asname}
                modules |= {alias.name: f"{origin}.{alias.name}" for alias in aliases if not alias.asname}
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute(value=ast.Name(id=origin), attr=other)):
                names[name] = Home(modules[origin], other)
    return names


def lazy_names(face: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the functions `__getattr__` and `__dir__` of a face (PEP 562).

    Args:
        face: The module's `__name__`.
    """

    def fetch(name: str) -> Any:
        if name == "__all__":
            return sorted(homes(face))
        if name.startswith("__") or name not in homes(face):
            raise AttributeError(f"module {face!r} has no attribute {name!r}")
        home = homes(face)[name]
        return vars(sys.modules[face]).setdefault(name, getattr(import_module(home.module), home.name))

    def names() -> list[str]:
        return sorted({*vars(sys.modules[face]), *homes(face)})

    return fetch, names
