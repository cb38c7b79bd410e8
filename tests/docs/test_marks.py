"""A feature's mark stands on the test that drives its rule."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_no_module_carries_a_features_mark() -> None:
    """A mark on a module would say that each of its tests drives the rule."""
    marked = [
        path.relative_to(TESTS).as_posix()
        for path in sorted(TESTS.rglob("test_*.py"))
        if "node_modules" not in path.parts
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and ast.unparse(node).startswith("pytestmark")
        and "feature" in ast.unparse(node)
    ]
    assert marked == []
