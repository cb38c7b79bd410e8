"""Shared by the tests of packages: the tree as in a clone, and the wheel built from it."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest


@pytest.fixture(scope="session")
def uv(root: Path, missing: Callable[[str], NoReturn]) -> str:
    """The program uv, which creates environments quickly."""
    return shutil.which("uv") or shutil.which("uv", path=root / ".boot/bin") or missing("no uv on PATH or in .boot/bin")


@pytest.fixture(scope="session")
def tree(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that git tracks, as in a clone: no vendor folder, no caches."""
    if not (root / ".git").exists():
        pytest.skip("this is no clone: git archive has nothing to archive")
    folder = tmp_path_factory.mktemp("tree")
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=root, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    assert not (folder / "core/budkavle/web/static/vendor").exists()
    return folder


@pytest.fixture(scope="session")
def wheel(uv: str, tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by hatchling in a separate environment."""
    out = tmp_path_factory.mktemp("dist")
    command = [uv, "build", "--wheel", "--quiet", "--python", sys.executable, "--out-dir", out, tree]
    subprocess.run(command, env=os.environ, check=True, timeout=240)
    (built,) = out.glob("*.whl")
    return built
