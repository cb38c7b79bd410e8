"""How to open a sealed column of a plugin's tables."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that `vault.seal_small` sealed, and how to open it.

    Attributes:
        table: The plugin's table; it has `organisation_id`.
        column: The column.
        label: The label that it is sealed under, with the row's columns in braces: `flight:{id}`.
        content: The type of the plaintext: text, JSON, or other bytes.
        exported: Whether an export of the organisation includes it; False for private keys, tokens and passwords.

    Example:
        SealedColumn("pigeon_flights", "note", "flight:{id}")
    """

    table: str
    column: str
    label: str
    content: Literal["text", "json", "bytes"] = "text"
    exported: bool = True

    @property
    def name(self) -> str:
        """The table and the column, unique among all plugins."""
        return f"{self.table}.{self.column}"
