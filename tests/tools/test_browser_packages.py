"""The build hook that fetches the browser packages, and the lock that it trusts."""

import importlib.util
import json
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def hook(root: Path) -> ModuleType:
    pytest.importorskip("hatchling", reason="hatchling is not in this environment")
    spec = importlib.util.spec_from_file_location("browser_packages", root / "tools/browser_packages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_pins_by_hash_and_names_no_address(root: Path) -> None:
    """Every package is pinned by version and hash, and fetched from whatever registry npm is set up with."""
    lock = (root / "package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", entry["version"]) for entry in packages.values())
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in lock
    assert "://" not in lock


def test_a_node_is_asked_for_only_where_npm_is_missing(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With npm on the PATH nothing is installed; without it the Node wheel brings one."""
    build = hook.BrowserPackages(str(tmp_path), {}, None, None, "", "wheel")
    _a_project(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert build.dependencies() == []
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert build.dependencies() == [hook.NODE_WHEEL]


def test_a_whole_folder_is_left_alone_and_a_stale_one_is_not(hook: ModuleType, tmp_path: Path) -> None:
    """The second build needs no network; a changed lock or a missing file makes the folder stale."""
    _a_project(tmp_path)
    (part,) = hook._parts(tmp_path, tests=False)
    _fill(hook, tmp_path, part)
    assert hook._fresh(tmp_path, part)
    for name in hook.FOLDERS.values():
        assert [path.name for path in (tmp_path / hook.VENDOR / name).iterdir()] == ["used.wasm"]
    (tmp_path / hook.VENDOR / "htmx.min.js").unlink()
    assert not hook._fresh(tmp_path, part)
    _fill(hook, tmp_path, part)
    (tmp_path / "package-lock.json").write_text('{"changed": true}')
    assert not hook._fresh(tmp_path, part)


def test_only_a_checkout_to_develop_in_gets_what_its_tests_need(hook: ModuleType, tmp_path: Path) -> None:
    """An editable build fills the tests' folder too; a wheel never, nor an archive that has no tests."""
    _a_project(tmp_path)
    assert [folder for folder, _ in hook._parts(tmp_path, tests=True)] == [hook.VENDOR]
    (tmp_path / "tests/browser").mkdir(parents=True)
    assert [folder for folder, _ in hook._parts(tmp_path, tests=False)] == [hook.VENDOR]
    _, tests = hook._parts(tmp_path, tests=True)
    assert not hook._fresh(tmp_path, tests)
    _fill(hook, tmp_path, tests)
    assert hook._fresh(tmp_path, tests)
    assert (tmp_path / hook.TEST_VENDOR / "axe.min.js").is_file()


def _a_project(folder: Path) -> None:
    (folder / "package.json").write_text("{}")
    (folder / "package-lock.json").write_text("{}")


def _fill(hook: ModuleType, folder: Path, part: tuple[Path, dict[str, str]]) -> None:
    modules = folder / "node_modules"
    for source in (*part[1], *(hook.STYLES / f"{name}.css" for name in ("base", *hook.COMPONENTS))):
        path = modules / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x{}")
    for source in hook.FOLDERS:
        (modules / source).mkdir(parents=True, exist_ok=True)
        for name in ("used.wasm", "quickjs-eval.js"):
            (modules / source / name).write_text("x")
    hook._fill(folder, *part, modules)
