"""docs/input-rules.md: what it names is there, and its limits are those of the code."""

import re
from datetime import timedelta
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/input-rules.md").read_text("utf-8")
LIMIT = re.compile(r"(\d[\d,]*)[^|`\d]*(?:\| `|\(`)(budkavle[\w.]*\.[A-Z_]+)`")
NAMED = re.compile(r"`(budkavle\w*(?:\.\w+)+)`")
FILES = re.compile(r"`((?:tests|core|plugins|addressbook)/[\w/.-]+)`")


def value_of(path: str) -> object:
    """Return what stands in the code under a dotted path: a module, or a name of one."""
    module, _, name = path.rpartition(".")
    try:
        return import_module(path)
    except ModuleNotFoundError:
        return attrgetter(name)(import_module(module))


@pytest.mark.parametrize(("number", "path"), LIMIT.findall(TEXT))
def test_a_limit_is_the_codes(number: str, path: str) -> None:
    """Whoever changes a limit changes what the document says."""
    value = value_of(path)
    assert (value.days if isinstance(value, timedelta) else value) == int(number.replace(",", ""))


def test_every_number_of_the_code_is_compared() -> None:
    """A constant that the document names stands behind its number."""
    named = [path for path in NAMED.findall(TEXT) if path.rpartition(".")[2].isupper()]
    assert sorted(set(named)) == sorted(path for _, path in LIMIT.findall(TEXT))
    assert len(named) > 25


def test_what_is_named_is_there() -> None:
    """Each function and each file."""
    assert all(value_of(path) is not None for path in NAMED.findall(TEXT))
    assert [path for path in FILES.findall(TEXT) if not (ROOT / path).is_file()] == []
