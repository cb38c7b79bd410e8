"""Digg's test cases as data, and the members and the exchange that the SDK plugin's own tests have."""

import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent
PLUGIN = HERE.parent / "plugins" / "sdk_transport"
CASES: dict[str, Any] = tomllib.loads((HERE / "cases.toml").read_text("utf-8"))


def _borrowed(name: str) -> ModuleType:
    """A module of fixtures of the plugin's tests."""
    spec = importlib.util.spec_from_file_location(f"sdk_conformance_{name}", PLUGIN / "fixtures" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


_FIXTURE = type(pytest.fixture(lambda: None))
for _module in (_borrowed("exchange"), _borrowed("members")):
    globals().update({name: value for name, value in vars(_module).items() if isinstance(value, _FIXTURE)})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `row` is run for each row of the validation table."""
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", CASES["row"], ids=lambda row: f"row-{row['number']}")


@pytest.fixture(scope="session")
def cases() -> dict[str, Any]:
    """What stands in `cases.toml`."""
    return CASES


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark that says which of Digg's cases a test is."""
    config.addinivalue_line("markers", "digg(*ids): the cases of cases.toml that this test judges")
