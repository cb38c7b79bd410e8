"""No plugin's SQL names a table of the core: in strings, in `.sql` files, or as a table of SQLAlchemy or Alembic."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from house_syntax import nodes

TABLES = Path("core/budkavle/storage/tables")
YARDS = ("plugins", "addressbook")
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
NAMES_A_TABLE = frozenset(
    {
        *("Table", "table", "ForeignKey", "ForeignKeyConstraint"),
        *("add_column", "alter_column", "batch_alter_table", "bulk_insert", "drop_column", "drop_constraint"),
        *("create_check_constraint", "create_foreign_key", "create_index", "create_table", "create_unique_constraint"),
        *("drop_index", "drop_table", "rename_table"),
    }
)
"""Functions of SQLAlchemy and Alembic that take a table's name."""
SWITCHES_ROLE = re.compile(r"(?i)\b(?:SET\s+(?:LOCAL\s+|SESSION\s+)?|RESET\s+)ROLE\b|\bset_config\s*\(\s*'role'")
REPLACED = {
    "addressbook/budkavle_addressbook/migrations/0001_first.py": {"mailboxes"},
    "plugins/message_api/budkavle_message_api/migrations/0001_first.py": {"deliveries", "messages"},
}
"""Functions of old revisions that a later one has replaced, since history is not rewritten."""


def core_tables(folder: Path) -> frozenset[str]:
    """Return the names of the tables that the modules of a folder define by `Table("name", ...)`."""
    return frozenset(
        node.args[0].value
        for path in folder.glob("*.py")
        for node in nodes(path.read_text("utf-8"))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Table"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    )


def named_in_sql(sql: str, tables: frozenset[str]) -> set[str]:
    """Return the tables that SQL names: after FROM, JOIN, INTO and so on, or in a list after FROM."""
    name = rf"(?:public\.)?\"?({'|'.join(sorted(tables))})\b"
    after = rf"(?i)\b(?:FROM|JOIN|INTO|UPDATE|TABLE|TRUNCATE|REFERENCES|USING|ONLY|EXISTS|ON|OF)\s+{name}"
    listed = rf"(?i)\bFROM\s+[^();]*?,\s*{name}(?!\s*[.(])"
    plain = COMMENT.sub(" ", sql)
    return {match[1].lower() for pattern in (after, listed) for match in re.finditer(pattern, plain)}


def faults_in_python(name: str, source: str, tables: frozenset[str]) -> Iterator[str]:
    """Yield what a module of a plugin may not name. One with its own SQLite file is ignored."""
    tree = nodes(source)
    if _imports(tree, "sqlite3"):
        return
    allowed = REPLACED.get(name, set())
    for line, text in _strings(tree):
        for table in sorted(named_in_sql(text, tables) - allowed):
            yield f"{name}:{line} names the core's table {table} in SQL; ask by a function of the face"
        if SWITCHES_ROLE.search(text):
            yield f"{name}:{line} takes on another role in the database; a plugin has its own"
    for node in tree:
        if isinstance(node, ast.Call) and _called(node) in NAMES_A_TABLE:
            for table in sorted(_names(node) & tables - allowed):
                yield f"{name}:{node.lineno} defines or changes the core's table {table}; ask by a function of the face"


def sql_of_plugins(root: Path) -> list[str]:
    """Check every module and `.sql` file of the plugins below a folder that is structured like the project."""
    tables = core_tables(root / TABLES)
    faults: list[str] = []
    for path in _files(root, "*.py"):
        faults += faults_in_python(path.relative_to(root).as_posix(), path.read_text("utf-8"), tables)
    for path in _files(root, "*.sql"):
        name = path.relative_to(root).as_posix()
        found = named_in_sql(path.read_text("utf-8"), tables)
        faults += [f"{name} names the core's table {table}; ask by a function of the face" for table in sorted(found)]
    return faults


def _files(root: Path, pattern: str) -> Sequence[Path]:
    return sorted(path for yard in YARDS for path in (root / yard).rglob(pattern))


def _strings(tree: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield each string with its line, with the parts of an f-string joined, and without docstrings."""
    prose = {
        id(node.value)
        for node in tree
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.JoinedStr)
    }
    joined = [node for node in tree if isinstance(node, ast.JoinedStr)]
    inside = {id(part) for node in joined for part in ast.walk(node) if part is not node}
    for node in tree:
        if id(node) in prose or id(node) in inside:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else " x " for part in node.values)
            yield node.lineno, "".join(str(part) for part in parts)


def _imports(tree: Sequence[ast.AST], module: str) -> bool:
    return any(isinstance(node, ast.Import) and any(alias.name == module for alias in node.names) for node in tree)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _names(node: ast.Call) -> set[str]:
    """Return the names among the first two arguments: of a table, or `table.column`, also in a list."""
    parts = [part for value in node.args[:2] for part in getattr(value, "elts", [value])]
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return {text.partition(".")[0] for text in texts}
