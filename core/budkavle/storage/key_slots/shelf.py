"""Where the bytes of the key store are kept: one root that names all blocks, and the blocks. Everything is sealed."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Protocol


class ShelfWriter(Protocol):
    """The shelf, locked against other writers."""

    def root(self) -> bytes | None:
        """Return the root; None if the shelf is empty."""

    def replace(self, root: bytes, blocks: Mapping[str, bytes], gone: Collection[str]) -> None:
        """Write new blocks, then the root that names them, then remove blocks that it no longer names.

        If a process dies in between, the old root or the new one remains, each with all of its blocks.

        Args:
            root: The new root.
            blocks: New blocks by name; a name is never used twice.
            gone: Names that the new root does not have.
        """

    def names(self) -> set[str]:
        """Return the names of all blocks on the shelf, including those that no root names."""
        ...

    def remove(self, names: Collection[str]) -> None:
        """Remove blocks; a missing one is not an error."""


class Shelf(Protocol):
    """Bytes by name, durable once they are written.

    Attributes:
        place: Where it is, in words for an operator; without secrets.
    """

    place: str

    def stamp(self) -> object | None:
        """Return a value that changes whenever the root changes; None if the shelf is empty.

        Raises:
            KeysUnavailable: The shelf does not answer.
        """

    def root(self) -> tuple[object, bytes] | None:
        """Return the root with its stamp; None if the shelf is empty."""

    def block(self, name: str) -> bytes | None:
        """Return a block; None if it is gone because a newer root names another."""

    def writing(self) -> AbstractContextManager[ShelfWriter]:
        """Hold the write lock, against all other processes and hosts, while the block lasts."""
        ...

    def close(self) -> None:
        """Close connections."""
