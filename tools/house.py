"""Hold the house together: folders and packaging, the sizes in the core, what plugins import, what may not stand."""

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
CORE = ROOT / "core" / "budkavle"
FILE_LIMIT = 400
"""Lines of any file of the core, all of them counted; lists of names may be longer."""
LISTS = {"tables.py", "migrations", "__init__.py"}
EMPTY = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
FORBIDDEN = {
    "a machine's path": re.compile(r"/(?:work|root|home/\w+)/"),
    "a registry's host": re.compile(r"pypi\.[o]rg|pythonhosted\.[o]rg|registry\.[n]pmjs|deb\.[d]ebian"),
}
TEXT = {".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ".json", ".xsd", ".po", ".sh", ".yml", ""}


def packaging(project: dict[str, dict[str, dict[str, object]]]) -> list[str]:
    """The wheel's packages, the development folders and the folders on disk are the same."""
    build = project["tool"]["hatch"]["build"]
    packages = sorted(build["targets"]["wheel"]["packages"])  # type: ignore[index,call-overload]
    yards = sorted(build["dev-mode-dirs"])  # type: ignore[call-overload]
    pattern = ("core/*", "addressbook/*", "schemas/*", "plugins/*/*")
    found = sorted(name_of(p.parent) for glob in pattern for p in ROOT.glob(f"{glob}/__init__.py") if p.is_file())
    faults = []
    if packages != found:
        faults.append(f"wheel packages {packages} are not the folders {found}")
    if yards != sorted({str(Path(p).parent) for p in packages}):
        faults.append(f"dev-mode-dirs {yards} are not the yards of {packages}")
    return faults


def size_of_core() -> list[str]:
    """Print how large each folder of the core is, so that growth is seen; no file of it is too long to read."""
    files = sorted(CORE.rglob("*.py"))
    sizes: Counter[str] = Counter()
    for path in files:
        folder = path.relative_to(CORE).parts[0] if path.parent != CORE else "its own modules"
        sizes[folder] += lines_of_code(path.read_text("utf-8"))
    print(f"the core: {sum(sizes.values())} lines of code in {len(files)} files")
    for folder, lines in sizes.most_common():
        print(f"  {lines:6} {folder}")
    faults = []
    for path in files:
        length = len(path.read_text("utf-8").splitlines())
        if length > FILE_LIMIT and not below(path) & LISTS:
            faults.append(f"{name_of(path)} has {length} lines, more than {FILE_LIMIT}: divide it")
    return faults


def lines_of_code(source: str) -> int:
    """Count the lines that do something: no blanks, comments, strings that stand alone, or imports."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in EMPTY:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.Expr) and _is_text(node.value)):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def imports_of_plugins() -> list[str]:
    """A plugin imports the core's face, `budkavle`, and nothing behind it."""
    files = sorted(path for yard in ("plugins", "addressbook") for path in (ROOT / yard).rglob("*.py"))
    return [
        f"{name_of(path)}:{line} imports {module}; a plugin imports only `budkavle`"
        for path in files
        for line, module in imported(path.read_text("utf-8"))
        if module.startswith("budkavle.")
    ]


def imported(source: str) -> Iterator[tuple[int, str]]:
    """Each module that a file imports, with the line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def forbidden_words() -> list[str]:
    """No path of a machine and no registry's host stands in a file of the project."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    faults = []
    for name in filter(None, names.split("\0")):
        path = ROOT / name
        if path.suffix not in TEXT or not path.is_file():
            continue
        text = path.read_text("utf-8", errors="replace")
        faults += [f"{name}: {what}" for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    return faults


def below(path: Path) -> set[str]:
    """The folders between the core and a file, and the file's own name."""
    return set(path.relative_to(CORE).parts)


def name_of(path: Path) -> str:
    """How a file is called in a fault."""
    return path.relative_to(ROOT).as_posix()


def main() -> int:
    """Print what does not hold; 1 when anything does not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    faults = [*packaging(project), *size_of_core(), *imports_of_plugins(), *forbidden_words()]
    for fault in faults:
        print(f"house: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
