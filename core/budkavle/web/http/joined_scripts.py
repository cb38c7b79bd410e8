"""Bundles scripts: a module that only one script needs is joined into it, so that a page fetches fewer files.

A module that several scripts need stays a separate file, because its state must exist only once, unless it has only
functions. A module with dynamic imports, or one that reads its own address, stays separate too.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping

_IMPORT = re.compile(r'^import\s+(?:(\{[^}]*\}|\*\s+as\s+\w+)\s+from\s+)?"(\.[^"]+)";\n?', re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(?=(?:async\s+)?(?:const|let|class|function\*?)\s+(\w+))", re.MULTILINE)
_ALONE = re.compile(r"\bimport\s*[.(]|^await\b|^export\s*(?:[{*]|default\b)", re.MULTILINE)
_FUNCTIONS_ALONE = re.compile(r"(?:export (?:const \w+ = \([^()]*\) =>|function \w+)|[\s})/]).*|")


class Scripts:
    """The modules of one folder, as formatted by biome.

    Args:
        sources: The content of each file, by its path from the folder.
    """

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._imports = {name: [_resolve(name, path) for _, path in _IMPORT.findall(sources[name])] for name in sources}
        self._homes = self._find_homes()

    def joined(self) -> dict[str, str]:
        """Return the files that browsers fetch, each with the modules joined into it."""
        return {name: self._join(name) for name in self._sources if name in self._homes[name]}

    def _find_homes(self) -> dict[str, set[str]]:
        """Return the files that contain each module: the only one that needs it, its own file, or all that need it."""
        imported = {other for several in self._imports.values() for other in several}
        files = {name: {name} for name in self._sources if name not in imported or self._stands_alone(name)}
        for start in list(files):
            for name in self._below(start):
                if not self._stands_alone(name):
                    files.setdefault(name, set()).add(start)
        homes = {
            name: starts if len(starts) == 1 or self._remembers_nothing(name) else {name}
            for name, starts in files.items()
        }
        for own in [name for name, starts in homes.items() if starts == {name} and name in imported]:
            for name in self._below(own):
                if self._remembers_nothing(name) and not self._stands_alone(name):
                    homes[name] = homes[name] | {own}
        return homes

    def _remembers_nothing(self, name: str) -> bool:
        return all(map(_FUNCTIONS_ALONE.fullmatch, self._sources[name].splitlines()))

    def _stands_alone(self, name: str) -> bool:
        outside = any(other not in self._sources for other in self._imports[name])
        return outside or _ALONE.search(self._sources[name]) is not None

    def _below(self, name: str, above: tuple[str, ...] = ()) -> Iterator[str]:
        """Yield all that a module imports, in order of execution, except what its separate modules import."""
        if name in above:
            raise ValueError(f"Scripts import each other in a circle: {', '.join([*above, name])}.")
        for other in self._imports[name]:
            if other in self._sources:
                yield from () if self._stands_alone(other) else self._below(other, (*above, name))
                yield other

    def _join(self, file: str) -> str:
        below = list(dict.fromkeys(self._below(file)))
        inside = [name for name in below if file in self._homes[name]]
        apart = {other for name in inside for other in self._imports[name]} - set(inside)
        folder = posixpath.dirname(file)
        heads = [
            f'import * as {_variable(other)} from "./{posixpath.relpath(other, folder or ".")}";'
            for other in below
            if other in apart
        ]
        bodies = [self._wrapped(name) for name in inside]
        own = _IMPORT.sub(
            lambda line: _bound(line, file) if _resolve(file, line[2]) in inside else line[0], self._sources[file]
        )
        return "\n".join([*heads, *bodies, own])

    def _wrapped(self, name: str) -> str:
        """Wrap a module in a function that returns its exports, so that its names stay local."""
        source = self._sources[name]
        body = _EXPORT.sub("", _IMPORT.sub(lambda line: _bound(line, name), source))
        exports = ", ".join(_EXPORT.findall(source))
        return f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();"


def _resolve(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", f"in_{name.removesuffix('.js')}")


def _bound(line: "re.Match[str]", name: str) -> str:
    """Turn an import into constants taken from the module's variable."""
    names, variable = line[1], _variable(_resolve(name, line[2]))
    if not names:
        return ""
    if names.startswith("*"):
        return f"const {names.split()[-1]} = {variable};\n"
    return f"const {names.replace(' as ', ': ')} = {variable};\n"
