"""Files of signed heads outside of the database: what is no such file is told of."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from budkavle.model.errors import Invalid
from budkavle.storage.events.sealed_heads import SealedHead, read_heads


def test_a_file_that_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    """One that is not there, and one that is no text."""
    path = tmp_path / "heads.jsonl"
    with pytest.raises(Invalid, match="går inte att läsa"):
        read_heads(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match="går inte att läsa"):
        read_heads(path)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        "[]",
        "x",
        '{"log": "1", "number": 1, "hash": "00"}',
        '{"log": 1, "number": 1, "hash": "00"}',
        "[" * 100_000,
    ],
    ids=["empty", "no fields", "list", "no JSON", "no id", "number for an id", "too deep"],
)
def test_a_file_that_is_none_is_told_of(tmp_path: Path, line: str) -> None:
    """With the line."""
    path = tmp_path / "heads.jsonl"
    head = SealedHead(uuid4(), 1, b"x", b"x", datetime.now(UTC))
    path.write_text(f"{head.as_line()}\n{line}\n", "utf-8")
    with pytest.raises(Invalid, match="Rad 2"):
        read_heads(path)
