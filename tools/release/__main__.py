"""Makes a release of the version that pyproject.toml says: `make release KEY=path/to/ssh/key`.

It refuses a tree with changes, a version that exists, and red checks. It writes CHANGELOG.md from the fragments and
removes them, commits that, builds everything in `dist/VERSION`, signs, and tags the commit. Where a step fails, the
branch is as it was. Nothing is pushed or published.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from release import refusals, signing
from release.commands import ROOT, Refused, git, run
from release.notes import notes
from release.packages import build, epoch


def release(key: Path, checks: str, image: str | None) -> Path:
    """Make it.

    Args:
        key: The releaser's SSH key.
        checks: The command that must end with 0.
        image: The digest of a container image that was built of this version.

    Returns:
        The folder with its files.

    Raises:
        Refused: It is not made, and nothing is changed.
    """
    new = refusals.version()
    refusals.refuse_what_is_not_committed()
    refusals.refuse_a_version_that_exists(new)
    refusals.refuse_without_fragments()
    signing.try_key(key)
    refusals.refuse_red_checks(checks)
    refusals.refuse_what_is_not_committed()
    before, folder = git("rev-parse", "HEAD"), ROOT / "dist" / new
    try:
        _commit_changelog(new)
        build(folder)
        (folder / "NOTES.md").write_text(notes(new, git("rev-parse", "HEAD"), epoch(), image), encoding="utf-8")
        signing.write_sums(folder)
        signing.sign(folder / signing.SUMS, key)
        signing.tag(new, key)
    except BaseException:
        git("reset", "--quiet", "--hard", before)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _commit_changelog(new: str) -> None:
    today = datetime.now(UTC).date().isoformat()
    run([sys.executable, "-m", "towncrier", "build", "--yes", "--version", new, "--date", today])
    git("add", "--all")
    git("commit", "--quiet", "--message", f"build: release {new}")


def main() -> int:
    """Make the release, and say what it is and what remains to be done; 1 where it is refused."""
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("--key", type=Path, required=True, help="SSH key of the releaser")
    parser.add_argument("--checks", default="make check test", help="what must hold")
    parser.add_argument("--image", help="digest of the container image, as `make image` prints it")
    arguments = parser.parse_args()
    try:
        folder = release(arguments.key, arguments.checks, arguments.image)
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return 1
    files = "".join(f"  {path.name}\n" for path in sorted(folder.iterdir()))
    sys.stdout.write(
        f"{folder.relative_to(ROOT)}\n{files}Push the branch and the tag v{folder.name}. Who verifies needs:\n"
    )
    sys.stdout.write(f"{signing.allowed_signer(arguments.key)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
