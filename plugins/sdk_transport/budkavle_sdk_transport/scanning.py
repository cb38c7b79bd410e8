"""Asks ClamAV's clamd whether bytes hold malware: a client of its INSTREAM command.

Source: clamd(8), section COMMANDS. A command begins with `z` and ends with a zero byte, and so does its answer. What is
to be scanned follows in chunks, each after its length in four bytes, the largest first; a length of zero ends it.

Only a whole answer in the protocol's own words is believed. All else, and all that goes wrong on the way there, is no
answer: it never means that the bytes are clean.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec

from budkavle import BudkavleError

PIECE: Final = 256 * 1024
"""The largest chunk; clamd's own limit is that of the whole stream."""
MOST_ANSWERED: Final = 4096
"""Bytes of an answer, far more than any has."""
PAUSE_SECONDS: Final = 5.0
"""For so long a scanner that gave no answer is left alone: what else waits need not wait for it in turn."""
_FOUND: Final = re.compile(rb"stream: (.+) FOUND", re.DOTALL)
_CLEAN: Final = b"stream: OK"
_TOO_LARGE: Final = b"size limit exceeded"
_LONGEST_WORD: Final = 100


ELSEWHERE: Final = "elsewhere"


class ScannerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What looks for malware: `[plugins.sdk.scanner]`.

    Attributes:
        address: Where clamd listens, `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:3310`; empty: nothing is scanned;
            `elsewhere`: nothing here, since something else on the files' way does it.
        timeout_seconds: How long it may take about one file.
        unanswered: While it does not answer: `wait` (nothing is taken or sent), or `accept` without scanning.
    """

    address: Annotated[str, msgspec.Meta(pattern=r"^(|elsewhere|unix:/.+|tcp:.+:[0-9]{1,5})$")] = ""
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 30.0
    unanswered: Literal["wait", "accept"] = "wait"


class ScannerUnavailable(BudkavleError):
    """The scanner gave no answer that can be used; says nothing about the bytes."""

    slug, title, status = "scanner-unavailable", "Virusskyddet svarar inte", 503


SILENT: Final = "Det går inte att nå virusskyddet på {address}."
LATE: Final = "Virusskyddet svarade inte inom {seconds} sekunder."
STRANGE: Final = "Virusskyddet gav inget svar som går att förstå."
TOO_LARGE: Final = "Virusskyddet tar inte emot så stora filer. Höj StreamMaxLength i clamd.conf."


@dataclass(slots=True)
class Clamd:
    """One clamd. Each question has a connection of its own; all is bounded in time and in memory.

    Attributes:
        address: See `ScannerSettings`.
        timeout_seconds: For a question as a whole.
        pause_seconds: See `PAUSE_SECONDS`.
    """

    address: str
    timeout_seconds: float
    pause_seconds: float = PAUSE_SECONDS
    _silent_until: float = 0.0

    def malware_in(self, pieces: Iterable[bytes]) -> str:
        """Return the name of the malware that the bytes hold; empty when they hold none.

        Raises:
            ScannerUnavailable: No answer, or none that can be understood.
        """
        if time.monotonic() < self._silent_until:
            raise self._silent()
        try:
            return _verdict(*self._ask(b"zINSTREAM\0", _chunks(pieces)))
        except ScannerUnavailable:
            self._silent_until = time.monotonic() + self.pause_seconds
            raise

    def version(self) -> str:
        """Return the scanner's own words about its version and signatures, once it has answered to its name.

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
        """The answer without its end, and whether all that was asked had been sent."""
        deadline = time.monotonic() + self.timeout_seconds
        with self._connected(deadline) as connection:
            whole = _send(connection, deadline, command, chunks)
            return _answer(connection, deadline), whole

    @contextmanager
    def _connected(self, deadline: float) -> Iterator[socket.socket]:
        # What reads the pieces may fail too, and its faults are not the scanner's: only the socket's are caught.
        try:
            with _connect(self.address, deadline) as connection:
                yield connection
        except TimeoutError:
            raise ScannerUnavailable(LATE, seconds=f"{self.timeout_seconds:g}") from None
        except _Broken:
            raise self._silent() from None

    def _silent(self) -> ScannerUnavailable:
        return ScannerUnavailable(SILENT, address=self.address)


class _Broken(Exception):
    """The connection could not be made, or broke off."""


def _connect(address: str, deadline: float) -> socket.socket:
    kind, _, where = address.partition(":")
    try:
        if kind == "tcp":
            host, _, port = where.rpartition(":")
            return socket.create_connection((host.strip("[]"), int(port)), timeout=_left(deadline))
        made = socket.socket(socket.AF_UNIX)
        try:
            made.settimeout(_left(deadline))
            made.connect(where)
        except BaseException:
            made.close()
            raise
    except TimeoutError:
        raise
    except (OSError, OverflowError) as error:
        raise _Broken from error
    return made


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    """The chunks of a stream, each with its length, and its end."""
    for piece in pieces:
        view = memoryview(piece)
        for start in range(0, len(view), PIECE):
            part = view[start : start + PIECE]
            yield len(part).to_bytes(4)
            yield part
    yield bytes(4)


def _send(connection: socket.socket, deadline: float, command: bytes, chunks: Iterable[bytes | memoryview]) -> bool:
    """Send it all; False where the other end hung up before, as clamd does when it has heard enough."""
    if not _sent(connection, deadline, command):
        return False
    return all(_sent(connection, deadline, chunk) for chunk in chunks)


def _sent(connection: socket.socket, deadline: float, data: bytes | memoryview) -> bool:
    connection.settimeout(_left(deadline))
    try:
        connection.sendall(data)
    except TimeoutError:
        raise
    except OSError:
        return False
    return True


def _answer(connection: socket.socket, deadline: float) -> bytes:
    """The answer up to its zero byte, which ends it."""
    data = b""
    while b"\0" not in data:
        connection.settimeout(_left(deadline))
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


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _verdict(answer: bytes, whole: bool) -> str:
    if found := _FOUND.fullmatch(answer):
        return _printable(found[1]) or "?"
    if answer == _CLEAN and whole:
        return ""
    raise ScannerUnavailable(TOO_LARGE if _TOO_LARGE in answer else STRANGE)


def _printable(words: bytes) -> str:
    """Another program's words, fit for a receipt and a log."""
    return "".join(chr(byte) for byte in words[:_LONGEST_WORD] if 0x20 <= byte < 0x7F).strip()
