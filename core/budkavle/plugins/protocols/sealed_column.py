"""What a plugin says of a sealed column of its tables: how it opens."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that `vault.seal_small` sealed, and how it opens.

    Attributes:
        table: The plugin's table; it has `organisation_id`.
        column: The column.
        label: The label that it is sealed under, with the row's columns in braces: `flight:{id}`.
        content: What is in it: a text, JSON, or other bytes.
        exported: Whether an export of the organisation has it; False for private keys, tokens and passwords.

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
        """The table and the column, which no other plugin has."""
        return f"{self.table}.{self.column}"
