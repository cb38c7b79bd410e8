"""What can be done with the cases that are ticked, in each folder of a mailbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from budkavle.web.views.delivery_status import N_


@dataclass(frozen=True, slots=True)
class BulkButton:
    """A button of the bar that stands where something is ticked.

    Attributes:
        act: The name of the act, as `cases.bulk.acts.BULK_ACTS` has it.
        text: The word, in Swedish.
        key: The letter that presses it.
        shared: Whether only function mailboxes have it, where cases are taken.
        aside: Whether it stands behind "Mer", since there is room for few beside each other.
        asks: Whether it leads to a page where something is chosen first, see `chosen`.
    """

    act: str
    text: str
    icon: str
    key: str = ""
    shared: bool = False
    aside: bool = False
    asks: bool = False


TAKE = BulkButton("take", N_("Ta"), "take", "t", shared=True)
CLOSE = BulkButton("close", N_("Avsluta"), "close", "e", shared=True)
ARCHIVE = BulkButton("close", N_("Arkivera"), "archive", "e")
REOPEN = BulkButton("reopen", N_("Öppna igen"), "reopen")
BIN = BulkButton("bin", N_("Ta bort"), "bin", aside=True)
RESTORE = BulkButton("restore", N_("Återställ"), "undo")
READ = BulkButton("read", N_("Läst"), "envelope-open", aside=True)
UNREAD = BulkButton("unread", N_("Oläst"), "letter", aside=True)

ASSIGN = BulkButton("assign", N_("Tilldela"), "assign", "a", shared=True, aside=True, asks=True)
DUE = BulkButton("due", N_("Svarsdatum"), "calendar", shared=True, aside=True, asks=True)
TAG = BulkButton("tag", N_("Tagg"), "tag", "g", shared=True, aside=True, asks=True)
MOVE = BulkButton("move", N_("Flytta"), "move", shared=True, aside=True, asks=True)

BULK_BUTTONS: Mapping[str, Sequence[BulkButton]] = MappingProxyType(
    {
        "inbox": (TAKE, CLOSE, ARCHIVE, ASSIGN, DUE, TAG, MOVE, BIN, READ, UNREAD),
        "trouble": (TAKE, CLOSE, ARCHIVE, ASSIGN, DUE, TAG, MOVE, BIN),
        "closed": (REOPEN, TAG, MOVE, BIN, READ, UNREAD),
        "binned": (RESTORE,),
    }
)
"""The buttons of each folder, in their order."""
ALONE = frozenset({"read", "unread"})
"""What concerns the reader alone, so that also those may who only read in the mailbox."""


def bulk_buttons(folder: str, *, shared: bool, writes: bool) -> list[BulkButton]:
    """Return the buttons of a folder.

    Args:
        folder: The folder.
        shared: Whether it is a function mailbox's; archiving is for personal inboxes only.
        writes: Whether the reader may change what is in the mailbox.
    """
    hidden = ARCHIVE if shared else None
    buttons = [button for button in BULK_BUTTONS[folder] if button is not hidden and (shared or not button.shared)]
    return [button for button in buttons if writes or button.act in ALONE]
