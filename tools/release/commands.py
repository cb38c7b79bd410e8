"""Runs the programs that a release is made by."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Refused(Exception):
    """The release is not made; the message says why, and what to do."""


def run(command: Sequence[object], *, root: Path = ROOT, given: bytes = b"", **environment: str) -> str:
    """Run a program in the project's folder, and return what it has printed.

    Raises:
        Refused: It ended with another code than 0; its own words are in the message.
    """
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=root, env={**os.environ, **environment}, input=given, capture_output=True, check=False
    )
    if done.returncode:
        told = (done.stderr or done.stdout).decode(errors="replace")
        raise Refused(f"{' '.join(words[:4])} ended with {done.returncode}:\n{told[-2000:]}")
    return done.stdout.decode(errors="replace")


def git(*words: str) -> str:
    """Run git, and return what it has printed, without the last line's end."""
    return run(["git", *words]).strip()
