"""An installation with the plugin clamav, and a simulated clamd."""

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from budkavle import Platform

FIXTURES = Path(__file__).parent / "fixtures"


def load(name: str) -> ModuleType:
    """Import a module of the folder `fixtures`: test folders are not packages."""
    spec = importlib.util.spec_from_file_location(f"clamav_{name}", FIXTURES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


daemons = load("clamd_daemon")
daemon = daemons.daemon


@pytest.fixture(scope="session")
def clamds() -> ModuleType:
    """The module of the simulated clamd."""
    return load("fake_clamd")


@pytest.fixture
def fake_clamd(clamds: ModuleType) -> Iterator[Any]:
    """A simulated clamd."""
    with closing(clamds.FakeClamd()) as made:
        yield made


@pytest.fixture
def clamav() -> dict[str, Any]:
    """Further settings of `[plugins.clamav]`; a test may override them."""
    return {}


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], fake_clamd: Any, clamav: dict[str, Any]) -> Platform:
    """An installation whose files are scanned by the simulated clamd."""
    settings = {"address": fake_clamd.address, "timeout_seconds": 2.0, **clamav}
    opened = budkavle_open(enabled=("clamav", "files"), plugins={"clamav": settings})
    for of in opened.plugins.registered("malware_scanners"):
        of.thing.clamd.pause_seconds = 0
    return opened
