"""ZIP (APPNOTE 6.3.10) by its central directory: some parts replaced, and all others copied unchanged."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Final, NamedTuple

from budkavle.cases.file_metadata.reading import Change, Reader

_END: Final = Struct("<4s4s2H2LH")
_ENTRY: Final = Struct("<4s6H3L5H2L")
_LOCAL: Final = Struct("<4s5H3L2H")
_LONGEST_COMMENT: Final = 0xFFFF
_LARGEST_DIRECTORY: Final = 16_000_000
_MOST_PARTS: Final = 50_000
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _DESCRIBED, _UTF8 = 0x1, 0x8, 0x800
_ELSEWHERE: Final = 0xFFFFFFFF
"""Marks a number that is too large and is in the ZIP64 fields, which are not read here."""


class Entry(NamedTuple):
    """A member's directory entry (APPNOTE 4.3.12); `name`, `extra` and `comment` are lengths."""

    signature: bytes
    made_by: int
    needed: int
    flags: int
    method: int
    hour: int
    day: int
    crc: int
    packed: int
    size: int
    name: int
    extra: int
    comment: int
    disk: int
    inner: int
    outer: int
    start: int


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A member.

    Attributes:
        name: In lower case, as office programs compare names.
        entry: Its directory entry.
        tail: Its name, extra fields and comment as stored in the directory.
        end: Where its space in the file ends: the start of the next member, or of the directory.
    """

    name: str
    entry: Entry
    tail: bytes = field(repr=False)
    end: int

    @property
    def start(self) -> int:
        """The offset of its local header."""
        return self.entry.start

    @property
    def is_encrypted(self) -> bool:
        """Whether a password is needed."""
        return bool(self.entry.flags & _ENCRYPTED)


@dataclass(frozen=True, slots=True)
class Directory:
    """The members of a file, in the directory's order.

    Attributes:
        start: The offset of the directory.
        end: The offset of its end record.
    """

    reader: Reader = field(repr=False)
    parts: Sequence[Part]
    start: int
    end: int

    def content(self, part: Part, most: int) -> bytes | None:
        """Return a member unpacked; None if it has more than `most` bytes, or cannot be read here."""
        packed = self._packed(part, most)
        if packed is None or part.entry.method not in {_STORED, _DEFLATED}:
            return None
        if part.entry.method == _STORED:
            return packed
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            text = unpacking.decompress(packed, most)
        except zlib.error:
            return None
        return text if unpacking.eof else None

    def holds(self, part: Part, content: bytes) -> bool:
        """Tell whether the part already has this content, as `changes` writes it."""
        entry = part.entry
        fields = (entry.flags & ~_UTF8, entry.method, entry.crc, entry.size)
        return fields == (0, _STORED, zlib.crc32(content), len(content)) and self.content(part, len(content)) == content

    def changes(self, put: Mapping[Part, bytes]) -> list[Change]:
        """Return what to replace so that members get these contents."""
        found = list[Change]()
        new_starts = dict[Part, int]()
        shift = 0
        for part in sorted(self.parts, key=lambda part: part.start):
            new_starts[part] = part.start + shift
            if part in put:
                member = _local(part, put[part])
                found.append(Change(part.start, part.end, member))
                shift += len(member) - (part.end - part.start)
        directory = b"".join(_entry(part, new_starts[part], put.get(part)) for part in self.parts)
        sizes = (len(self.parts), len(self.parts), len(directory), self.start + shift)
        comment = int.from_bytes(self.reader.read(self.end + 20, 2), "little")
        end = _END.pack(b"PK\x05\x06", bytes(4), *sizes, comment)
        return [*found, Change(self.start, self.end + _END.size, directory + end)]

    def _packed(self, part: Part, most: int) -> bytes | None:
        begin = _data_start(self.reader, part)
        return self.reader.read(begin, part.entry.packed) if begin and part.entry.packed <= most else None


def read_directory(reader: Reader) -> Directory | None:
    """Read the directory; None if the file is anything but a plain ZIP from beginning to end.

    Overlapping or hidden members, or members with the same name, do not make a plain ZIP: programs differ in what they
    read of them.
    """
    tail_start = max(reader.size - _END.size - _LONGEST_COMMENT, 0)
    tail = reader.read(tail_start, reader.size - tail_start)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + _END.size:
        return None
    _, disks, on_this_disk, count, size, start, comment = _END.unpack_from(tail, at)
    end = tail_start + at
    is_plain = disks == bytes(4) and on_this_disk == count <= _MOST_PARTS and size <= _LARGEST_DIRECTORY
    if not is_plain or start + size != end or end + _END.size + comment != reader.size:
        return None
    parts = _parts(reader.read(start, size), count, start)
    return Directory(reader, parts, start, end) if parts and _are_apart(reader, parts) else None


def _parts(directory: bytes, count: int, start: int) -> list[Part]:
    """Return the members; none if the directory does not match its end record."""
    members = list[tuple[str, Entry, bytes]]()
    at = 0
    for _ in range(count):
        if at + _ENTRY.size > len(directory):
            return []
        entry = Entry._make(_ENTRY.unpack_from(directory, at))
        length = entry.name + entry.extra + entry.comment
        tail = directory[at + _ENTRY.size : at + _ENTRY.size + length]
        if (
            entry.signature != b"PK\x01\x02"
            or len(tail) < length
            or _ELSEWHERE in (entry.packed, entry.size, entry.start)
        ):
            return []
        members.append((tail[: entry.name].decode("utf-8", "replace").lower(), entry, tail))
        at += _ENTRY.size + length
    starts = sorted({entry.start for _, entry, _ in members})
    if at != len(directory) or len(starts) < count or len({name for name, *_ in members}) < count:
        return []
    ends = dict(zip(starts, [*starts[1:], start], strict=True))
    return [Part(name, entry, tail, ends[entry.start]) for name, entry, tail in members]


def _are_apart(reader: Reader, parts: Sequence[Part]) -> bool:
    """Tell whether each member ends before the next one begins."""
    for part in sorted(parts, key=lambda part: part.start):
        begin = _data_start(reader, part)
        if not begin or begin + part.entry.packed > part.end:
            return False
    return True


def _data_start(reader: Reader, part: Part) -> int:
    """Return the offset of a member's bytes; 0 if there is no such member."""
    head = reader.read(part.start, _LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        return 0
    name, extra = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
    return part.start + _LOCAL.size + name + extra


def _local(part: Part, content: bytes) -> bytes:
    """Return a member as stored in the file: uncompressed, without extra fields."""
    entry, name = part.entry, part.tail[: part.entry.name]
    sizes = (zlib.crc32(content), len(content), len(content), len(name), 0)
    return _LOCAL.pack(b"PK\x03\x04", 20, entry.flags & _UTF8, _STORED, entry.hour, entry.day, *sizes) + name + content


def _entry(part: Part, start: int, content: bytes | None) -> bytes:
    """Return the directory entry of a member at its new offset."""
    entry = part.entry._replace(start=start)
    if content is None:
        return _ENTRY.pack(*entry) + part.tail
    size = len(content)
    entry = entry._replace(needed=20, flags=entry.flags & _UTF8, method=_STORED, extra=0, comment=0)
    entry = entry._replace(crc=zlib.crc32(content), packed=size, size=size)
    return _ENTRY.pack(*entry) + part.tail[: entry.name]
