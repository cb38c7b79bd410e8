"""What `make check` holds about time, ids and chance: what carries messages reads them in one place."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def house_sources(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "tools"))
    return import_module("house_sources")


def test_what_carries_messages_reads_one_source(house_sources: ModuleType, root: Path) -> None:
    """The tree as it is."""
    assert house_sources.other_sources(root / "core" / "budkavle") == []


@pytest.mark.parametrize(
    "line",
    [
        "at = datetime.now(UTC)",
        "today = date.today()",
        "from uuid import UUID, uuid4",
        "from time import monotonic",
        "begun = time.time()",
        "end = time.monotonic() + 3",
        "from random import SystemRandom",
        "chance = random.SystemRandom()",
    ],
)
@pytest.mark.parametrize("name", ["deliveries/doves/loft.py", "messaging/loft.py", "operations/leases.py"])
def test_another_source_is_told(house_sources: ModuleType, tmp_path: Path, name: str, line: str) -> None:
    """With its file and line, in every folder that the simulator drives."""
    _tree(house_sources, tmp_path, name)
    (tmp_path / name).write_text(f'"""Doves."""\n\n{line}\n', "utf-8")
    (fault,) = house_sources.other_sources(tmp_path)
    assert fault.startswith(f"{name}:3: ")


def test_other_folders_are_left_alone(house_sources: ModuleType, tmp_path: Path) -> None:
    """Pages and commands read the machine's clock."""
    _tree(house_sources, tmp_path, "web/loft.py")
    (tmp_path / "web/loft.py").write_text("at = datetime.now(UTC)\n", "utf-8")
    assert house_sources.other_sources(tmp_path) == []


def _tree(house_sources: ModuleType, folder: Path, name: str) -> None:
    """Make the folders that are held, with nothing in them, and one module more."""
    for path in house_sources.FOLDERS:
        module = folder / path if path.endswith(".py") else folder / path / "__init__.py"
        module.parent.mkdir(parents=True, exist_ok=True)
        module.touch()
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
