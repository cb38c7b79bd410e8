"""The bulk actions for ticked cases, in each folder of a mailbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from budkavle.web.views.delivery_status import N_


@dataclass(frozen=True, slots=True)
class BulkButton:
    """A button of the bar shown when cases are ticked.

    Attributes:
        act: The name of the action in `cases.bulk.acts.BULK_ACTS`.
        text: The label, in Swedish.
        key: Its keyboard shortcut.
        shared: Whether only function mailboxes have it, where cases are taken.
        aside: Whether it is in the menu "Mer", since few buttons have room in the bar.
        asks: Whether it opens a page where something is chosen first, see `chosen`.
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
"""Actions that affect only the reader, so they are allowed also with read access only."""


def bulk_buttons(folder: str, *, shared: bool, writes: bool) -> list[BulkButton]:
    """Return the buttons of a folder.

    Args:
        folder: The folder.
        shared: Whether the folder is a function mailbox's; archiving is for personal inboxes only.
        writes: Whether the reader may change what is in the mailbox.
    """
    hidden = ARCHIVE if shared else None
    buttons = [button for button in BULK_BUTTONS[folder] if button is not hidden and (shared or not button.shared)]
    return [button for button in buttons if writes or button.act in ALONE]
