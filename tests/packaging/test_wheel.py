"""The wheel: built from what git tracks, whole, and working in an empty environment without Node."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

VENDOR = "budkavle/web/static/vendor"
BUILT_IN = (
    "absence",
    "addressbook",
    "adviser",
    "case_system",
    "clamav",
    "demo",
    "disclosure",
    "economy",
    "eid",
    "email_link",
    "fax",
    "files",
    "hsm",
    "local",
    "log_control",
    "meetings",
    "message_api",
    "notes",
    "outlook",
    "password",
    "phone",
    "proof",
    "records",
    "scim",
    "sdk",
    "siem",
    "sms",
    "statistics",
    "teams",
    "templates",
    "timestamps",
    "transit",
)
WHOLE = (
    "budkavle/__init__.py",
    "budkavle_addressbook/__init__.py",
    "budkavle_identity_tokens/__init__.py",
    "budkavle_identity_tokens/py.typed",
    "budkavle_microsoft_apps/__init__.py",
    "budkavle_microsoft_apps/py.typed",
    "budkavle_schemas/__init__.py",
    "budkavle_sdk_transport/__init__.py",
    f"{VENDOR}/htmx.min.js",
    f"{VENDOR}/hx-csp.min.js",
    f"{VENDOR}/designsystemet.css",
    f"{VENDOR}/htmx.LICENSE.txt",
    "budkavle/web/static/budkavle.js",
    "budkavle/web/templates/layout.html",
    "budkavle/help/en/inbox.md",
    "budkavle/help/sv/inbox.md",
    "budkavle/locale/en.po",
    "budkavle/migrations/versions/0001_first.py",
    "budkavle/migrations/versions/0001_functions.sql",
    "budkavle/py.typed",
    "budkavle/testing/fixtures.py",
    "budkavle_addressbook/migrations/0001_first.py",
    "budkavle_addressbook/py.typed",
    "budkavle_schemas/message.xsd",
    "budkavle_schemas/xhe.xsd",
    "budkavle_schemas/receipt.xsd",
    "budkavle_schemas/py.typed",
    "budkavle_sdk_transport/plugin.py",
    "budkavle_sdk_transport/migrations/0001_identities_and_arrivals.py",
    "budkavle_sdk_transport/py.typed",
    "budkavle_sms/help/sv/sms.md",
    "budkavle_sms/locale/en.po",
    "budkavle_sms/migrations/0001_first.py",
    "budkavle_sms/py.typed",
    "budkavle_sms/templates/outbox.html",
    "budkavle_statistics/locale/en.po",
    "budkavle_statistics/py.typed",
    "budkavle_statistics/static/statistics.css",
    "budkavle_statistics/templates/organisation.html",
    f"{VENDOR}/teams.min.js",
    f"{VENDOR}/teams.LICENSE.txt",
    "budkavle_outlook/migrations/0001_tokens.py",
    "budkavle_outlook/simulator/host.html",
    "budkavle_outlook/static/pane.js",
    f"{VENDOR}/msal-browser.min.js",
    f"{VENDOR}/msal-browser.LICENSE.txt",
    "budkavle_teams/migrations/0001_tokens.py",
    "budkavle_teams/simulator/host.html",
    "budkavle_teams/static/teams.js",
)


@pytest.fixture(scope="module")
def budkavle(uv: str, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the installed command in an empty folder, with a PATH that holds the environment and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    venv, home = folder / "venv", folder / "home"
    home.mkdir()
    locked = ROOT / "requirements/run.txt"
    _run([uv, "venv", "--quiet", "--python", sys.executable, venv], os.environ)
    _run([uv, "pip", "install", "--quiet", "--python", venv, "--constraints", locked, wheel], os.environ)
    env = {"PATH": str(venv / "bin"), "HOME": str(home), "LANG": "C.UTF-8"}
    assert not any(shutil.which(name, path=env["PATH"]) for name in ("node", "npm", "uv", "git"))

    def run(*arguments: object, code: int = 0, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return _run([venv / "bin/budkavle", *arguments], env, code=code, timeout=timeout, cwd=home)

    return run


def test_the_wheel_is_whole(wheel: Path) -> None:
    """Browser packages, templates, styles, translations, schemas, migrations and type marks are in it."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert [name for name in WHOLE if name not in names] == []


@pytest.mark.feature("ZS10")
def test_the_wheel_is_reproducible(uv: str, wheel: Path, tree: Path, tmp_path: Path) -> None:
    """Built once more from a copy with other times and modes, it has the same bytes."""
    copy = tmp_path / "copy"
    shutil.copytree(tree, copy, copy_function=shutil.copy)
    for path in copy.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    _run(
        [uv, "build", "--wheel", "--quiet", "--python", sys.executable, "--out-dir", tmp_path / "out", copy], os.environ
    )
    (again,) = (tmp_path / "out").glob("*.whl")
    assert again.read_bytes() == wheel.read_bytes()


def test_the_wheel_has_every_tracked_file_of_its_packages(wheel: Path, tree: Path) -> None:
    """Nothing that is written down is left out, whatever its ending."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    yards = (
        tree / "core",
        tree / "addressbook",
        tree / "identity_tokens",
        tree / "microsoft_apps",
        tree / "schemas",
        *(tree / "plugins").iterdir(),
    )
    tracked = {
        path.relative_to(yard).as_posix()
        for yard in yards
        for package in yard.glob("budkavle*")
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert tracked - names == set()


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    """No tests, tools or documents, and no second top-level package; a new plugin's tests are its template's."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        own = [name for name in archive.namelist() if "/plugin_template/" not in name]
        inside = [name for name in own if "/tests/" in name or Path(name).name.startswith("test_")]
    packages = {top for top in tops if not top.endswith(".dist-info")}
    names = {*BUILT_IN, "identity_tokens", "microsoft_apps", "schemas", "sdk_transport"} - {"sdk"}
    assert packages == {"budkavle", *(f"budkavle_{name}" for name in names)}
    assert inside == []


def test_the_command_says_its_version(budkavle: Run, wheel: Path) -> None:
    """`budkavle --version` is the wheel's."""
    assert wheel.name.split("-")[1] in budkavle("--version").stdout


def test_the_built_in_plugins_are_found(budkavle: Run) -> None:
    """`budkavle plugin list` has them, and two are on without being named."""
    plugins = {one["name"]: one["enabled"] for one in json.loads(budkavle("plugin", "list", "--json").stdout)}
    assert plugins == {name: name in {"local", "password"} for name in BUILT_IN}


def test_the_built_in_plugins_are_right(budkavle: Run) -> None:
    """`budkavle plugin check` finds no fault in them."""
    reports = json.loads(budkavle("plugin", "check", *BUILT_IN, "--json").stdout)
    assert [report["faults"] for report in reports] == [[]] * len(BUILT_IN)


def test_a_message_is_built_and_judged(budkavle: Run) -> None:
    """The validator works without installation, database or Node."""
    parties = ("--from", "0203:a.example", "--from-function", "a", "--to", "0203:b.example", "--to-function", "b")
    budkavle("sdk", "build", *parties, "--text", "Hej", "--output", "message.xml")
    assert json.loads(budkavle("sdk", "check", "--json", "message.xml").stdout)["outcome"] == "ACCEPTED"


def test_the_demo_carries_its_messages(budkavle: Run) -> None:
    """`budkavle demo --once --json`: both ways acknowledged and accepted, and so say the kept files."""
    done = budkavle("demo", "--once", "--json", "--keep", "kept", timeout=420)
    messages = json.loads(done.stdout)["messages"]
    assert len(messages) == 2
    assert {(one["state"], one["receipt"]) for one in messages} == {("ACKNOWLEDGED", "ACCEPTED")}
    kinds = {"message": "message", "xhe": "envelope", "receipt": "receipt", "receipt-xhe": "envelope"}
    files = {f"kept/{one['id']}.{part}.xml": kind for one in messages for part, kind in kinds.items()}
    verdicts = [json.loads(line) for line in budkavle("sdk", "check", "--json", *files).stdout.splitlines()]
    assert {one["file"]: (one["kind"], one["outcome"]) for one in verdicts} == {
        file: (kind, "ACCEPTED") for file, kind in files.items()
    }


def _run(
    command: list[object], env: Mapping[str, str], *, code: int = 0, timeout: float = 240, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    done = subprocess.run(words, env=env, cwd=cwd, capture_output=True, text=True, check=False, timeout=timeout)
    assert done.returncode == code, f"{' '.join(words)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done
