"""A small file system under the data of `chaos.py` that becomes full: database, files, ledger and parcels at once."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MEGABYTES = 700
"""The size of the file system: an installation has 150, and a round writes less than the rest."""
FULL_SECONDS = 8.0
"""How long it stays full after this has been noticed."""
PATIENCE = 120.0
"""The most seconds until someone has noticed that it is full, and until work continues when there is room."""
PIECE = 1 << 20
PROGRAMS = ("unshare", "mount", "umount")


def missing() -> str:
    """Return what is missing for mounting a file system, in words. Empty if nothing is."""
    if os.geteuid() != 0:
        return "a file system is mounted by root alone"
    lacking = next((name for name in PROGRAMS if shutil.which(name) is None), None)
    return f"{lacking} is not installed (Debian: mount, util-linux)" if lacking else ""


def refusal() -> str:
    """Return why this machine mounts none although nothing is missing, by trying it in a separate namespace."""
    command = ["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"this machine mounts no file system: {tried.stderr.strip()}" if tried.returncode else ""


@dataclass
class SmallDisk:
    """A file system in memory.

    Attributes:
        folder: Where it is mounted.
    """

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Take all the room that is left. What others free meanwhile remains theirs."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (PIECE, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass

    def free(self) -> None:
        """Give it back."""
        self._ballast.unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int = MEGABYTES) -> Iterator[SmallDisk]:
    """Mount a small file system in a new folder during the block."""
    folder.mkdir()
    options = f"size={megabytes}m,mode=755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_it(disk: SmallDisk, rounds: int, refused: Callable[[], int], confirmed: Callable[[], int]) -> int:
    """Let it become full repeatedly while people write, and free it each time.

    Args:
        disk: The disk to fill.
        rounds: How often.
        refused: Returns how often people have been told that there is no room.
        confirmed: Returns how often their messages have been sent.

    Returns:
        In how many rounds people were told, and could send again when there was room.
    """
    done = 0
    for _ in range(rounds):
        before = refused()
        was_told = _wait(lambda before=before: refused() > before, disk.fill)
        until = time.monotonic() + FULL_SECONDS
        while time.monotonic() < until:
            disk.fill()
            time.sleep(0.1)
        disk.free()
        sent = confirmed()
        done += was_told and _wait(lambda sent=sent: confirmed() > sent + 2, lambda: None)
    return done


def _wait(holds: Callable[[], bool], meanwhile: Callable[[], None]) -> bool:
    until = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < until:
        meanwhile()
        time.sleep(0.1)
    return holds()
