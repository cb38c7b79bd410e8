"""The statements of a `.sql` file, by name."""

import re
import sys
from pathlib import Path
from typing import TypeVar

from budkavle.storage.pipeline.statements import Statement

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_COMMENT = re.compile(r"^\s*--.*\n?", re.MULTILINE)
File = TypeVar("File", bound="QueryFile")


class QueryFileError(Exception):
    """A `.sql` file and the class that declares its statements do not fit together."""


class QueryFile:
    """Base of a class that declares the statements of a `.sql` file; `load_queries` fills it.

    Example:
        `loft.sql` holds `-- name: count_doves`, comments and a SELECT. In `loft.py`, beside it:

            class Queries(QueryFile):
                count_doves: Statement

            QUERIES = load_queries(Queries)

            def doves(connection: Connection) -> int:
                return QUERIES.count_doves.one(connection, {}).number
    """


def load_queries(declared: type[File]) -> File:
    """Read the `.sql` file that lies beside the module of a class and has the module's name.

    Args:
        declared: Its annotations are the statements, so that type checkers know each name.

    Returns:
        An object with the statements as attributes.

    Raises:
        QueryFileError: A statement is declared and not in the file, or the other way round.
    """
    path = Path(sys.modules[declared.__module__].__file__ or "").with_suffix(".sql")
    queries, names = read_queries(path.read_text("utf-8")), set(declared.__annotations__)
    if unlike := names ^ queries.keys():
        raise QueryFileError(f"{path} and {declared.__module__} do not both have: {', '.join(sorted(unlike))}.")
    filled = declared()
    for name, sql in queries.items():
        setattr(filled, name, Statement(sql))
    return filled


def read_queries(text: str) -> dict[str, str]:
    """Return the statements of a `.sql` file by name, without their comments.

    Raises:
        QueryFileError: A name occurs twice, or SQL stands before the first name.
    """
    before, *parts = _NAME.split(text)
    names = parts[::2]
    if _COMMENT.sub("", before).strip() or len(set(names)) < len(names):
        raise QueryFileError("Each statement has a name of its own, on a line `-- name: NAME` before it.")
    return {name: _COMMENT.sub("", sql).strip().rstrip(";") for name, sql in zip(names, parts[1::2], strict=True)}
