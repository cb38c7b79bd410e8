"""Opens untrusted documents in a child process, with limits on memory and time.

Each piece of work gets a new child, which receives its bytes by a pipe and leaves nothing on disk. Whatever a document
causes (a decompression bomb, an endless loop, a crash in a library), the calling process continues. The answer is data
and not code: a child that a document has taken over gains nothing by it.
"""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, TypeVar, get_type_hints

import msgspec

from budkavle.model.errors import Invalid, Temporary, TooLarge
from budkavle.model.sentences import Sentence
from budkavle.plugins import closed_child

AT_ONCE: Final = 2
"""The most children at a time for each process; a machine has more to do than documents."""
QUEUE: Final = 2
"""The most waiting calls; further ones are asked to come back: each holds a thread, of which pages have few."""
PATIENCE: Final = 10.0
"""Seconds that a call waits for its turn."""
MOST: Final = 300_000_000
"""The most bytes of an answer, and of a file that the child may write."""
LIBRARIES: Final = 3_000_000_000
"""Bytes of address space for what is only mapped: libraries and fonts."""
FULL: Final = "Servern visar och omvandlar många dokument just nu. Försök igen om en stund."
TOO_MUCH: Final = "Dokumentet är för stort eller för invecklat att öppna. Dela upp det, eller spara om det som PDF."
UNREADABLE: Final = "Dokumentet går inte att öppna. Spara om det som PDF."
KEPT: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME")
"""The environment variables of the child; none is secret."""
_NEWUSER, _NEWNET = 0x10000000, 0x40000000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of a piece of work.

    Attributes:
        cpu: Seconds of processor time, for the child and for each program that it starts.
        wall: Seconds from beginning to end.
        memory: Bytes of memory for each of these.
        closed: Whether the child is barred from opening files, using the network and starting programs, by kernel locks
            where they exist. Everything that the work needs must be imported before: by its module, or by a function
            `warm_up` of the module, which is called in the child first.
    """

    cpu: int = 20
    wall: int = 60
    memory: int = 1_000_000_000
    closed: bool = False


class _Request(msgspec.Struct):
    module: str
    work: str
    arguments: list[msgspec.Raw]


class _Answer(msgspec.Struct):
    """A child's answer: the result, or the sentence of an `Invalid`, or the kind of any other error."""

    value: msgspec.Raw = msgspec.Raw(b"\xc0")
    sentence: str = ""
    fields: dict[str, str] = {}
    fault: str = ""


def bounded(work: Callable[..., T], *arguments: object, bounds: Bounds = Bounds(), files: Sequence[int] = ()) -> T:
    """Run a piece of work on untrusted bytes in a child process, and return its result.

    Args:
        work: A function at the top level of a module. Its parameters and return value have type hints that msgspec can
            encode: bytes, text, numbers, dataclasses, and lists, tuples and mappings of them.
        arguments: Its arguments.
        bounds: Its limits.
        files: Numbers of open files that the child inherits, with the same numbers: for what is too large to be an
            argument.

    Raises:
        Invalid: `work` raised it; or the child crashed, with a sentence that contains no name.
        TooLarge: It exceeded the limits.
        Temporary: Too many other calls wait already.
    """
    hints = get_type_hints(work)
    request = _Request(
        work.__module__, work.__qualname__, [msgspec.Raw(msgspec.msgpack.encode(argument)) for argument in arguments]
    )
    with _turn():
        code, output = _run(msgspec.msgpack.encode(request), bounds, files)
    answer = _read(code, output)
    if answer.sentence:
        fields = {name: Sentence.from_stored(sentence) for name, sentence in answer.fields.items()}
        raise Invalid(Sentence.from_stored(answer.sentence), fields=fields)
    if answer.fault == MemoryError.__name__:
        raise TooLarge(TOO_MUCH)
    if answer.fault:
        import structlog  # late, since a child never logs, and needs less than half the time without it

        log = structlog.get_logger("budkavle.plugins.bounded_process")
        log.warning("bounds.failed", action=f"{request.module}.{request.work}", error=answer.fault)
        raise Invalid(UNREADABLE)
    result: T = msgspec.msgpack.decode(answer.value, type=hints["return"])
    return result


class _Turns:
    """The semaphores of this process."""

    def __init__(self) -> None:
        self.running = threading.BoundedSemaphore(AT_ONCE)
        self.waiting = threading.BoundedSemaphore(QUEUE)


_turns = _Turns()


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    running, waiting = _turns.running, _turns.waiting
    if not running.acquire(blocking=False):
        if not waiting.acquire(blocking=False):
            raise Temporary(FULL)
        try:
            if not running.acquire(timeout=PATIENCE):
                raise Temporary(FULL)
        finally:
            waiting.release()
    try:
        yield
    finally:
        running.release()


def _run(request: bytes, bounds: Bounds, files: Sequence[int]) -> tuple[int, bytes]:
    """Run a child; return its exit code and output. Afterwards it and all processes that it started are gone."""
    numbers = [str(int(number)) for number in (bounds.cpu, bounds.memory, bounds.closed)]
    command = [sys.executable, "-P", "-c", "from budkavle.plugins.bounded_process import child; child()", *numbers]
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        pass_fds=files,
        start_new_session=True,
    ) as process:
        end = threading.Timer(bounds.wall, _kill, [process])
        feeding = threading.Thread(
            target=_feed, args=(process, request), name="budkavle.plugins.bounded_process", daemon=True
        )
        end.start()
        feeding.start()
        try:
            output = process.stdout.read(MOST + 1) if process.stdout else b""
        finally:
            _kill(process)
            end.cancel()
            end.join()
            feeding.join()
    return process.returncode, output


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill the child and its own children, one process group; the id is not reused before it is waited for."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _feed(process: "subprocess.Popen[bytes]", request: bytes) -> None:
    with contextlib.suppress(OSError):  # it has ended already
        if process.stdin is not None:
            process.stdin.write(request)
            process.stdin.close()


def _read(code: int, output: bytes) -> _Answer:
    if len(output) > MOST:
        return _Answer(fault=MemoryError.__name__)
    try:
        return msgspec.msgpack.decode(output, type=_Answer)
    except msgspec.DecodeError:
        # Killed by the timer or the kernel, or a library aborted for lack of memory; anything else is its own fault.
        spent = {-signal.SIGKILL, -signal.SIGXCPU, -signal.SIGABRT, -signal.SIGXFSZ}
        return _Answer(fault=MemoryError.__name__ if code in spent else f"ended with {code}")


def child() -> None:
    """Run as the child: apply the limits, then read the request, execute it, and write the answer."""
    cpu, memory, closed = map(int, sys.argv[1:])
    close_in(cpu, memory)
    out = os.dup(1)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - its number is wanted; libraries may print there
        os.dup2(nowhere.fileno(), 1)
    answer = msgspec.msgpack.encode(_execute(sys.stdin.buffer.read(), closed=bool(closed)))
    with os.fdopen(out, "wb") as answering:
        answering.write(answer)


def _execute(request: bytes, *, closed: bool) -> _Answer:
    try:
        task = msgspec.msgpack.decode(request, type=_Request)
        module = import_module(task.module)
        work = getattr(module, task.work)
        if closed:
            getattr(module, "warm_up", lambda: None)()
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
            closed_child.close_in()
        hints = [hint for name, hint in get_type_hints(work).items() if name != "return"]
        arguments = [
            msgspec.msgpack.decode(argument, type=hint) for argument, hint in zip(task.arguments, hints, strict=True)
        ]
        return _Answer(msgspec.Raw(msgspec.msgpack.encode(work(*arguments))))
    except Invalid as error:
        fields = {name: Sentence(sentence).to_text() for name, sentence in error.fields.items()}
        return _Answer(sentence=error.sentence.to_text(), fields=fields)
    except BaseException as error:  # noqa: BLE001 - a hostile document can raise anything; only its kind is reported
        return _Answer(fault=MemoryError.__name__ if isinstance(error, MemoryError) else type(error).__name__)


def close_in(cpu: int, memory: int) -> None:
    """Take from this process what untrusted documents must not have: more time and memory, core files, the network.

    Args:
        cpu: Seconds of processor time, see `Bounds`.
        memory: Bytes, see `Bounds`.
    """
    for what, most in _limits(cpu, memory):
        with contextlib.suppress(ValueError, OSError):  # the system lacks this limit, or has a lower one already
            resource.setrlimit(what, (most, most))
    _leave_network()


def _limits(cpu: int, memory: int) -> Sequence[tuple[int, int]]:
    # RLIMIT_DATA counts written memory; RLIMIT_AS also counts libraries, which says little.
    return (
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_AS, memory + LIBRARIES),
        (resource.RLIMIT_FSIZE, MOST),
        (resource.RLIMIT_CORE, 0),
    )


def _leave_network() -> None:
    """Enter a namespace without any network, not even loopback, if the kernel allows it."""
    with contextlib.suppress(OSError, AttributeError):  # another system
        libc: Any = ctypes.CDLL(None)
        if libc.unshare(_NEWNET):
            libc.unshare(_NEWUSER | _NEWNET)
