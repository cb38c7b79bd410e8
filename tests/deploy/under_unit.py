"""Runs a command as a unit of systemd lets it run: its system calls, and no memory that is both written and executed.

Started by `test_systemd.py` as `python under_unit.py UNIT COMMAND...`. It reads the unit, asks systemd-analyze which
calls its groups have, closes itself in (seccomp(2), prctl(2)), and becomes the command.
"""

import ctypes
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
NO_NEW_PRIVILEGES, MDWE, SET_SECCOMP, FILTER = 38, 65, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050001
"""SECCOMP_RET_ALLOW, and SECCOMP_RET_ERRNO with EPERM."""


def allowed(unit: str) -> set[str]:
    """The names of the calls that `SystemCallFilter=` leaves: each line adds, and one with a tilde takes away."""
    names: set[str] = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        listed = {call for word in line.removeprefix("~").split() for call in group(word)}
        names = names - listed if line.startswith("~") else names | listed
    return names | group("@default")  # systemd's own list of what every process may


def group(word: str) -> set[str]:
    """A call, or all calls of a group, those of the groups in it too."""
    if not word.startswith("@"):
        return {word}
    told = subprocess.run(
        ["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True
    ).stdout
    words = [line.strip() for line in told.splitlines()[1:] if line.startswith("    ") and "#" not in line]
    return {call for each in words if each for call in group(each)}


def program(numbers: set[int]) -> bytes:
    """The filter: allowed are those numbers, and everything else is refused with EPERM."""
    steps = [struct.pack("HBBI", LOAD, 0, 0, 0)]
    for number in sorted(numbers):
        steps += [struct.pack("HBBI", EQUAL, 0, 1, number), struct.pack("HBBI", RETURN, 0, 0, ALLOW)]
    return b"".join([*steps, struct.pack("HBBI", RETURN, 0, 0, REFUSE)])


def close_in(unit: str) -> None:
    """Apply what the unit says to this process and all that come of it."""
    numbers = dict(re.findall(r"#define __NR_(\w+) (\d+)", HEADER.read_text("utf-8")))
    steps = program({int(numbers[name]) for name in allowed(unit) if name in numbers})
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(steps, len(steps))
    filters = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps) // 8, ctypes.addressof(code)))
    asked = [(NO_NEW_PRIVILEGES, 1), *([(MDWE, 1)] if "MemoryDenyWriteExecute=yes" in unit else [])]
    for option, value in asked:
        if libc.prctl(option, value, 0, 0, 0):
            raise OSError(ctypes.get_errno(), f"prctl {option}")
    if libc.prctl(SET_SECCOMP, FILTER, filters, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    close_in(Path(sys.argv[1]).read_text("utf-8"))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the command of the test
