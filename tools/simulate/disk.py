"""A disk that fails: what our own processes write, flush and rename, with an error at the operations that are chosen.

It stands before the functions of `os` and `io` by which Python writes, so what is tested is the product's own code and
nothing has to be built in. PostgreSQL and libraries in other languages go on as they were.
"""

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

Judge: TypeAlias = Callable[[str, str], str]
"""Gets what is done (`OPERATIONS`) and to which path; returns "" or one of `FAULTS`."""
OPERATIONS = ("open", "write", "flush", "rename")
FAULTS = {"full": errno.ENOSPC, "broken": errno.EIO, "short": 0}
"""What befalls an operation. Of a short write half is written and no error comes; only a write is short."""
_WRITING = os.O_WRONLY | os.O_RDWR
_NEW = os.O_CREAT


@dataclass
class NthFails:
    """Lets the n-th operation fail, and all later ones where the disk stays full.

    Attributes:
        number: Which operation, from 1; 0 for none.
        fault: What befalls it.
        lasts: Whether every later one fails as well.
        folder: Only what lies here is counted.
        done: What has been done, in order: what and to which path.
    """

    number: int = 0
    fault: str = "full"
    lasts: bool = False
    folder: Path | None = None
    done: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, operation: str, path: str) -> str:
        """Judge one operation."""
        if self.folder is not None and not path.startswith(str(self.folder)):
            return ""
        self.done.append((operation, path))
        now = len(self.done)
        return self.fault if self.number and (now == self.number or (self.lasts and now > self.number)) else ""


@contextmanager
def failing(judge: Judge) -> Iterator[None]:
    """Ask a judge before each operation, for as long as the block lasts.

    Args:
        judge: Says what befalls it.
    """
    layer = _Layer(judge)
    places = [(os, name) for name in ("open", "write", "fsync", "fdatasync", "rename", "replace", "link", "fdopen")]
    places.append((io, "open"))
    before = [(module, name, getattr(module, name)) for module, name in places]
    try:
        for module, name in places:
            setattr(module, name, getattr(layer, f"{module.__name__}_{name}"))
        yield
    finally:
        for module, name, original in before:
            setattr(module, name, original)


class _Layer:
    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._open, self._write, self._fdopen = os.open, os.write, os.fdopen
        self._fsync, self._fdatasync = os.fsync, os.fdatasync
        self._rename, self._replace, self._link = os.rename, os.replace, os.link
        self._io_open = io.open

    def ask(self, operation: str, path: str) -> bool:
        """Raise what befalls an operation; returns whether a write is short."""
        fault = self.judge(operation, path)
        if not fault:
            return False
        if fault == "short" and operation == "write":
            return True
        number = FAULTS[fault] or errno.ENOSPC
        raise OSError(number, os.strerror(number), path)

    def os_open(self, path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        if flags & _NEW and not os.path.exists(path):  # noqa: PTH110 - it may be a descriptor's name
            self.ask("open", os.fspath(path))
        return self._open(path, flags, mode, **more)

    def os_write(self, handle: int, data: Any) -> int:
        if self.ask("write", _name(handle)):
            data = bytes(data)[: len(data) // 2]
        return self._write(handle, data)

    def os_fsync(self, handle: Any) -> None:
        self.ask("flush", _name(handle))
        self._fsync(handle)

    def os_fdatasync(self, handle: Any) -> None:
        self.ask("flush", _name(handle))
        self._fdatasync(handle)

    def os_rename(self, source: Any, target: Any, **more: Any) -> None:
        self.ask("rename", os.fspath(target))
        self._rename(source, target, **more)

    def os_replace(self, source: Any, target: Any, **more: Any) -> None:
        self.ask("rename", os.fspath(target))
        self._replace(source, target, **more)

    def os_link(self, source: Any, target: Any, **more: Any) -> None:
        self.ask("rename", os.fspath(target))
        self._link(source, target, **more)

    def os_fdopen(self, handle: int, mode: str = "r", buffering: int = -1, *more: Any, **words: Any) -> Any:
        if not _is_writing(mode):
            return self._fdopen(handle, mode, buffering, *more, **words)
        return self._wrapped(_File(self, handle, mode), mode, buffering, *more, **words)

    def io_open(self, file: Any, mode: str = "r", buffering: int = -1, *more: Any, **words: Any) -> Any:
        if not _is_writing(mode) or isinstance(file, int):
            return self._io_open(file, mode, buffering, *more, **words)
        if not os.path.exists(file):  # noqa: PTH110 - of any kind
            self.ask("open", os.fspath(file))
        return self._wrapped(_File(self, file, mode), mode, buffering, *more, **words)

    @staticmethod
    def _wrapped(raw: "_File", mode: str, buffering: int, *more: Any, **words: Any) -> Any:
        if "b" in mode and buffering == 0:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, *more, **words)


class _File(io.FileIO):
    """A file that is written through the layer."""

    def __init__(self, layer: _Layer, file: Any, mode: str) -> None:
        self._layer = layer
        super().__init__(file, mode.replace("b", "").replace("t", ""))

    def write(self, data: Any, /) -> int:
        """Write what the disk takes."""
        if self._layer.ask("write", _name(self.fileno())):
            data = bytes(data)[: max(len(data) // 2, 1)]
        return super().write(data)


def _is_writing(mode: str) -> bool:
    return any(letter in mode for letter in "wax+")


def _name(file: Any) -> str:
    handle = file if isinstance(file, int) else file.fileno()
    try:
        return os.readlink(f"/proc/self/fd/{handle}")  # noqa: PTH115 - a string is wanted
    except OSError:
        return ""
