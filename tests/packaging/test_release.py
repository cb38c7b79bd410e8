"""`make release`, in a clone: what it makes, what it refuses, and that a release that fails leaves nothing."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

VERSION = "7.8.9"
Release = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def key(program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The releaser's SSH key."""
    file = tmp_path_factory.mktemp("keys") / "releaser"
    subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    return file


@pytest.fixture(scope="module")
def origin(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with a version of its own, few fragments, and the browser packages that are here."""
    if not (root / ".git").exists():
        pytest.skip("this is no clone")
    clone = tmp_path_factory.mktemp("origin") / "budkavle"
    _git(root, "clone", "--quiet", "--no-hardlinks", root, clone)
    project = clone / "pyproject.toml"
    lines = project.read_text("utf-8").splitlines(keepends=True)
    changed = [f'version = "{VERSION}"\n' if line.startswith('version = "') else line for line in lines]
    project.write_text("".join(changed), encoding="utf-8")
    for fragment in _fragments(clone):
        fragment.unlink()
    (clone / "changelog/+release-trial.feature.md").write_text("What the trial tells.\n", encoding="utf-8")
    _commit(clone, "build: a trial")
    vendor = "core/budkavle/web/static/vendor"
    shutil.copytree(root / vendor, clone / vendor)
    return clone


@pytest.fixture
def clone(origin: Path) -> Iterator[Path]:
    """The clone, as it was before the test once this has ended."""
    before = _git(origin, "rev-parse", "HEAD")
    yield origin
    _git(origin, "reset", "--quiet", "--hard", before)
    _git(origin, "clean", "--quiet", "--force", "-d", "--", "dist", "changelog")
    shutil.rmtree(origin / "dist", ignore_errors=True)
    if _git(origin, "tag", "--list", f"v{VERSION}"):
        _git(origin, "tag", "--delete", f"v{VERSION}")


@pytest.fixture
def release(clone: Path, key: Path) -> Release:
    """Run `make release` there, without make, and with a check that says yes."""

    def run(*, key: Path = key, checks: str = "true", image: str = "sha256:abc") -> subprocess.CompletedProcess[str]:
        words = ["--key", str(key), "--checks", checks, "--image", image]
        return subprocess.run(
            [sys.executable, "-m", "release", *words],
            cwd=clone,
            env=_environment(PYTHONPATH=str(clone / "tools")),
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    return run


@pytest.mark.feature("ZO15", "ZS10")
def test_a_release_is_made_and_verified(clone: Path, release: Release, tmp_path: Path) -> None:
    """Changelog, wheel, sdist, bill of materials, notes, checksums, signature and tag; nothing is left uncommitted.

    Anybody can build the same bytes from the tag.
    """
    done = release()
    assert done.returncode == 0, done.stderr
    folder = clone / "dist" / VERSION
    wheel, sdist, bill = (
        f"budkavle-{VERSION}-py3-none-any.whl",
        f"budkavle-{VERSION}.tar.gz",
        f"budkavle-{VERSION}.cdx.json",
    )
    assert {path.name for path in folder.iterdir()} == {
        wheel, sdist, bill, f"budkavle-chart-{VERSION}.tgz", "NOTES.md", "SHA256SUMS", "SHA256SUMS.sig"
    }  # fmt: skip
    with zipfile.ZipFile(folder / wheel) as archive:
        assert f"budkavle-{VERSION}.dist-info/METADATA" in archive.namelist()
    assert VERSION in (folder / bill).read_text("utf-8")
    changelog = (clone / "CHANGELOG.md").read_text("utf-8")
    assert f"## {VERSION} (" in changelog
    assert "- What the trial tells." in changelog
    assert _fragments(clone) == []
    notes = (folder / "NOTES.md").read_text("utf-8")
    assert "- What the trial tells." in notes
    assert "sha256:abc" in notes
    assert _git(clone, "status", "--porcelain") == ""
    assert _git(clone, "log", "-1", "--format=%s") == f"build: release {VERSION}"
    assert _git(clone, "rev-parse", "HEAD") in notes

    assert _made_otherwise(clone, tmp_path / "other") == []

    signers = tmp_path / "allowed_signers"
    signers.write_text(done.stdout.splitlines()[-1] + "\n", encoding="utf-8")
    _git(clone, "-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-tag", f"v{VERSION}")
    assert _git(clone, "rev-parse", f"v{VERSION}^{{commit}}") == _git(clone, "rev-parse", "HEAD")
    steps = notes.split("```sh\n")[1].split("```")[0]
    assert _verifies(steps, folder, signers)
    with (folder / wheel).open("ab") as file:
        file.write(b" ")
    assert not _verifies(steps, folder, signers)
    sums = (folder / "SHA256SUMS").read_text("utf-8")
    changed = hashlib.sha256((folder / wheel).read_bytes()).hexdigest()
    (folder / "SHA256SUMS").write_text(changed + sums[64:], encoding="utf-8")
    assert not _verifies(steps, folder, signers)


def _made_otherwise(clone: Path, folder: Path) -> list[str]:
    """Return what `make packages` makes, in another clone of the tag and at another time, of other bytes."""
    _git(clone, "clone", "--quiet", "--branch", f"v{VERSION}", clone, folder)
    vendor = "core/budkavle/web/static/vendor"
    shutil.copytree(clone / vendor, folder / vendor)
    environment = _environment(PYTHONPATH=str(folder / "tools"))
    subprocess.run([sys.executable, "-m", "release.packages"], cwd=folder, env=environment, check=True, timeout=240)
    sums = (clone / "dist" / VERSION / "SHA256SUMS").read_text("utf-8")
    built = sorted((folder / "dist/packages").iterdir())
    assert len(built) == 4
    return [
        path.name for path in built if f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" not in sums
    ]


def _stray(clone: Path) -> None:
    (clone / "stray.txt").write_text("not committed", encoding="utf-8")


def _tagged(clone: Path) -> None:
    _git(clone, "tag", f"v{VERSION}")


def _told(clone: Path) -> None:
    with (clone / "CHANGELOG.md").open("a", encoding="utf-8") as file:
        file.write(f"\n## {VERSION} (2026-01-01)\n")
    _commit(clone, "docs: told before")


def _nothing_new(clone: Path) -> None:
    for fragment in _fragments(clone):
        fragment.unlink()
    _commit(clone, "docs: no fragments")


def _unbuildable(clone: Path) -> None:
    project = clone / "pyproject.toml"
    project.write_text(project.read_text("utf-8").replace("tools/browser_packages.py", "tools/gone.py"), "utf-8")
    _commit(clone, "build: broken")


@pytest.mark.parametrize(
    ("prepare", "checks", "reason"),
    [
        (_stray, "true", "not clean"),
        (_tagged, "true", "exists"),
        (_told, "true", "exists"),
        (_nothing_new, "true", "no fragment"),
        (None, "false", "`false` ended with 1"),
        (None, "touch made-by-a-check", "not clean"),
        (_unbuildable, "true", "hatchling"),
    ],
)
def test_a_release_is_refused_and_leaves_nothing(
    clone: Path, release: Release, prepare: Callable[[Path], None] | None, checks: str, reason: str
) -> None:
    """What is not committed, exists, has nothing new, is red or cannot be built is not released."""
    if prepare:
        prepare(clone)
    before = _git(clone, "rev-parse", "HEAD"), _git(clone, "tag", "--list")
    done = release(checks=checks)
    assert done.returncode == 1
    assert reason in done.stderr
    assert (_git(clone, "rev-parse", "HEAD"), _git(clone, "tag", "--list")) == before
    assert not (clone / "dist" / VERSION).exists()
    for name in ("stray.txt", "made-by-a-check"):
        (clone / name).unlink(missing_ok=True)
    assert _git(clone, "status", "--porcelain") == ""


def test_a_key_that_cannot_sign_is_refused_first(clone: Path, release: Release, key: Path) -> None:
    """Before the checks, which take an hour."""
    done = release(key=key.with_name("nobody"), checks="touch checked")
    assert done.returncode == 1
    assert "ssh-keygen" in done.stderr
    assert not (clone / "checked").exists()


def _verifies(steps: str, folder: Path, signers: Path) -> bool:
    """Whether the steps of the notes end well, with the signer's line from elsewhere."""
    command = f"set -e\n{steps.replace('-f allowed_signers', f'-f {signers}')}"
    return subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, check=False).returncode == 0


def _environment(**more: str) -> dict[str, str]:
    """Git without anybody's own settings, as a person who is nobody."""
    person = {
        f"GIT_{role}_{what}": "nobody@budkavle.example"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    kept = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    return {**kept, **person, "GIT_CONFIG_GLOBAL": "/dev/null", **more}


def _git(folder: Path, *words: object) -> str:
    command = ["git", *(str(word) for word in words)]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _fragments(clone: Path) -> list[Path]:
    return [path for path in (clone / "changelog").glob("*.md") if path.name != "README.md"]


def _commit(clone: Path, message: str) -> None:
    _git(clone, "add", "--all")
    _git(clone, "commit", "--quiet", "--message", message)
