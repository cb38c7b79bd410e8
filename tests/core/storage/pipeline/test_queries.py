"""`.sql` files: each statement has a name, and the class beside the file declares all of them."""

import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from budkavle.storage.pipeline import QueryFileError, Statement, read_queries

LOFT = """\
-- What the loft asks.

-- name: count_doves
-- Counts them; a comment may say :anything.
SELECT count(*) AS number -- the doves
FROM doves
WHERE loft = :loft;

-- name: let_fly
DELETE FROM doves
"""
MODULE = """\
from budkavle.storage.pipeline import QueryFile, Statement

class Queries(QueryFile):
    count_doves: Statement
    {name}: Statement

QUERIES = Queries.load()
"""


@pytest.fixture
def imported(tmp_path: Path) -> Iterator[Callable[..., ModuleType]]:
    """Import a module with a file of statements beside it."""
    (tmp_path / "loft.sql").write_text(LOFT, "utf-8")

    def load(name: str) -> ModuleType:
        (tmp_path / "loft.py").write_text(MODULE.format(name=name), "utf-8")
        spec = spec_from_file_location("loft", tmp_path / "loft.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules["loft"] = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    yield load
    sys.modules.pop("loft", None)


def test_statements_are_found_by_name_without_comments() -> None:
    """What is sent has neither comment lines nor the semicolon."""
    queries = read_queries(LOFT)
    assert list(queries) == ["count_doves", "let_fly"]
    assert queries["count_doves"] == "SELECT count(*) AS number -- the doves\nFROM doves\nWHERE loft = :loft"
    assert Statement(queries["count_doves"]).sql.endswith(b"WHERE loft = $1")


def test_a_module_gets_what_it_declares(imported: Callable[..., ModuleType]) -> None:
    """As attributes."""
    queries = imported("let_fly").QUERIES
    assert queries.let_fly.sql == b"DELETE FROM doves"
    assert isinstance(queries.count_doves, Statement)


def test_a_misspelled_name_is_told_at_import(imported: Callable[..., ModuleType]) -> None:
    """What is declared and not written, and what is written and not declared."""
    with pytest.raises(QueryFileError, match=r"loft\.sql and loft do not both have: let_fly, let_flyy"):
        imported("let_flyy")


@pytest.mark.parametrize("text", ["SELECT 1", "-- name: a\nSELECT 1\n-- name: a\nSELECT 2"])
def test_a_statement_without_a_name_of_its_own_is_refused(text: str) -> None:
    """It would be lost."""
    with pytest.raises(QueryFileError):
        read_queries(text)
