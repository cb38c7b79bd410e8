"""Reads docs/api-fields.md, and the fields of an answer as it has them."""

import re
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/api-fields.md"
_FIELD = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)


@cache
def tables() -> dict[str, tuple[str, ...]]:
    """Return the fields of each table, by its heading."""
    pieces = re.split(r"^#{2,3} (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    found = {title: _FIELD.findall(text) for title, text in zip(pieces[1::2], pieces[2::2], strict=True)}
    return {title: tuple(name for name, _ in rows) for title, rows in found.items() if rows}


def check_fields(heading: str, *answers: Any) -> None:
    """Require that some answers of one kind have, together, exactly the fields of a table."""
    listed, given = tables()[heading], fields_in(answers)
    assert given == set(listed), f"{heading}: {sorted(given ^ set(listed))} in docs/api-fields.md"


def fields_in(answer: Any) -> set[str]:
    """Return the fields that an answer has, such as `people.name`; a list says nothing of its own."""
    named = _walked(answer)
    return {name for name in named if not any(other.startswith(f"{name}.") for other in named)}


def _walked(answer: Any) -> set[str]:
    if isinstance(answer, list | tuple):
        return {name for one in answer for name in _walked(one)}
    if not isinstance(answer, dict):
        return set()
    inside = {key: _walked(value) for key, value in answer.items()}
    return {name for key, below in inside.items() for name in ({f"{key}.{each}" for each in below} or {key})}
