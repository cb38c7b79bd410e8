"""docs/cryptography.md says which packages use cryptography, by the libraries that they import."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from tests.reading_code import nodes

ROOT = Path(__file__).parents[2]
FOLDERS = ("core", "plugins", "identity_tokens", "microsoft_apps", "addressbook", "schemas")
LIBRARIES = {"argon2", "cryptography", "hashlib", "hmac", "http_ece", "joserfc"} | {
    *("pkcs11", "pyotp", "pyrage", "secrets", "ssl", "webauthn"),
}
TEXT = (ROOT / "docs/cryptography.md").read_text("utf-8")
ROW = re.compile(r"^\| `([\w/]+)` \| ((?:[a-z_0-9]+(?:, )?)+) \|$", re.MULTILINE)


def imported(module: Path) -> set[str]:
    """The libraries of cryptography that a module imports, anywhere in it."""
    names = set[str]()
    for node in nodes(module, LIBRARIES):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names} & LIBRARIES


def used() -> dict[str, set[str]]:
    """By package, and in the core by folder, what is imported outside of simulators and what only tests need."""
    by_package = defaultdict[str, set[str]](set)
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).parts
        if not {"simulator", "testing"} & set(parts):
            depth = 3 if parts[0] == "core" and len(parts) > 3 else 2
            package = f"core/{parts[2]}" if depth == 3 else "/".join(parts[: 1 if parts[0] != "plugins" else 2])
            by_package[package] |= imported(path)
    return {package: names for package, names in by_package.items() if names}


def test_the_list_of_who_uses_cryptography_is_the_codes() -> None:
    """A package that begins to use a library, or ends, changes the list, and is looked at."""
    told = {package: set(names.split(", ")) for package, names in ROW.findall(TEXT)}
    assert told == used()


def test_imports_are_found_wherever_they_stand(tmp_path: Path) -> None:
    """At the top, within a function, of a part of the library; a module of ours with such a name is none."""
    module = tmp_path / "module.py"
    module.write_text("import hmac\ndef f():\n    from cryptography.hazmat import x\nfrom .secrets import y", "utf-8")
    assert imported(module) == {"hmac", "cryptography"}
