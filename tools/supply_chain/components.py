"""The packages that an installation gets: pinned in `requirements/run.txt`, and those copied from npm."""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from browser_packages import COPIES, STYLES  # noqa: E402 (the build hook beside this folder)

SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "BSD-0-Clause": "0BSD",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""Names that packages use, and the identifier of the SPDX list."""
TOLD = {
    "aiosmpplib": "MIT",
    "dkimpy": "Zlib",
    "isodate": "BSD-3-Clause",
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",
    "pyrage": "MIT",
}
"""Packages whose metadata names no licence: what the licence file in the package is."""


@dataclass(frozen=True)
class Component:
    """A third-party package in the product.

    Attributes:
        name: As the registry spells it.
        version: The pinned one.
        kind: "pypi" or "npm".
        licence: SPDX expression; empty where the package names none.
        hashes: SHA-256 of its files, or SHA-512 for npm, in hexadecimal.
    """

    name: str
    version: str
    kind: str
    licence: str
    hashes: tuple[str, ...] = ()

    @property
    def purl(self) -> str:
        """The package URL (purl specification)."""
        return f"pkg:{self.kind}/{self.name.replace('@', '%40')}@{self.version}"


def components(root: Path = ROOT) -> list[Component]:
    """All of them, by kind and name."""
    return [*python_components(root / "requirements/run.txt"), *browser_components(root / "package-lock.json")]


def python_components(locked: Path) -> list[Component]:
    """What the lock file pins for this system; the licence comes from the installed package."""
    components = []
    joined = locked.read_text("utf-8").replace("\\\n", " ")
    for entry in (line for line in joined.splitlines() if line and line[0].isalnum()):
        pin, *hashes = entry.split("--hash=sha256:")
        requirement = Requirement(pin.strip())
        if requirement.marker is None or requirement.marker.evaluate():
            (version,) = (part.version for part in requirement.specifier)
            name = canonicalize_name(requirement.name)
            hexadecimal = tuple(value.strip() for value in hashes)
            components.append(Component(name, version, "pypi", licence_of(name), hexadecimal))
    return components


def licence_of(name: str) -> str:
    """Read a licence from the package's metadata: its expression, its classifiers, its free text."""
    if name in TOLD:
        return TOLD[name]
    metadata = importlib.metadata.metadata(name).json  # the names as PEP 566 writes them
    if expression := metadata.get("license_expression"):
        return str(expression)
    text = str(metadata.get("license", "")).strip()
    if text in SPDX or re.fullmatch(r"[A-Za-z0-9.+-]+", text):
        return SPDX.get(text, text)
    classifiers = [
        entry.split(" :: ")[-1] for entry in metadata.get("classifier", []) if entry.startswith("License ::")
    ]
    named = [SPDX.get(entry, entry) for entry in classifiers if entry != "OSI Approved"]
    if named:
        return " OR ".join(named)
    return "MIT" if text.startswith("MIT License") else text.splitlines()[0] if text else ""


def browser_components(locked: Path) -> list[Component]:
    """The npm packages whose files the build hook copies into the wheel."""
    sources = [*COPIES, STYLES.as_posix()]
    packages = json.loads(locked.read_text("utf-8"))["packages"]
    components = []
    for path, package in sorted(packages.items()):
        name = path.removeprefix("node_modules/")
        if any(source.startswith(f"{name}/") for source in sources):
            licence = package.get("license", "")
            components.append(Component(name, package["version"], "npm", SPDX.get(licence, licence)))
    return components
