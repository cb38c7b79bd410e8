"""Shapes and judges what is not Python: CSS and JavaScript (biome), SQL (sqruff), templates (djhtml and djlint).

`--fix` writes the shape, without it nothing is written and the exit code tells. biome comes from npm, as
`tools/linters/package-lock.json` pins it, at the first use.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

from browser_packages import _environment, _npm

ROOT = Path(__file__).parents[1]
PACKAGES = ROOT / "tools" / "linters"
BIOME = PACKAGES / "node_modules" / "@biomejs" / "biome" / "bin" / "biome"
STAMP = PACKAGES / "node_modules" / "installed-from.txt"
QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
SHAPE = ROOT / "tools" / "template_shape.py"
TEMPLATES = ("core/budkavle/web/templates", "addressbook", "plugins", "tests/third_party")


def main(arguments: list[str] | None = None) -> int:
    """Run all linters, and return 1 if there are faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true", help="write the shape, in place of judging")
    fix = parser.parse_args(arguments).fix
    install()
    commands = fixes() if fix else checks()
    codes = [subprocess.run(command, cwd=ROOT, env=_environment(), check=False).returncode for command in commands]
    return 0 if fix else int(any(codes))


def checks() -> list[list[str]]:
    """Return the commands that check, without writing anything."""
    return [
        ["node", str(BIOME), "check", "--error-on-warnings"],
        [program("sqruff"), "lint", *statements()],
        [sys.executable, str(SHAPE), "--check", *templates()],
        [program("djlint"), "--quiet", "--lint", *TEMPLATES],
    ]


def fixes() -> list[list[str]]:
    """Return the commands that format."""
    return [
        ["node", str(BIOME), "check", "--write"],
        [program("sqruff"), "fix", *statements()],
        [sys.executable, str(SHAPE), *templates()],
    ]


def install() -> None:
    """Fetch biome, unless the version in the lock file is already there."""
    lock = hashlib.sha256((PACKAGES / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text("utf-8") == lock:
        return
    subprocess.run([*_npm(), "ci", *QUIET], cwd=PACKAGES, env=_environment(), check=True)
    STAMP.write_text(lock, "utf-8")


def program(name: str) -> str:
    """Return a program of the environment that runs this."""
    return str(Path(sys.executable).with_name(name))


def statements() -> list[str]:
    """Return our SQL files, except for the dumps of the tests."""
    return [name for name in files("*.sql") if not name.startswith("tests/")]


def templates() -> list[str]:
    """Return the pages that Jinja fills in, except for those that the simulators send unchanged."""
    return [name for name in files("*.html") if "/templates/" in name]


def files(pattern: str) -> list[str]:
    """Return the files of the project that match a pattern."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", pattern]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    return [name for name in names.stdout.split("\0") if name and (ROOT / name).is_file()]


if __name__ == "__main__":
    sys.exit(main())
