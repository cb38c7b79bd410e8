"""The source distribution: all that the project is, and enough to build the very same wheel without Node or npm."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

EPOCH = "1700000000"


@pytest.fixture(scope="module")
def sdist(wheel: Path, tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It, built from a tree whose browser packages the wheel's build has brought."""
    return _build(tree, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its one folder."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as tar:
        tar.extractall(folder, filter="data")
    (inside,) = folder.iterdir()
    return inside


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """What the wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_bytes(archive.read(name))


def test_the_sdist_has_every_tracked_file(unpacked: Path, tree: Path) -> None:
    """Tests, documents, changelog fragments and tools come along; a link to a folder alone does not."""
    tracked = {path.relative_to(tree) for path in tree.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert {path for path in tracked if not (unpacked / path).is_file()} == set()


@pytest.mark.feature("ZS10")
def test_the_sdist_is_reproducible(sdist: Path, tree: Path, tmp_path: Path) -> None:
    """From a copy with other times it has the same bytes; every file in it is of SOURCE_DATE_EPOCH."""
    copy = tmp_path / "copy"
    shutil.copytree(tree, copy, copy_function=shutil.copy, symlinks=True)
    assert _build(copy, "sdist", tmp_path / "again").read_bytes() == sdist.read_bytes()
    with tarfile.open(sdist) as tar:
        assert {member.mtime for member in tar} == {int(EPOCH)}


def test_the_sdist_makes_the_same_wheel_without_npm(unpacked: Path, tree: Path, tmp_path: Path) -> None:
    """The browser's packages lie in it: an npm that fails is not asked."""
    failing = tmp_path / "bin/npm"
    failing.parent.mkdir()
    failing.write_text("#!/bin/sh\necho npm was asked >&2\nexit 1\n", encoding="utf-8")
    failing.chmod(0o755)
    made = _build(unpacked, "wheel", tmp_path / "from-sdist", path=failing.parent)
    assert made.read_bytes() == _build(tree, "wheel", tmp_path / "from-tree").read_bytes()


def test_the_metadata_are_whole(metadata: Message, root: Path) -> None:
    """Version, licence, readme and addresses stand in it, as an index shows them."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert (metadata["Version"], metadata["License-Expression"]) == (project["version"], "MPL-2.0")
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert str(metadata.get_payload()).lstrip().startswith("# Budkavle")
    addresses = dict(str(value).split(", ", 1) for value in metadata.get_all("Project-URL", []))
    assert set(addresses) >= {"Homepage", "Documentation", "Changelog", "Source"}
    assert all(address.startswith("https://") for address in addresses.values())
    pythons = {f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13, 14)}
    assert pythons <= set(metadata.get_all("Classifier", []))


def test_the_version_stands_in_one_place(root: Path) -> None:
    """What is tracked names the product's version in pyproject.toml alone, and in what has been released."""
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    alone = rf"(^|[^0-9.]){re.escape(version)}([^0-9]|$)"  # and no part of a longer number, such as an address
    naming = ["git", "grep", "-lIE", alone, "--", "core/**/*.py", "deploy", "docs/*.md", "README.md", "Makefile"]
    files = subprocess.run(naming, cwd=root, capture_output=True, text=True, check=False).stdout.split()
    assert files == []


def _build(folder: Path, kind: str, out: Path, *, path: Path | None = None) -> Path:
    """Run hatchling of the tests' own environment there; `path` takes the place of all other programs."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH} | ({"PATH": str(path)} if path else {})
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.iterdir()
    return built
