"""Where the bytes of the key store lie: one root that names all blocks, and the blocks. All of it is sealed."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Protocol


class ShelfWriter(Protocol):
    """The shelf, locked against other writers."""

    def root(self) -> bytes | None:
        """Return the root; None where the shelf is empty."""

    def replace(self, root: bytes, blocks: Mapping[str, bytes], gone: Collection[str]) -> None:
        """Write new blocks, then the root that names them, then remove those that it names no longer.

        A process that dies in between leaves the old root or the new, each with all of its blocks.

        Args:
            root: The new root.
            blocks: New blocks by name; a name is never used twice.
            gone: Names that the new root does not have.
        """

    def names(self) -> set[str]:
        """Return the names of all blocks that lie here, also those that no root names."""
        ...

    def remove(self, names: Collection[str]) -> None:
        """Remove blocks; one that is gone already is no error."""


class Shelf(Protocol):
    """Bytes by name, durable once they are written.

    Attributes:
        place: Where it is, as an operator knows it; without secrets.
    """

    place: str

    def stamp(self) -> object | None:
        """Return what is another thing whenever the root is another; None where the shelf is empty.

        Raises:
            KeysUnavailable: The shelf does not answer.
        """

    def root(self) -> tuple[object, bytes] | None:
        """Return the root with its stamp; None where the shelf is empty."""

    def block(self, name: str) -> bytes | None:
        """Return a block; None where it is gone, since a newer root names another."""

    def writing(self) -> AbstractContextManager[ShelfWriter]:
        """Write alone while the block lasts, before all other processes and hosts."""
        ...

    def close(self) -> None:
        """Let connections go."""
