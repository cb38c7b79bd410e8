"""What a child process takes on before it opens a foreign document: no file, no network, no other program.

Two locks of the Linux kernel, each where there is one: Landlock takes away every path, TCP and signals to others; a
seccomp filter takes away the calls that open files, make sockets, start programs and look into other processes. Neither
can be taken off again.
"""

import ctypes
import errno
import platform
import struct
from collections.abc import Sequence
from typing import Any, Final

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_TCP_ABI, _SCOPE_ABI, _DEVICES_ABI = 4, 6, 5
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001
"""What the filter answers: go on, or `EPERM`."""
_NUMBER, _ARCHITECTURE = 0, 4
"""Where the filter finds the number of a call and the machine's kind."""
_X32: Final = 0x40000000
_EVERYWHERE: Final = (425, 426, 434, 435, 437, 438)
"""io_uring_setup, io_uring_enter, pidfd_open, clone3, openat2, pidfd_getfd: the same numbers on all machines."""
_MACHINES: Final = {
    # Files and links to others; sockets; programs and processes; keyrings, and what looks into the kernel.
    "x86_64": (
        0xC000003E,
        (
            *(2, 85, 257, 304),
            *(41, 42, 43, 44, 46, 49, 50, 53),
            *(56, 57, 58, 59, 62, 101, 272, 308, 310, 311, 322),
            *(165, 248, 249, 250, 298, 321, 323),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        (
            *(56, 265),
            *(198, 199, 200, 201, 202, 203, 206, 211),
            *(97, 117, 129, 220, 221, 268, 270, 271, 281),
            *(40, 217, 218, 219, 241, 280, 282),
        ),
    ),
}


LOCKS: Final = ("landlock", "seccomp")
"""What the locks are called."""


def missing_locks() -> list[str]:
    """Return the locks that this machine does not have, without taking any on."""
    try:
        libc: Any = ctypes.CDLL(None, use_errno=True)
    except OSError:  # another system
        return list(LOCKS)
    has = {"landlock": landlock_version(libc) > 0, "seccomp": _has_seccomp(libc)}
    return [name for name in LOCKS if not has[name]]


def _has_seccomp(libc: Any) -> bool:
    """Tell whether the kernel takes filters: it says that a missing one is at a bad address, not that it knows none."""
    refused = libc.prctl(_SET_SECCOMP, _FILTER, None, 0, 0)
    return platform.machine() in _MACHINES and bool(refused) and ctypes.get_errno() == errno.EFAULT


def close_in() -> list[str]:
    """Take on every lock that this machine has; returns their names.

    What the process still needs must be imported and open by now.
    """
    try:
        libc: Any = ctypes.CDLL(None, use_errno=True)
    except OSError:  # another system
        return []
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return []
    return [name for name, lock in (("landlock", _landlock), ("seccomp", _seccomp)) if lock(libc)]


def landlock_version(libc: Any) -> int:
    """Return the version of Landlock that the kernel has, 0 for none."""
    return max(0, int(libc.syscall(_CREATE_RULESET, None, 0, 1)))


def _landlock(libc: Any) -> bool:
    version = landlock_version(libc)
    if not version:
        return False
    files = (1 << (13 + (version >= 2) + (version >= 3))) - 1
    files |= (1 << 15) if version >= _DEVICES_ABI else 0
    rights = struct.pack("QQQ", files, 3 if version >= _TCP_ABI else 0, 3 if version >= _SCOPE_ABI else 0)
    size = 8 if version < _TCP_ABI else 16 if version < _SCOPE_ABI else 24
    ruleset = libc.syscall(_CREATE_RULESET, rights, size, 0)
    return ruleset >= 0 and not libc.syscall(_RESTRICT_SELF, ruleset, 0)


def _seccomp(libc: Any) -> bool:
    machine, refused = _MACHINES.get(platform.machine(), (0, ()))
    if not machine:
        return False
    program = _program(machine, sorted({*refused, *_EVERYWHERE}))
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a number of instructions, and where they are.
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    return not libc.prctl(_SET_SECCOMP, _FILTER, ctypes.create_string_buffer(header, len(header)), 0, 0)


def _program(machine: int, refused: Sequence[int]) -> bytes:
    """Return the filter: refuse other kinds of calls than the machine's own, and those of the list."""
    last = len(refused)
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, last + 3, machine),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, last + 1, 0, _X32),
        *((_EQUAL, last - at, 0, number) for at, number in enumerate(refused)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
