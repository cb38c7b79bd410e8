"""A stranger's plugin, installed as its own distribution, works through hooks and face alone."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).parent / "budkavle_pigeon"


def imports(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, missing: Callable[[str], NoReturn]) -> Path:
    """Build the plugin from a copy, and install it into a folder of its own."""
    folder = tmp_path_factory.mktemp("pigeon")
    shutil.copytree(SOURCE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    uv = shutil.which("uv") or str(ROOT / ".boot/bin/uv")
    if not Path(uv).exists():
        missing("neither the PATH nor .boot/bin has uv, which builds and installs the plugin")
    site = folder / "site"
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--no-deps", "--target", str(site)]
    done = subprocess.run([*command, str(folder / "source")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def run(installed: Path, *arguments: str, path: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run Python in the installed plugin's folder, where the project's own files are not."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "BUDKAVLE"))}
    env |= {"PYTHONPATH": str(installed / "site")} if path else {}
    return subprocess.run(
        [sys.executable, *arguments], cwd=installed / "source", env=env, capture_output=True, text=True, check=False
    )


FOLDERS = (
    *("accounts", "approvals", "identification", "cases", "deliveries", "messaging"),
    *("notices", "operations", "organisation", "storage"),
)
FACES = {
    "budkavle",
    *(f"budkavle.{folder}" for folder in FOLDERS),
    *("budkavle.web", "budkavle.testing"),
}


@pytest.mark.feature("PL2")
def test_it_imports_only_the_face() -> None:
    """Of the platform it uses the faces, and the test kit in its tests."""
    imported = [*imports(SOURCE / "budkavle_pigeon"), *imports(SOURCE / "tests")]
    ours = {name for name in imported if name.split(".")[0] == "budkavle"}
    assert {"budkavle", "budkavle.storage", "budkavle.web"} <= ours <= FACES


@pytest.mark.slow
@pytest.mark.feature("PL1", "PL2", "PL6")
def test_its_own_tests_pass_where_it_is_installed(installed: Path) -> None:
    """The contracts, and a whole flight through database, worker, receipt, pages and command line."""
    done = run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.feature("PL1", "PL4")
def test_it_is_on_only_by_name(installed: Path) -> None:
    """Installed it is listed; switched on it is checked, with all that it registers."""
    (installed / "source/budkavle.toml").write_text("enabled = []\n")
    rows = {row["name"]: row for row in json.loads(run(installed, "-m", "budkavle", "plugin", "list", "--json").stdout)}
    assert rows["pigeon"]["enabled"] is False
    assert (rows["pigeon"]["distribution"], rows["pigeon"]["version"]) == ("budkavle-pigeon", "1.2.3")

    (installed / "source/budkavle.toml").write_text('enabled = ["pigeon"]\n')
    done = run(installed, "-m", "budkavle", "plugin", "check", "--json")
    *built_in, report = json.loads(done.stdout)
    assert ([one["name"] for one in built_in], report["name"]) == (["local", "password"], "pigeon")
    assert (done.returncode, report["faults"]) == (0, [])
    assert set(report["registers"]) == {
        "settings", "transports", "identity_providers", "receipt_handlers", "directories", "jobs", "health_checks",
        "panels", "routes", "event_words", "commands", "events", "chooses", "folders", "advisers", "offers",
        "settings_sections", "notifiers", "approval_kinds", "key_providers", "provider_sources", "personal_data",
        "malware_scanners", "notice_ways",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.feature("PL4")
def test_what_is_wrong_with_it_is_said_in_a_line(installed: Path) -> None:
    """An unknown key is told with its plugin; without the plugin installed, its name is."""
    (installed / "source/budkavle.toml").write_text('enabled = ["pigeon"]\n[plugins.pigeon]\nbrids = 3\n')
    done = run(installed, "-m", "budkavle", "plugin", "check")
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("  Fel: ")]
    assert "brids" in line
    assert "[plugins.pigeon]" in line
    gone = run(installed, "-m", "budkavle", "config", "check", path=False)
    assert gone.returncode == 1
    assert "pigeon kan inte användas: det är inte installerat" in gone.stderr
    assert "Traceback" not in gone.stderr
