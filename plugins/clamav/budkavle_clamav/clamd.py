"""Asks ClamAV's clamd whether data contains malware: a client of its INSTREAM command.

Source: clamd(8), section COMMANDS. A command begins with `z` and ends with a zero byte, and so does its response. The
data to scan follows in chunks, each after its length in four bytes, big-endian. A length of zero ends it.

Only a complete response in the exact words of the protocol is accepted. Anything else, including every error on the
way, counts as no response, and never means that the data is clean.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from budkavle.operations import ScannerUnavailable

PIECE: Final = 256 * 1024
"""The largest chunk. The limit of clamd itself applies to the whole stream."""
MOST_ANSWERED: Final = 4096
"""The most bytes of a response, far more than any has."""
LARGE: Final = 64 << 20
"""After this many bytes of a file, the timeout of a request starts again."""
PAUSE_SECONDS: Final = 5.0
"""How long a scanner that did not respond is not asked again, so that other requests need not wait for it."""
_FOUND: Final = re.compile(rb"stream: (.+) FOUND", re.DOTALL)
_CLEAN: Final = b"stream: OK"
_TOO_LARGE: Final = b"size limit exceeded"
_LONGEST_WORD: Final = 100


SILENT: Final = "Det går inte att nå virusskyddet på {address}."
LATE: Final = "Virusskyddet svarade inte inom {seconds} sekunder."
STRANGE: Final = "Virusskyddet gav inget svar som går att förstå."
TOO_LARGE: Final = "Virusskyddet tar inte emot så stora filer. Höj StreamMaxLength i clamd.conf."


@dataclass(slots=True)
class Clamd:
    """One clamd. Each request has its own connection, and its time and memory are limited.

    Attributes:
        address: See `ClamavSettings`.
        timeout_seconds: For a request, and for each `LARGE` bytes of a file.
        ca: See `ClamavSettings`.
        pause_seconds: See `PAUSE_SECONDS`.
    """

    address: str
    timeout_seconds: float
    pause_seconds: float = PAUSE_SECONDS
    ca: Path | None = None
    _silent_until: float = 0.0

    def malware_in(self, pieces: Iterable[bytes]) -> str:
        """Return the name of the malware in the data, or an empty string if there is none.

        For each `LARGE` bytes of a file, the timeout starts again.

        Raises:
            ScannerUnavailable: There was no response, or an unknown one.
        """
        if time.monotonic() < self._silent_until:
            raise self._silent()
        try:
            return _verdict(*self._ask(b"zINSTREAM\0", _chunks(pieces)))
        except ScannerUnavailable:
            self._silent_until = time.monotonic() + self.pause_seconds
            raise

    def version(self) -> str:
        """Return the version and signatures as stated by the scanner, after checking that it responds to a ping.

        Raises:
            ScannerUnavailable: See `malware_in`.
        """
        if self._ask(b"zPING\0")[0] != b"PONG":
            raise ScannerUnavailable(STRANGE)
        answer = _printable(self._ask(b"zVERSION\0")[0])
        if not answer.startswith("ClamAV "):
            raise ScannerUnavailable(STRANGE)
        return answer

    def _ask(self, command: bytes, chunks: Iterable[bytes | memoryview] = ()) -> tuple[bytes, bool]:
        """Return the response without its terminator, and whether the whole request was sent."""
        deadline = _Deadline(self.timeout_seconds)
        with self._connected(deadline) as connection:
            whole = _send(connection, deadline, command, chunks)
            return _answer(connection, deadline), whole

    @contextmanager
    def _connected(self, deadline: _Deadline) -> Iterator[socket.socket]:
        # Reading the pieces may fail too, and is not the scanner's fault: only errors of the socket are caught.
        try:
            with _connect(self.address, deadline, self.ca) as connection:
                yield connection
        except TimeoutError:
            raise ScannerUnavailable(LATE, seconds=f"{self.timeout_seconds:g}") from None
        except _Broken:
            raise self._silent() from None

    def _silent(self) -> ScannerUnavailable:
        return ScannerUnavailable(SILENT, address=self.address)


class _Deadline:
    """The time by which a request must have been answered."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._sent = 0

    def left(self) -> float:
        """Return the seconds left. Raises TimeoutError if there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def count(self, sent: int) -> None:
        """Count the bytes sent. A large file gets more time."""
        self._sent += sent
        if self._sent >= LARGE:
            self._sent, self._end = 0, time.monotonic() + self._seconds


class _Broken(Exception):
    """The connection could not be made, or was broken."""


def host_of(address: str) -> str:
    """Return the host of a `tcp:` or `tls:` address. Empty for a socket of this machine."""
    kind, _, where = address.partition(":")
    return where.rpartition(":")[0].strip("[]") if kind in {"tcp", "tls"} else ""


def _connect(address: str, deadline: _Deadline, ca: Path | None) -> socket.socket:
    kind, _, where = address.partition(":")
    try:
        if host := host_of(address):
            plain = socket.create_connection((host, int(where.rpartition(":")[2])), timeout=deadline.left())
            return _sealed(plain, host, deadline, ca) if kind == "tls" else plain
        made = socket.socket(socket.AF_UNIX)
        try:
            made.settimeout(deadline.left())
            made.connect(where)
        except BaseException:
            made.close()
            raise
    except TimeoutError:
        raise
    except (OSError, OverflowError) as error:
        raise _Broken from error
    return made


def _sealed(plain: socket.socket, host: str, deadline: _Deadline, ca: Path | None) -> socket.socket:
    """Use TLS over a connection. The certificate must be for that host, from a trusted authority."""
    try:
        plain.settimeout(deadline.left())
        return ssl.create_default_context(cafile=ca).wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    """Yield the chunks of a stream, each with its length, and its end."""
    for piece in pieces:
        view = memoryview(piece)
        for start in range(0, len(view), PIECE):
            part = view[start : start + PIECE]
            yield len(part).to_bytes(4)
            yield part
    yield bytes(4)


def _send(connection: socket.socket, deadline: _Deadline, command: bytes, chunks: Iterable[bytes | memoryview]) -> bool:
    """Send everything. False if the other end closed the connection before, as clamd may do."""
    if not _sent(connection, deadline, command):
        return False
    return all(_sent(connection, deadline, chunk) for chunk in chunks)


def _sent(connection: socket.socket, deadline: _Deadline, data: bytes | memoryview) -> bool:
    connection.settimeout(deadline.left())
    try:
        connection.sendall(data)
    except TimeoutError:
        raise
    except OSError:
        return False
    deadline.count(len(data))
    return True


def _answer(connection: socket.socket, deadline: _Deadline) -> bytes:
    """Return the response up to its terminating zero byte."""
    data = b""
    while b"\0" not in data:
        connection.settimeout(deadline.left())
        try:
            more = connection.recv(MOST_ANSWERED)
        except TimeoutError:
            raise
        except OSError as error:
            raise _Broken from error
        data += more
        if not more or len(data) > MOST_ANSWERED:
            raise ScannerUnavailable(STRANGE)
    answer, _, rest = data.partition(b"\0")
    if rest:
        raise ScannerUnavailable(STRANGE)
    return answer


def _verdict(answer: bytes, whole: bool) -> str:
    if match := _FOUND.fullmatch(answer):
        return _printable(match[1]) or "?"
    if answer == _CLEAN and whole:
        return ""
    raise ScannerUnavailable(TOO_LARGE if _TOO_LARGE in answer else STRANGE)


def _printable(words: bytes) -> str:
    """Return the words of another program, made safe for a receipt and a log."""
    return "".join(chr(byte) for byte in words[:_LONGEST_WORD] if 0x20 <= byte < 0x7F).strip()
