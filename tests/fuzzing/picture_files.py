"""Pictures of strangers whose metadata is taken away in the process that takes uploads."""

from collections.abc import Iterator

from tests.core.cases.picture_metadata import pictures

from budkavle.cases.picture_metadata import cleaned

_PIECE = 97


class Kept(Exception):
    """There was nothing to take away."""


def read(data: bytes) -> None:
    """Take the metadata away; what is left never grows.

    Raises:
        Kept: The file stays as it is.
    """

    def source(start: int) -> Iterator[bytes]:
        return (data[at : at + _PIECE] for at in range(start, len(data), _PIECE))

    pieces = cleaned(source, len(data))
    if pieces is None:
        raise Kept
    assert sum(map(len, pieces)) <= len(data), "a picture grew"


def seeds() -> list[bytes]:
    """Return a picture of each format, with all that a camera writes."""
    return [pictures.jpeg(), pictures.png(), pictures.webp(), pictures.tiff(), pictures.tiff(big=True), pictures.avif()]
