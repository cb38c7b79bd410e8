"""What is said at the bottom of the page when something has been done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Toast:
    """A short confirmation at the bottom of the page, with the address that undoes the action."""

    text: str
    undo_url: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    swap: str | None = None
    """What undoing changes on an open page, as a selector; None leads to another page."""
    seconds: int = 0
    """How long it can be undone where that is told by a clock; then the toast says what has become of it."""
    follows: Sequence[UUID] = ()
    """The deliveries whose states it then tells."""
