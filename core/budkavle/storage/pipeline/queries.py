"""The statements of a `.sql` file, by name."""

import re
import sys
from pathlib import Path
from typing import Self

from budkavle.storage.pipeline.statements import Statement

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_COMMENT = re.compile(r"^\s*--.*\n?", re.MULTILINE)


class QueryFileError(Exception):
    """A `.sql` file and the class that declares its statements do not match."""


class QueryFile:
    """Base of a class that declares the statements of a `.sql` file, so that type checkers know each name.

    Example:
        `loft.sql` has a line `-- name: count_doves`, comments and a SELECT. In `loft.py`, beside it:

            class _Queries(QueryFile):
                count_doves: Statement

            QUERIES = _Queries.load()

            def doves(connection: Connection) -> int:
                return QUERIES.count_doves.one(connection, {}).number
    """

    @classmethod
    def load(cls) -> Self:
        """Read the file beside the module of the class, with the module's name.

        Returns:
            An object with the statements as attributes.

        Raises:
            QueryFileError: A statement is declared but not in the file, or the other way round.
        """
        path = Path(sys.modules[cls.__module__].__file__ or "").with_suffix(".sql")
        queries = read_queries(path.read_text("utf-8"))
        if unlike := set(cls.__annotations__) ^ queries.keys():
            raise QueryFileError(f"{path} and {cls.__module__} do not both have: {', '.join(sorted(unlike))}.")
        loaded = cls()
        for name, sql in queries.items():
            setattr(loaded, name, Statement(sql))
        return loaded


def read_queries(text: str) -> dict[str, str]:
    """Return the statements of a `.sql` file by name, without their comments.

    Raises:
        QueryFileError: A name occurs twice, or there is SQL before the first name.
    """
    before, *parts = _NAME.split(text)
    names = parts[::2]
    if _COMMENT.sub("", before).strip() or len(set(names)) < len(names):
        raise QueryFileError("Each statement has a name of its own, on a line `-- name: NAME` before it.")
    return {name: _COMMENT.sub("", sql).strip().rstrip(";") for name, sql in zip(names, parts[1::2], strict=True)}
