"""What a client reads by GET: from any byte on, in constant memory, and recorded in the log of reading."""

from collections.abc import Iterator

from budkavle_files.content.downloads import require_readable
from budkavle_files.reading.readings import note_reading
from budkavle_files.tree.things import Entry
from budkavle_files.tree.versions import FILES, find_version
from budkavle_files.webdav.visits import Visit


class FileReader:
    """The bytes of the latest version of a file or a note, as the library reads them."""

    def __init__(self, visit: Visit, entry: Entry) -> None:
        self._visit, self._entry = visit, entry
        self._start = 0
        self._chunks: Iterator[bytes] | None = None
        self._rest = bytearray()

    def seek(self, start: int) -> None:
        """Start at a byte; only before anything is read."""
        self._start = start

    def read(self, size: int) -> bytes:
        """Return this many bytes, or fewer at the end."""
        if self._chunks is None:
            self._chunks = self._open()
        while len(self._rest) < size and (chunk := next(self._chunks, b"")):
            self._rest += chunk
        data = bytes(self._rest[:size])
        del self._rest[:size]
        return data

    def close(self) -> None:
        """Stop reading."""
        self._chunks = iter(())
        self._rest.clear()

    def _open(self) -> Iterator[bytes]:
        host = self._visit.host
        with self._visit.work() as work:
            entry = require_readable(host, work, self._entry.id)
            version = find_version(host, work, entry)
            note_reading(host, work, entry, version.number)
            return FILES.open(work, version.file_id, self._start) if version.size > self._start else iter(())
