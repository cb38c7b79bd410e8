"""What other parts of the plugin add to the pages: tabs of the panel, and parts of the list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from budkavle import Work
from budkavle.web import Visitor
from budkavle_files.tree.things import AccessRole, Entry, EntryKind, Share

Context = Callable[[Visitor, Work, Entry, AccessRole], Mapping[str, Any] | None]
"""Returns the template's context, or None to show nothing. It gets the page's unit of work, the entry and the
visitor's role for it."""
PiecePlace = Literal["catalogue.actions", "bulk.actions", "catalogue.foot", "entry.menu", "sheet.shares"]


def _nothing(visitor: Visitor, work: Work, entry: Entry, role: AccessRole) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of an entry's panel.

    Attributes:
        name: Its word in the address: `/plugin/files/e/ID?tab=NAME`.
        title: Its title, in Swedish, a translation key.
        kinds: The kinds of entry that have it.
        url: Its address, for a tab that has its own page, such as the text of a note.
        template: Its template otherwise; `piece` is what `context` returned. `entry`, `csrf` and `path` are available
            too.
        context: Returns `piece`.
        role: The lowest role that has it.
        order: Its position; Inställningar is 10, Delningar 20.
    """

    name: str
    title: str
    kinds: frozenset[EntryKind]
    url: Callable[[Entry], str] | None = None
    template: str = ""
    context: Context = _nothing
    role: AccessRole = AccessRole.READER
    order: int = 50


@dataclass(frozen=True, slots=True)
class Piece:
    """An addition at a place of the pages.

    Attributes:
        place: `catalogue.actions`: a button at the head of a catalogue. `bulk.actions`: a button of the form with
            the ticks, a GET whose fields `id` are the ticked entries; give it a `formaction`. `catalogue.foot`: under
            the list, such as where files are dropped. `entry.menu`: a line of an entry's menu; `context` returns `url`
            and `text`, and no template is needed. `sheet.shares`: under the form Dela med fler.
        template: Its template; `piece` is what `context` returned. `csrf` and `path` are available too.
        context: Returns `piece`. The entry is the catalogue of the list; for `entry.menu` and `sheet.shares` it is the
            entry itself.
        order: Its position among the others.
    """

    place: PiecePlace
    template: str
    context: Context
    order: int = 50


def _no_guest(work: Work, share: Share) -> str:  # noqa: ARG001 - `guests` knows the names of guests
    return ""


@dataclass(frozen=True, slots=True)
class Extras:
    """All additions of the other parts to the pages.

    Attributes:
        guest_name: Returns the name of a share's guest.
    """

    tabs: Sequence[Tab] = ()
    pieces: Sequence[Piece] = ()
    guest_name: Callable[[Work, Share], str] = field(default=_no_guest)

    def shown(
        self, place: PiecePlace, visitor: Visitor, work: Work, entry: Entry, role: AccessRole
    ) -> list[dict[str, Any]]:
        """Return the additions at a place, each with `template` and `piece`."""
        mine = sorted((piece for piece in self.pieces if piece.place == place), key=lambda piece: piece.order)
        contexts = ((piece, piece.context(visitor, work, entry, role)) for piece in mine)
        return [{"template": piece.template, "piece": context} for piece, context in contexts if context is not None]
