"""A child process that is closed in as the product's are, and opens many documents, one after the other.

The product starts a child for each piece of work; to start one takes a thousand times as long as most documents. Here a
child takes `MANY`. Which document it is at is always known, so one that brings it down is known too.
"""

import atexit
import os
import resource
import select
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, Final

from budkavle.plugins import bounded_process, closed_child
from budkavle.plugins.bounded_process import Bounds

MANY: Final = 5_000
"""Documents of one child: what libraries leave in memory is gone then."""
START_SECONDS: Final = 300.0
_LENGTH: Final = struct.Struct(">I")
_LONGEST: Final = 4_000
"""Bytes of an answer: a pipe takes them at once."""
_READY, _TAKEN, _REFUSED, _WRONG = b"ready", b"taken", b"refused", b"wrong "
_DAYS: Final = 1_000_000
"""Seconds of processor time of a child; each document has its own of these."""


class Fallen(Exception):
    """A document has brought the child down, or took more than it may."""


class Desk:
    """Where documents are opened.

    Args:
        work: A function at the top of a module, which tells whether it could open a document. What it raises is a fault
            of it, but for `MemoryError`. A function `warm_up` of its module imports what it needs.
        bounds: What each document may take, and the memory of the child.
    """

    def __init__(self, work: Callable[[bytes], bool], bounds: Bounds) -> None:
        self.fallen: Counter[str] = Counter()
        """How often a child ended by itself, by what ended it; `time` is our own clock."""
        self._bounds, self._left = bounds, 0
        self._words = (work.__module__, work.__qualname__, str(bounds.cpu), str(bounds.memory))
        self._child: subprocess.Popen[bytes] | None = None
        atexit.register(self.end)

    def opens(self, document: bytes) -> bool:
        """Tell whether the child could open a document.

        Raises:
            Fallen: The document has brought it down. The next document gets a child of its own.
            AssertionError: The work has raised, or said something wrong.
        """
        child = self._ready()
        self._left -= 1
        with suppress(BrokenPipeError):  # it has ended, which its answer tells
            child.stdin.write(_LENGTH.pack(len(document)) + document)
        answer = self._answer(child, self._bounds.wall)
        assert not answer.startswith(_WRONG), answer.decode()
        return answer == _TAKEN

    def end(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def _ready(self) -> Any:
        if self._child is None or not self._left:
            self.end()
            code = "from tests.fuzzing.desk import child; child()"
            environment = {name: os.environ[name] for name in bounded_process.KEPT if name in os.environ}
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-c", code, *self._words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                bufsize=0,
            )
            self._left = MANY
            assert self._answer(self._child, START_SECONDS) == _READY
        return self._child

    def _answer(self, child: Any, seconds: float) -> bytes:
        is_there, _, _ = select.select([child.stdout], [], [], seconds)
        answer = os.read(child.stdout.fileno(), _LONGEST) if is_there else b""
        if not answer:
            self.end()
            self.fallen[f"ended with {child.returncode}" if is_there else "time"] += 1
            raise Fallen
        return answer


def child() -> None:
    """Be the child: close oneself in, then open what comes and answer for each."""
    module_name, name, cpu, memory = sys.argv[1:]
    answers = os.dup(1)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - its number is wanted; libraries may print there
        os.dup2(nowhere.fileno(), 1)
    module = import_module(module_name)
    module.warm_up()
    bounded_process.close_in(_DAYS, int(memory))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    closed_child.close_in()
    os.write(answers, _READY)
    while head := sys.stdin.buffer.read(_LENGTH.size):
        document = sys.stdin.buffer.read(*_LENGTH.unpack(head))
        resource.setrlimit(resource.RLIMIT_CPU, (_used() + int(cpu), _DAYS))
        os.write(answers, _verdict(getattr(module, name), document)[:_LONGEST])


def _used() -> int:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return int(usage.ru_utime + usage.ru_stime) + 1


def _verdict(work: Callable[[bytes], bool], document: bytes) -> bytes:
    try:
        return _TAKEN if work(document) else _REFUSED
    except MemoryError:
        return _REFUSED
    except BaseException as error:  # noqa: BLE001 - that is what is looked for
        return _WRONG + f"{type(error).__name__}: {error}".encode("utf-8", "replace")
