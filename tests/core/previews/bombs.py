"""Documents that eat memory or time, looked at one by one: a line of JSON for each, with what its child took.

A process of its own, since the kernel counts a parent's size to each child that it begins.
"""

import json
import resource
import struct
import zlib
from collections.abc import Iterator

from budkavle.model.errors import BudkavleError
from budkavle.previews.looking import preview_file


def packed(piece: bytes, times: int) -> bytes:
    """Pack a piece many times over, without ever having it whole."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(piece) for _ in range(times)) + packer.flush()


def pdf(*objects: bytes) -> bytes:
    """Return a PDF of these objects, without a table: readers mend it."""
    bodies = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, body) for number, body in enumerate(objects, 1))
    return b"%PDF-1.7\n" + bodies + b"trailer\n<</Size %d/Root 1 0 R>>\n%%%%EOF" % (len(objects) + 1)


def stream(data: bytes, more: bytes = b"") -> bytes:
    """Return a packed stream."""
    return b"<</Length %d/Filter/FlateDecode%s>>stream\n%s\nendstream" % (len(data), more, data)


def page(content: bytes, *others: bytes, resources: bytes = b"") -> bytes:
    """Return a PDF of one page."""
    about = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<%s>>>>" % resources
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", about, content, *others)


def calls() -> bytes:
    """Return a page that calls forms which call forms, ten each, ten deep."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>"
    ten = packed(b"/X Do ", 10)
    forms = [stream(ten, form % (6 + at)) for at in range(9)]
    last = stream(packed(b"0 0 m 9 9 l S ", 1), b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    return page(stream(ten), *forms, last, resources=b"/XObject<</X 5 0 R>>")


def tiff(width: int, height: int, frames: int) -> bytes:
    """Return black pages that share one strip."""
    strip = packed(bytes((width + 7) // 8), height)
    out, place, previous = bytearray(b"II*\0\0\0\0\0"), 8, 4
    out += strip + b"\0" * (len(strip) % 2)
    for _ in range(frames):
        struct.pack_into("<I", out, previous, len(out))
        tags = [(256, 4, width), (257, 4, height), (258, 3, 1), (259, 3, 8), (262, 3, 1), (273, 4, place)]
        tags += [(277, 3, 1), (278, 4, height), (279, 4, len(strip))]
        out += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, kind, 1, it) for tag, kind, it in tags)
        previous = len(out)
        out += b"\0\0\0\0"
    return bytes(out)


def png(side: int) -> bytes:
    """Return a PNG that says how large it is, and little more."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = packed(bytes(side + 1), 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bombs() -> Iterator[tuple[str, str, bytes]]:
    """Give each with its name."""
    yield "tiff of 20 pages of 144 megapixels", "a.tif", tiff(12_000, 12_000, 20)
    yield "tiff of 5000 pages", "a.tif", tiff(3_900, 4_000, 5_000)
    yield "pdf that wants 1 GB", "a.pdf", page(stream(packed(b" " * 1_000_000, 1_000)))
    objects = stream(packed(b"1 0 " * 250_000, 500), b"/Type/ObjStm/N 1000000/First 10")
    yield (
        "pdf with an object stream of 500 MB",
        "a.pdf",
        page(stream(packed(b"1 0 0 rg 0 0 m " * 80_000, 500)), objects),
    )
    yield "pdf of a billion calls", "a.pdf", calls()
    yield "text of 400 kB in one word", "a.txt", b"a" * 400_000
    yield "png of 900 megapixels", "a.png", png(30_000)


def outcome(name: str, content: bytes) -> str:
    """Look at one, and say in a word what came of it."""
    try:
        preview = preview_file(name, "", len(content), [content])
    except BudkavleError as error:
        return type(error).__name__
    return f"{len(preview.pages)} pages" if preview.pages else "text"


def main() -> None:
    """Look at all of them."""
    before = 0.0
    for name, file_name, content in bombs():
        what = outcome(file_name, content)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = used.ru_utime + used.ru_stime
        line = {"name": name, "outcome": what, "bytes": len(content), "cpu": spent - before}
        print(json.dumps({**line, "megabytes": used.ru_maxrss / 1024}), flush=True)
        before = spent


if __name__ == "__main__":
    main()
