"""Confirmations at the bottom of the page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Toast:
    """A short confirmation at the bottom of the page, with the URL that undoes the action."""

    text: str
    undo_url: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    swap: str | None = None
    """The selector of what undoing replaces on an open page; None if undoing leads to another page."""
    seconds: int = 0
    """How many seconds it can be undone, if there is a countdown; afterwards the toast shows the outcome."""
    follows: Sequence[UUID] = ()
    """The deliveries whose states it then shows."""
