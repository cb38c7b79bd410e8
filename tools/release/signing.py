"""Checksums and their signature by an SSH key. OpenSSH is enough to verify them: no network, no key server."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from release.commands import git, run

SUMS = "SHA256SUMS"
NAMESPACE = "budkavle-release"
SIGNER = "release@budkavle"


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS of all files of the folder, in the form that `sha256sum -c` reads."""
    files = sorted(path for path in folder.iterdir() if path.name != SUMS)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def sign(file: Path, key: Path) -> None:
    """Sign a file into FILE.sig beside it, and verify what was written.

    Args:
        file: The file.
        key: A private SSH key, or a public one whose private half an agent has.

    Raises:
        Refused: The key cannot sign, or the signature does not hold.
    """
    file.with_name(f"{file.name}.sig").unlink(missing_ok=True)
    run(["ssh-keygen", "-Y", "sign", "-f", key, "-n", NAMESPACE, file])
    with tempfile.TemporaryDirectory() as folder:
        signers = Path(folder) / "allowed_signers"
        signers.write_text(allowed_signer(key) + "\n", encoding="utf-8")
        words = ["-Y", "verify", "-f", signers, "-I", SIGNER, "-n", NAMESPACE, "-s", f"{file}.sig"]
        run(["ssh-keygen", *words], given=file.read_bytes())


def allowed_signer(key: Path) -> str:
    """Return the line by which others verify: it is published apart from the files."""
    public = key if key.suffix == ".pub" else key.with_name(f"{key.name}.pub")
    text = public.read_text("utf-8") if public.is_file() else run(["ssh-keygen", "-y", "-f", key])
    return f'{SIGNER} namespaces="{NAMESPACE},git" {" ".join(text.split()[:2])}'


def try_key(key: Path) -> None:
    """Sign a throwaway text, before anything is changed.

    Raises:
        Refused: The key cannot sign.
    """
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / "trial"
        trial.write_text("trial\n", encoding="utf-8")
        sign(trial, key)


def tag(new: str, key: Path) -> None:
    """Tag the commit as `vVERSION`, signed by the same key."""
    signed = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
    git(*signed, "tag", "--sign", "--message", f"Budkavle {new}", f"v{new}")
