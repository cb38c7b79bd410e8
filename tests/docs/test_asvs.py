"""docs/asvs.md has each requirement once; the tests and files that it names exist, and its sums are right."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")
SECTIONS = """
    1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 5.1:1
    5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:8 6.4:6 6.5:8 6.6:4 6.7:2 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:3 7.6:2 8.1:4 8.2:4
    8.3:3 8.4:2 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:4 11.2:5 11.3:5 11.4:4 11.5:2 11.6:2
    11.7:2 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:8 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5
    16.3:4 16.4:3 16.5:4 17.1:1 17.2:4 17.3:2
"""
"""How many requirements each section of ASVS 5.0.0 has at the levels that the document is about."""
VERDICTS = ("met", "partly", "not met", "not applicable", "not judged")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| ([a-z ]+) \| (.*) \|$", re.MULTILINE)
SUM = re.compile(r"^\| (?:(\d+) [^|]+|\*\*all\*\*) \| ((?:\d+ \| )+\d+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w./-]+/[\w.-]+|pyproject\.toml)(?:::(\w+))?`")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def requirements() -> list[str]:
    """The numbers of the requirements, in their order."""
    sections = (section.split(":") for section in SECTIONS.split())
    return [f"{section}.{number}" for section, most in sections for number in range(1, int(most) + 1)]


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names of the functions of a file."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kinds))


def test_each_requirement_stands_once() -> None:
    """None is left out, and none is judged twice."""
    assert len(requirements()) == 287
    assert [number for number, *_ in ROW.findall(TEXT)] == requirements()


def test_each_verdict_is_one_of_five_and_is_argued() -> None:
    """What is met is shown by a test or a file; what is not says what lacks, and since when that has been known."""
    for number, about, verdict, reason in ROW.findall(TEXT):
        assert about, number
        assert verdict in VERDICTS, number
        if verdict == "met":
            assert NAMED.search(reason), number
        elif verdict != "not judged":
            assert reason, number
        if verdict == "not met":
            assert DAY.search(reason), number


def test_what_is_named_exists() -> None:
    """Each file is there, and each test is in its file."""
    named = NAMED.findall("\n".join(reason for *_, reason in ROW.findall(TEXT)))
    assert len(named) > 200
    for name, test in named:
        path = ROOT / name
        assert path.is_file(), name
        assert not name.startswith("tests/") or test, name
        assert not test or test in names_in(path), f"{name}::{test}"


def test_the_sums_are_right() -> None:
    """The table at the top counts the rows of each chapter, and all of them."""
    rows = ROW.findall(TEXT)
    chapters = {chapter: [int(number) for number in numbers.split(" | ")] for chapter, numbers in SUM.findall(TEXT)}
    assert set(chapters) == {"", *(str(number) for number in range(1, 18))}
    for chapter, numbers in chapters.items():
        judged = Counter(verdict for number, _, verdict, _ in rows if not chapter or number.split(".")[0] == chapter)
        assert numbers == [*(judged[verdict] for verdict in VERDICTS), judged.total()], chapter or "all"
