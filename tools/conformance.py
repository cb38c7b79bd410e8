"""Writes docs/sdk-conformance.md from tests/sdk_conformance: Digg's test cases, our tests of them, and the rest.

`python tools/conformance.py` writes the page, and `--check` tells whether it is up to date, as a test requires.
"""

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests" / "sdk_conformance"
PAGE = ROOT / "docs" / "sdk-conformance.md"


def load() -> dict[str, Any]:
    """Return the content of `cases.toml`."""
    return tomllib.loads((FOLDER / "cases.toml").read_text("utf-8"))


def judges() -> Mapping[str, Sequence[str]]:
    """Return the tests by the case that they verify: those marked with `digg`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in sorted(FOLDER.glob("test_*.py")):
        for test in ast.parse(file.read_text("utf-8")).body:
            if isinstance(test, ast.FunctionDef):
                for case in _marked(test):
                    found[case].append(f"{file.name}::{test.name}")
    return found


def page() -> str:
    """Return the page as it should be."""
    data, tests = load(), judges()
    cases, rows = data["case"], data["row"]
    own = sum(case["id"] in tests for case in cases)
    asked = sum(case.get("judge") == "digg" for case in cases)
    lines = [
        data["intro"],
        f"{own} cases are judged here, {asked} only by Digg, {len(cases) - own - asked} by other tests.\n",
    ]
    lines += ["| id | case | sent | expected | source | judged by |", "|---|---|---|---|---|---|"]
    lines += [_line(case, tests) for case in cases]
    lines += ["\n## Notes\n", *(f"- **{case['id']}**: {case['note']}" for case in cases if "note" in case)]
    lines += [
        "\n## The validation table, both ways\n",
        "Innehållsspecifikation 1.5.2, 5.3, which has no row 10; `test_opening.py::test_the_validation_table`.\n",
        "| row | event | ACCEPTED | REJECTED | codes |",
        "|---|---|---|---|---|",
        *(
            f"| {row['number']} | {row['event']} | {row['accepted']} | {row['refused'] or '–'} "
            f"| {' '.join(row['codes']) or '–'} |"
            for row in rows
        ),
    ]
    return "\n".join(lines) + "\n"


def _marked(test: ast.FunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.digg":
            yield from (str(ast.literal_eval(argument)) for argument in mark.args)


def _line(case: Mapping[str, str], tests: Mapping[str, Sequence[str]]) -> str:
    if case.get("judge") == "digg":
        judge = "**only Digg**"
    elif case.get("judge") == "elsewhere":
        judge = f"[{case['where']}](../{case['where']})"
    else:
        judge = "<br>".join(f"`{name}`" for name in tests.get(case["id"], ())) or "**nobody**"
    cells = (case["id"], case["title"], case.get("sends", "–"), case["expected"], case["source"], judge)
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> int:
    """Write the page, or check it."""
    if "--check" in arguments:
        if PAGE.exists() and PAGE.read_text("utf-8") == page():
            return 0
        print("docs/sdk-conformance.md is not up to date. Run: python tools/conformance.py", file=sys.stderr)
        return 1
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
