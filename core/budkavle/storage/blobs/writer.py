"""Writing a large file: plain bytes are sealed chunk by chunk while they come."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from budkavle.model.errors import TooLarge
from budkavle.storage.blobs.faults import answering
from budkavle.storage.blobs.format import CHUNK, new_header, nonce


@dataclass(frozen=True, slots=True)
class Written:
    """The result of a writer: the name in the store and how many plain bytes it holds."""

    name: str
    size: int


class File(Protocol):
    """A file to write to; it gets its name when it is closed."""

    def write(self, data: bytes, /) -> object:
        """Write the next bytes."""

    def close(self) -> None:
        """Complete the file."""


class Store(Protocol):
    """What a writer needs of the store."""

    def open_file(self, name: str) -> File:
        """Begin a file that gets this name when it is closed."""
        ...

    def make_durable(self, name: str) -> None:
        """Return once a closed file, with its name, outlives a power cut."""

    def discard(self, file: File, name: str) -> None:
        """Remove an incomplete file."""


class BlobWriter:
    """Takes plain bytes and writes ciphertext; leaving the block without `close` removes the file.

    Example:
        with blobs.writer(organisation_id, key, aad) as writer:
            for piece in pieces:
                writer.write(piece)
            written = writer.close()
    """

    def __init__(self, store: Store, name: str, key: bytes, aad: bytes, most: int | None) -> None:
        self.name = name
        self.size = 0
        self._store = store
        self._box = AESGCM(key)
        self._header = new_header()
        self._aad = self._header + aad
        self._most = most
        self._number = 0
        self._waiting = bytearray()
        self._done = False
        with answering():
            self._file = store.open_file(name)
        try:
            self._put(self._header)
        except BaseException:
            self.abandon()
            raise

    def write(self, data: bytes) -> None:
        """Write the next bytes, of any length.

        Raises:
            TooLarge: There are more than allowed.
            Unavailable: The store does not accept them.
        """
        self.size += len(data)
        if self._most is not None and self.size > self._most:
            raise TooLarge("Filen är större än {most} byte, som är det mesta som tas emot.", most=self._most)
        rest = memoryview(data)  # copy only what must wait: the last chunk is known only at the end
        if self._waiting:
            missing = CHUNK - len(self._waiting)
            self._waiting += rest[:missing]
            rest = rest[missing:]
            if not rest:
                return
            self._seal(self._waiting, last=False)
            self._waiting.clear()
        whole = max(len(rest) - 1, 0) // CHUNK * CHUNK
        for start in range(0, whole, CHUNK):
            self._seal(rest[start : start + CHUNK], last=False)
        self._waiting += rest[whole:]

    def close(self) -> Written:
        """Write the last chunk and make the file durable.

        Raises:
            Unavailable: The store does not accept it.
        """
        self._seal(self._waiting, last=True)
        with answering():
            self._file.close()
            self._store.make_durable(self.name)
        self._done = True
        return Written(self.name, self.size)

    def abandon(self) -> None:
        """Remove what has been written."""
        self._done = True
        with answering():
            self._store.discard(self._file, self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._done:
            self.abandon()

    def _seal(self, plain: bytearray | memoryview, *, last: bool) -> None:
        self._put(self._box.encrypt(nonce(self._header, self._number, last=last), plain, self._aad))
        self._number += 1

    def _put(self, data: bytes) -> None:
        with answering():
            self._file.write(data)
