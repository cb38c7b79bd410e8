"""The two layers of the image, as tar files: Debian's packages, and Budkavle with its own."""

from __future__ import annotations

import io
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

from release.commands import ROOT, run

SUITE = "trixie"
PYTHON = "3.13"
"""The one of the suite."""
PACKAGES = ("ca-certificates", "media-types", "python3", "tzdata")
USER = 10001
LEFT_OUT = (
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
)
NAMES = (
    ("etc/passwd", f"budkavle:x:{USER}:{USER}::/var/lib/budkavle:/usr/sbin/nologin"),
    ("etc/group", f"budkavle:x:{USER}:"),
)
"""The user has a name, which programs look up."""
COMMAND = '#!/bin/sh\nexec /usr/bin/python3 -m budkavle "$@"\n'


def base(target: Path, epoch: int) -> None:
    """Write what Debian's packages make: the smallest system that has Python.

    Args:
        target: The tar file.
        epoch: SOURCE_DATE_EPOCH; nothing in it is younger.

    Raises:
        Refused: mmdebstrap fails, which wants root or namespaces of users, and a mirror of Debian.
    """
    named = [f"--customize-hook=echo '{line}' >> \"$1/{file}\"" for file, line in NAMES]
    words = ["--variant=minbase", *named, f"--include={','.join(PACKAGES)}", *LEFT_OUT, SUITE, target]
    run(["mmdebstrap", "--quiet", *words], SOURCE_DATE_EPOCH=str(epoch))


def product(target: Path, wheel: Path, folder: Path, epoch: int) -> None:
    """Write Budkavle and the packages that it needs, as requirements/run.txt pins them by hash, and the command.

    Args:
        target: The tar file.
        wheel: Budkavle's.
        folder: Where the packages are laid out, empty.
        epoch: The time of everything in it.
    """
    uv = shutil.which("uv") or str(ROOT / ".boot/bin/uv")
    platform = ["--python-version", PYTHON, "--python-platform", "x86_64-unknown-linux-gnu", "--no-compile-bytecode"]
    locked = ["--require-hashes", "-r", ROOT / "requirements/run.txt"]
    run([uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", folder, *platform, *locked])
    shutil.rmtree(folder / "bin", ignore_errors=True)  # scripts for the Python of this machine
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)  # noqa: S202 - the wheel is our own, just built
    packed = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        _add(tar, "usr/local/bin/budkavle", COMMAND.encode(), epoch, mode=0o755)
        for path in packed:
            if path.name not in {".lock", "uv_cache.json"}:  # uv's own, with times
                name = f"opt/budkavle/{path.relative_to(folder).as_posix()}"
                _add(tar, name, path.read_bytes(), epoch, mode=0o755 if path.stat().st_mode & 0o100 else 0o644)
        for name in ("etc/budkavle", "var/lib/budkavle"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.mtime, entry.uid, entry.gid = tarfile.DIRTYPE, 0o750, epoch, USER, USER
            tar.addfile(entry)


def _add(tar: tarfile.TarFile, name: str, content: bytes, epoch: int, *, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(content), epoch, mode
    tar.addfile(entry, io.BytesIO(content))
