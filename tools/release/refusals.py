"""What a release is refused for, before anything is changed."""

from __future__ import annotations

import subprocess
import tomllib

from release.commands import ROOT, Refused, git

CHANGELOG = ROOT / "CHANGELOG.md"


def version() -> str:
    """Return the version from pyproject.toml, its only source."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def refuse_what_is_not_committed() -> None:
    """What is built must be what git has.

    Raises:
        Refused: The tree has changes, or files that git does not know.
    """
    if changes := git("status", "--porcelain"):
        raise Refused(f"The tree is not clean. Commit or remove:\n{changes}")


def refuse_a_version_that_exists(new: str) -> None:
    """A version is one set of bytes for ever.

    Raises:
        Refused: There is a tag of it, or the changelog tells of it.
    """
    if git("tag", "--list", f"v{new}") or f"## {new} (" in CHANGELOG.read_text("utf-8"):
        raise Refused(f"Version {new} exists. Raise `version` in pyproject.toml, and commit it")


def refuse_without_fragments() -> None:
    """Refuse a release without changes that users would notice.

    Raises:
        Refused: `changelog/` is empty.
    """
    if not any(path.name != "README.md" for path in (ROOT / "changelog").glob("*.md")):
        raise Refused("changelog/ has no fragment: there is nothing to release")


def refuse_red_checks(checks: str) -> None:
    """Run the required checks; their output goes to the terminal.

    Raises:
        Refused: It has failed.
    """
    if code := subprocess.run(["/bin/sh", "-c", checks], cwd=ROOT, check=False).returncode:
        raise Refused(f"`{checks}` ended with {code}. Mend what it says, and commit it")
