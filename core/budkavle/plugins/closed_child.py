"""Restricts a child process before it opens an untrusted document: no file, no network, no other program.

`close_in` is for work that needs nothing but its memory; `fence_in` is for an external program that reads its own files
and writes into one folder.

It uses two locks of the Linux kernel, each if available: Landlock removes access to every path, TCP and signals to
others; a seccomp filter removes the system calls that open files, make sockets, start programs and inspect other
processes. Neither can be undone.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_TCP_ABI, _SCOPE_ABI, _DEVICES_ABI = 4, 6, 5
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1, 2, 4, 8, 1 << 14
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001
"""The filter's answers: allow, or `EPERM`."""
_NUMBER, _ARCHITECTURE = 0, 4
"""Where the filter finds the number of a system call and the architecture."""
_NEW_MOUNTS, _NEW_USER, _BIND, _PRIVATE = 0x00020000, 0x10000000, 0x1000, 0x4000 | 0x40000
_X32: Final = 0x40000000
_EVERYWHERE: Final = (425, 426, 434, 435, 437, 438)
"""io_uring_setup, io_uring_enter, pidfd_open, clone3, openat2, pidfd_getfd: the same numbers on all machines."""
_MACHINES: Final = {
    # Files and links; sockets; programs and processes; keyrings, and calls that inspect the kernel.
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
"""The names of the locks."""


def missing_locks() -> list[str]:
    """Return the locks that this machine lacks, without applying any."""
    try:
        libc: Any = ctypes.CDLL(None, use_errno=True)
    except OSError:  # another system
        return list(LOCKS)
    has = {"landlock": landlock_version(libc) > 0, "seccomp": _has_seccomp(libc)}
    return [name for name in LOCKS if not has[name]]


def _has_seccomp(libc: Any) -> bool:
    """Tell whether the kernel supports filters: if so, it rejects a missing one for its address, not as unknown."""
    refused = libc.prctl(_SET_SECCOMP, _FILTER, None, 0, 0)
    return platform.machine() in _MACHINES and bool(refused) and ctypes.get_errno() == errno.EFAULT


def close_in() -> list[str]:
    """Apply every lock that this machine has; returns their names.

    Everything that the process still needs must be imported and open by now.
    """
    try:
        libc: Any = ctypes.CDLL(None, use_errno=True)
    except OSError:  # another system
        return []
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return []
    return [name for name, lock in (("landlock", _landlock), ("seccomp", _seccomp)) if lock(libc)]


def landlock_version(libc: Any) -> int:
    """Return the kernel's version of Landlock; 0 if it has none."""
    return max(0, int(libc.syscall(_CREATE_RULESET, None, 0, 1)))


def can_fence() -> bool:
    """Tell whether this machine supports `fence_in`."""
    try:
        return landlock_version(ctypes.CDLL(None, use_errno=True)) > 0
    except OSError:  # another system
        return False


def fence_in(reads: Sequence[Path], writes: Sequence[Path]) -> None:
    """Let this process, and all that it starts, access only some paths, and no TCP.

    Args:
        reads: Folders and files that may be read and executed.
        writes: Those that may also be written.

    Raises:
        OSError: The machine has no such lock, or a path does not exist.
    """
    libc: Any = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or not _landlock(libc, reads, writes):
        raise OSError(ctypes.get_errno(), "this machine cannot fence a process in")


def own_temporary_folder(folder: Path) -> None:
    """Mount a folder as `/tmp` for this process and all that it starts: some programs create their sockets there.

    Args:
        folder: A folder that is removed afterwards.

    Raises:
        OSError: The kernel does not allow a separate mount namespace.
    """
    libc: Any = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_MOUNTS) and libc.unshare(_NEW_USER | _NEW_MOUNTS):
        raise OSError(ctypes.get_errno(), "no view of the file system of one's own")
    alone = libc.mount(b"none", b"/", None, _PRIVATE, None)
    if alone or libc.mount(os.fsencode(folder), b"/tmp", None, _BIND, None):
        raise OSError(ctypes.get_errno(), "no folder of one's own in the place of /tmp")


def _landlock(libc: Any, reads: Sequence[Path] = (), writes: Sequence[Path] = ()) -> bool:
    version = landlock_version(libc)
    if not version:
        return False
    files = (1 << (13 + (version >= 2) + (version >= 3))) - 1
    files |= (1 << 15) if version >= _DEVICES_ABI else 0
    rights = struct.pack("QQQ", files, 3 if version >= _TCP_ABI else 0, 3 if version >= _SCOPE_ABI else 0)
    size = 8 if version < _TCP_ABI else 16 if version < _SCOPE_ABI else 24
    ruleset = libc.syscall(_CREATE_RULESET, rights, size, 0)
    if ruleset < 0:
        return False
    read = _EXECUTE | _READ_FILE | _READ_DIR
    allowed = [*((path, files & read) for path in reads), *((path, files) for path in writes)]
    return all(_allow(libc, ruleset, *each) for each in allowed) and not libc.syscall(_RESTRICT_SELF, ruleset, 0)


def _allow(libc: Any, ruleset: int, path: Path, rights: int) -> bool:
    if not path.is_dir():
        rights &= _EXECUTE | _READ_FILE | _WRITE_FILE | _TRUNCATE
    beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        # struct landlock_path_beneath_attr: what is allowed, and below which path.
        return not libc.syscall(_ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, beneath), 0)
    finally:
        os.close(beneath)


def _seccomp(libc: Any) -> bool:
    machine, refused = _MACHINES.get(platform.machine(), (0, ()))
    if not machine:
        return False
    program = _program(machine, sorted({*refused, *_EVERYWHERE}))
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, and their address.
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    return not libc.prctl(_SET_SECCOMP, _FILTER, ctypes.create_string_buffer(header, len(header)), 0, 0)


def _program(machine: int, refused: Sequence[int]) -> bytes:
    """Return the filter: refuse calls of another architecture, and the listed calls."""
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
