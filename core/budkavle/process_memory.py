"""What a process has in memory stays there: no core file is written of it, and no other process of its user reads it.

Keys and messages lie there in clear while they are worked with.

Source: ASVS 5.0, 11.7.2; prctl(2), PR_SET_DUMPABLE; getrlimit(2), RLIMIT_CORE.
"""

import contextlib
import ctypes
import sys
from typing import Any, Final

_SET_DUMPABLE: Final = 4


def forbid_dumps() -> None:
    """Let the system write no core file of this process and of those it starts, and attach no debugger to it.

    The first is inherited; the second ends where another program is started, which calls this itself. Where the system
    has neither, nothing is done.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no limits
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a library of C without it
            libc: Any = ctypes.CDLL(None)
            libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
