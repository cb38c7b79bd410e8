"""The cases, the tests and the page of conformance say the same."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="module")
def tool(root: Path) -> ModuleType:
    """tools/conformance.py."""
    spec = importlib.util.spec_from_file_location("conformance", root / "tools" / "conformance.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.feature("SD17")
def test_every_case_has_its_judge(tool: ModuleType, cases: dict[str, Any], root: Path) -> None:
    """A case that we can judge has a test that bears its id, one that others judge says where, and none has both."""
    tests = tool.judges()
    here = {case["id"] for case in cases["case"] if "judge" not in case}
    assert set(tests) == here
    assert len({case["id"] for case in cases["case"]}) == len(cases["case"])
    elsewhere = [case["where"] for case in cases["case"] if case.get("judge") == "elsewhere"]
    assert all((root / where).is_dir() for where in elsewhere)


def test_the_page_is_up_to_date(tool: ModuleType) -> None:
    """Run `python tools/conformance.py` where it is not."""
    assert tool.main(["--check"]) == 0
