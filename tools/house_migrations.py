"""What came after the last release only adds to the tables, so that the last release works on them too.

Removing (dropping, renaming, narrowing) waits for the release after the one that no longer uses it. The revision then
says so with `CONTRACTS = "why the last release does not need it"`. The last release is defined only in LAST.
"""

import ast
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

LAST: Final = Path("tools/release/last.json")
CONTRACTS: Final = "CONTRACTS"
WHY: Final = ", which the last release may use; add now, and take away a release later"
TAKES_AWAY: Final = frozenset({"drop_table", "drop_column", "drop_constraint", "rename_table"})
NARROWS: Final = frozenset(
    {"create_check_constraint", "create_foreign_key", "create_unique_constraint", "create_exclude_constraint"}
)
_NAME: Final = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:ONLY\s+)?(?:public\.)?\"?(\w+)"
_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_CREATED: Final = re.compile(rf"(?i)\bCREATE\s+TABLE\s+{_NAME}")
_ALTERED: Final = re.compile(rf"(?i)\bALTER\s+TABLE\s+{_NAME}\"?\s+([^;]*)")
_DROPPED: Final = re.compile(r"(?i)\bDROP\s+(?:TABLE|VIEW|MATERIALIZED\s+VIEW|TYPE|DOMAIN|SEQUENCE|FUNCTION)\b")
_UNIQUE_INDEX: Final = re.compile(
    rf"(?i)\bCREATE\s+UNIQUE\s+INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?\w*\s+ON\s+{_NAME}"
)
_ACTIONS: Final = re.compile(r"(?i),\s*(?=(?:ADD|ALTER|DROP|RENAME|SET)\b)")
_CONTRACTING: Final = re.compile(
    r"(?i)\bDROP\s+(?!DEFAULT|NOT\s+NULL|EXPRESSION|IDENTITY)|\bRENAME\b|\bSET\s+NOT\s+NULL\b"
    r"|\bALTER\s+(?:COLUMN\s+)?\w+\s+(?:SET\s+DATA\s+)?TYPE\b"
    r"|\bADD\s+(?:CONSTRAINT|CHECK|UNIQUE|FOREIGN|PRIMARY|EXCLUDE)\b"
)
_MUST_BE_GIVEN: Final = re.compile(r"(?i)\bADD\b(?!.*\b(?:DEFAULT|GENERATED)\b).*\bNOT\s+NULL\b", re.DOTALL)


@dataclass
class Revision:
    """A revision: its module, and the SQL beside it with the same number.

    Attributes:
        module: The path of the Python file.
        sql: The paths of its SQL.
    """

    module: Path
    sql: list[Path] = field(default_factory=list)


def contracting(root: Path) -> list[str]:
    """Return what revisions newer than the last release remove without giving a reason."""
    released = _released(root)
    if released is None:
        return []
    faults: list[str] = []
    for revision in _newer(root, released):
        faults += faults_in(revision, root)
    return faults


def faults_in(revision: Revision, root: Path) -> list[str]:
    """Return what one revision removes on its way up, one line each."""
    tree = ast.parse(revision.module.read_text("utf-8"))
    if any(_assigns(node) for node in tree.body):
        return []
    upward = [node for node in tree.body if not (isinstance(node, ast.FunctionDef) and node.name == "downgrade")]
    calls = [node for part in upward for node in ast.walk(part) if isinstance(node, ast.Call)]
    texts = [(revision.module, line, text) for line, text in _strings(upward)]
    texts += [(path, 1, path.read_text("utf-8")) for path in revision.sql]
    made = {_text(call.args[0]) for call in calls if _called(call) == "create_table" and call.args}
    made |= {name for _, _, text in texts for name in _CREATED.findall(text)}
    wrong = [(revision.module, call.lineno, said) for call in calls for said in _of_call(call, made)]
    wrong += [(path, line, said) for path, line, text in texts for said in of_sql(text, made)]
    return [f"{path.relative_to(root).as_posix()}:{line} {said}{WHY}" for path, line, said in wrong]


def of_sql(text: str, made: set[str] | frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield what SQL removes from tables that are not created in the same revision."""
    plain = _COMMENT.sub(" ", text)
    for match in _DROPPED.finditer(plain):
        yield f"says {' '.join(match[0].split()).upper()}"
    for match in _ALTERED.finditer(plain):
        if match[1] not in made:
            parts = (
                _CONTRACTING.search(action) or _MUST_BE_GIVEN.search(action) for action in _ACTIONS.split(match[2])
            )
            yield from (f"narrows {match[1]} by {' '.join(part[0].split())}" for part in parts if part)
    for match in _UNIQUE_INDEX.finditer(plain):
        if match[1] not in made:
            yield f"makes values of {match[1]} unique"


def _of_call(call: ast.Call, made: set[str]) -> Iterator[str]:
    name, named = _called(call), {word.arg: word.value for word in call.keywords}
    first = _text(call.args[0]) if call.args else ""
    table = (
        _text(call.args[1]) if name in NARROWS | {"create_index", "drop_constraint"} and len(call.args) > 1 else first
    )
    if table in made:
        return
    if name in TAKES_AWAY | NARROWS:
        yield f"calls {name}"
    elif name == "create_index" and _is(named.get("unique"), value=True):
        yield f"makes values of {table} unique"
    elif name == "alter_column":
        narrows = {"new_column_name", "type_"} & named.keys() or _is(named.get("nullable"), value=False)
        if narrows:
            yield f"narrows {table} by alter_column"
    elif name == "add_column" and len(call.args) > 1 and isinstance(call.args[1], ast.Call):
        column = {word.arg: word.value for word in call.args[1].keywords}
        if _is(column.get("nullable"), value=False) and "server_default" not in column:
            yield f"adds a column to {table} that must be given and has no server_default"


def _released(root: Path) -> set[str] | None:
    """Return the files of the last release's migrations. None if this clone does not have it."""
    commit = json.loads((root / LAST).read_text("utf-8"))["commit"]
    command = ["git", "ls-tree", "-r", "-z", "--name-only", commit]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return {name for name in done.stdout.split("\0") if "/migrations/" in name} if not done.returncode else None


def _newer(root: Path, released: set[str]) -> Sequence[Revision]:
    folders: dict[Path, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for yard in ("core", "addressbook", "plugins"):
        for path in sorted((root / yard).rglob("migrations/**/[0-9]*.*")):
            if path.suffix in {".py", ".sql"} and path.relative_to(root).as_posix() not in released:
                folders[path.parent][path.name.partition("_")[0]].append(path)
    return [
        Revision(module, [path for path in paths if path.suffix == ".sql" and not path.stem.endswith("_back")])
        for numbers in folders.values()
        for paths in numbers.values()
        for module in paths
        if module.suffix == ".py"
    ]


def _strings(parts: Sequence[ast.stmt]) -> Iterator[tuple[int, str]]:
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.lineno, node.value


def _assigns(node: ast.stmt) -> bool:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    value = getattr(node, "value", None)
    return isinstance(target, ast.Name) and target.id == CONTRACTS and len(_text(value).split()) > 1


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is(node: ast.AST | None, *, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value
