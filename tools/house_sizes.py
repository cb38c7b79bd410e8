"""The size of the project: its folders, printed so that growth is visible, and limits for files and functions."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from house_syntax import nodes

FILE_LIMIT = 400
"""The most lines of a file, including all. Lists of names may be longer."""
FUNCTION_LIMIT = 60
"""The most lines of a function without its docstring, so that explaining is free. Migrations may have longer tables."""
LISTS = {"tables.py", "migrations", "hookspecs.py"}
EMPTY = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def report(packages: Sequence[Path]) -> Iterator[str]:
    """Yield the size of each package and each of its folders in lines of code, the largest first."""
    for package in packages:
        sizes: Counter[str] = Counter()
        files = sorted(package.rglob("*.py"))
        for path in files:
            parts = path.relative_to(package).parts
            sizes[parts[0] if len(parts) > 1 else "its own modules"] += lines_of_code(path.read_text("utf-8"))
        yield f"{package.name}: {sizes.total()} lines of code in {len(files)} files"
        yield from (f"  {lines:6} {folder}" for folder, lines in sizes.most_common())


def too_long(packages: Sequence[Path], root: Path) -> list[str]:
    """Return a fault for each file and function that is too long."""
    faults = []
    for package in packages:
        for path in sorted(package.rglob("*.py")):
            if set(path.relative_to(package).parts) & LISTS:
                continue
            source, name = path.read_text("utf-8"), path.relative_to(root).as_posix()
            length = len(source.splitlines())
            if length > FILE_LIMIT:
                faults.append(f"{name} has {length} lines, more than {FILE_LIMIT}: divide it")
            faults += [
                f"{name}:{line} {function} has {lines} lines, more than {FUNCTION_LIMIT}: divide it"
                for function, line, lines in functions(source)
                if lines > FUNCTION_LIMIT
            ]
    return faults


def functions(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield each function: its name, its first line, and its number of lines without the docstring."""
    for node in nodes(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            yield node.name, node.lineno, _height(node) - (_height(first) if _is_docstring(first) else 0)


def _height(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def lines_of_code(source: str) -> int:
    """Count the lines that do something: no blanks, comments, strings on their own, or imports."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in EMPTY:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in nodes(source):
        if isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.stmt) and _is_docstring(node)):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
