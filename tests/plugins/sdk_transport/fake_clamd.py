"""A clamd that behaves as it is told: a TCP server on loopback that speaks the protocol, or breaks it."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

MARK: Final = b"SKADLIG"
"""What it finds."""
FOUND: Final = "Test.Skadlig"
LIMIT: Final = b"INSTREAM size limit exceeded. ERROR\0"
ANSWERS: Final = {
    "half": b"stream: O",
    "half found": b"stream: Test.Skadlig FOUND",
    "nonsense": b"HTTP/1.1 200 OK\r\n\r\nstream: OK\0",
    "nearly": b"stream: OK.\0",
    "lower": b"stream: ok\0",
    "two": b"stream: OK\0stream: OK\0",
    "error": b"stream: Can't allocate memory ERROR\0",
    "nothing": b"\0",
    "flood": b"stream: " + b"O" * 10_000,
}
"""Manners that read all, say this, and hang up."""


class FakeClamd:
    """The server.

    Attributes:
        manner: `well`; a key of `ANSWERS`; `silent` (reads, and says nothing), `slow` (a byte at a time, for ever),
            `closes` (at once), `limit` (answers in the middle), `early` (says OK in the middle, and hangs up).
        version: What it says of itself.
        scanned: The streams that it has read whole.
        asked: How many connections there were.
    """

    def __init__(self) -> None:
        self.manner = "well"
        self.version = "ClamAV 1.4.6"
        self.scanned: list[bytes] = []
        self.asked = 0
        self._released = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp:127.0.0.1:{self._listening.getsockname()[1]}"
        self._run(self._accept)

    def close(self) -> None:
        """End it with all that it is in the middle of."""
        self._released.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in self._threads:
            one.join(10)

    def _run(self, target: Callable[..., None], *words: Any) -> None:
        thread = threading.Thread(target=target, args=words, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.asked += 1
                self._run(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream, suppress(OSError):
            if self.manner == "closes":
                return
            command = b""
            while not command.endswith(b"\0"):
                command += stream.read(1)
            stream.write(self._answer(command, stream))
            stream.flush()
            if self.manner == "slow":
                while not self._released.wait(0.02):
                    stream.write(b"s")
                    stream.flush()

    def _answer(self, command: bytes, stream: Any) -> bytes:
        if command != b"zINSTREAM\0":
            return {b"zPING\0": b"PONG\0", b"zVERSION\0": self.version.encode() + b"\0"}.get(
                command, b"UNKNOWN COMMAND\0"
            )
        data = b""
        while size := int.from_bytes(stream.read(4)):
            data += stream.read(size)
            if self.manner in ("limit", "early"):
                return LIMIT if self.manner == "limit" else b"stream: OK\0"
        self.scanned.append(data)
        if self.manner == "silent":
            self._released.wait(20)
            return b""
        if self.manner == "slow":
            return b""
        well = f"stream: {FOUND} FOUND\0".encode() if MARK in data else b"stream: OK\0"
        return ANSWERS.get(self.manner, well)
