"""`budkavle plugin new`: what it makes installs as its own distribution, loads, and passes the contract tests."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from budkavle.cli.plugin_new import KINDS, make
from budkavle.model.errors import Conflict, Invalid

ROOT = Path(__file__).parents[2]
REGISTERED = {
    "transport": {
        "settings",
        "directories",
        "health_checks",
        "folders",
    },  # nobody is offered it before it has an address
    "page": {"settings", "routes", "panels", "event_words", "health_checks", "personal_data", "folders"},
    "identity-provider": {"settings", "identity_providers", "health_checks", "folders"},
    "receipt-handler": {"settings", "receipt_handlers", "health_checks", "folders"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make one plugin of each kind; the first by the command line, where neither git nor a network is at hand."""
    folder = tmp_path_factory.mktemp("new")
    env = {"PATH": "", "HOME": str(folder), "LANGUAGE": "sv", "http_proxy": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "budkavle", "plugin", "new", "my_transport", "--kind", "transport"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "README.md" in done.stdout
    others = {kind: make(f"my_{kind.split('-')[0]}", kind, folder) for kind in KINDS[1:]}
    return {"transport": folder / "budkavle-my-transport", **others}


@pytest.fixture(scope="module")
def site(made: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, missing: Callable[[str], NoReturn]) -> Path:
    """Build all of them and install them into a folder."""
    uv = shutil.which("uv") or str(ROOT / ".boot/bin/uv")
    if not Path(uv).exists():
        missing("neither the PATH nor .boot/bin has uv, which builds and installs the plugins")
    site = tmp_path_factory.mktemp("site")
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--no-deps", "--target", str(site)]
    done = subprocess.run([*command, *map(str, made.values())], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return site


def test_a_plugin_has_the_files_of_its_kind_alone(made: dict[str, Path]) -> None:
    """A transport has no page, and every name and word has been filled in."""
    names = {path.name for path in made["transport"].rglob("*") if path.is_file()}
    assert {"plugin.py", "transport.py", "recipients.py", "test_transport.py", ".gitignore"} <= names
    assert names.isdisjoint({"pages.py", "notes.sql", "notes.html", "provider.py", "receipts.py", "test_pages.py"})
    for path in (path for folder in made.values() for path in folder.rglob("*") if path.is_file()):
        assert path.suffix != ".jinja"
        assert "{{ name }}" not in path.read_text("utf-8")


def run(site: Path, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in a new plugin's folder, with what has been installed."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "BUDKAVLE"))}
    env["PYTHONPATH"] = str(site)
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.feature("PL3", "PL6")
def test_their_tests_pass_at_once(site: Path, made: dict[str, Path]) -> None:
    """The contract tests, and their own, with nothing changed; none is skipped. One run, since starting one is dear."""
    suites = [str(folder / "tests") for folder in made.values()]
    settings = str(made["transport"] / "pyproject.toml")
    done = run(site, made["transport"].parent, "-m", "pytest", "-c", settings, "-p", "no:cacheprovider", *suites)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout.splitlines()[-1]
    assert all(f"test_{name}.py" in done.stdout for name in ("transport", "pages", "provider", "receipts"))


@pytest.mark.slow
@pytest.mark.feature("PL3")
def test_its_types_are_right(site: Path, made: dict[str, Path]) -> None:
    """mypy, by the plugin's own settings and ours, finds nothing to say, in the tests either."""
    pytest.importorskip("mypy")
    for folder in made.values():
        done = run(site, folder, "-m", "mypy", *as_strict_as_here())
        assert done.returncode == 0, done.stdout + done.stderr


def as_strict_as_here() -> list[str]:
    """Return our own settings of mypy, with which its cache of the core can be used: `make check` has filled it."""
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]
    more = [f"--enable-error-code={code}" for code in ours["enable_error_code"]]
    version = ("--python-version", ours["python_version"])
    return [*version, "--warn-unreachable", *more, "--cache-dir", str(ROOT / ".mypy_cache")]


@pytest.mark.slow
@pytest.mark.feature("PL3", "PL4")
def test_it_loads_without_settings(site: Path, made: dict[str, Path], tmp_path: Path) -> None:
    """`plugin check` finds no fault, with nothing but the name switched on; each is a distribution of its own."""
    names = {kind: f"my_{kind.split('-')[0]}" for kind in KINDS}
    (tmp_path / "budkavle.toml").write_text(f"enabled = {json.dumps(list(names.values()))}\n")
    done = run(site, tmp_path, "-m", "budkavle", "plugin", "check", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    reports = {report["name"]: report for report in json.loads(done.stdout)}
    for kind, name in names.items():
        report = reports[name]
        assert (report["distribution"], report["faults"]) == (f"budkavle-{name.replace('_', '-')}", [])
        assert set(report["registers"]) == REGISTERED[kind]


@pytest.mark.feature("PL3")
@pytest.mark.parametrize("tool", [("check",), ("format", "--check")])
@pytest.mark.parametrize("name", ["x", "arendehantering_i_vast"])
def test_its_style_is_clean(tmp_path: Path, name: str, tool: tuple[str, ...]) -> None:
    """ruff, by the plugin's own settings, finds nothing to say, whether the name is short or long."""
    for kind in KINDS:
        folder = make(name, kind, tmp_path / kind)
        command = [sys.executable, "-m", "ruff", *tool, "--no-cache", "."]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.feature("PL3")
@pytest.mark.parametrize("name", ["A", "a-b", "1a", "", "class", "../a", "a" * 41, "å"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    """The sentence says what a name may have; nothing is written."""
    with pytest.raises(Invalid, match="små bokstäver"):
        make(name, "transport", tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.feature("PL3")
def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A name that is installed, and a folder that is there, are told."""
    with pytest.raises(Conflict, match="redan installerat"):
        make("sms", "transport", tmp_path)
    (tmp_path / "budkavle-telex").mkdir()
    with pytest.raises(Conflict, match="finns redan"):
        make("telex", "transport", tmp_path)
    assert not list((tmp_path / "budkavle-telex").iterdir())
