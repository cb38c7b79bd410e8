"""The catalogues beside the pages: the user's own, those of their mailboxes, shared ones, the bin, and space used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func

from budkavle import Host, Work
from budkavle.accounts import read_settings
from budkavle.cases import readable_mailboxes
from budkavle.web import Visitor
from budkavle_files.pages.pieces import Extras
from budkavle_files.pages.view import View
from budkavle_files.tables import entries
from budkavle_files.tree.binning import count_bin
from budkavle_files.tree.entries import list_tops
from budkavle_files.tree.quota import room
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.sharing import my_owners, shared_with_me
from budkavle_files.tree.store import entries_query, load
from budkavle_files.tree.sums import sums_of
from budkavle_files.tree.things import ROLE_NAMES, Entry, OwnerKind

PATH = "/plugin/files"
MOST_INSIDE = 40
"""The most catalogues shown under one of the open branch."""


@dataclass(slots=True)
class Branch:
    """A catalogue beside the pages, with those in it if one of them is open."""

    entry: Entry
    note: str = ""
    current: bool = False
    inside: list["Branch"] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"{PATH}/c/{self.entry.id}"


@dataclass(frozen=True, slots=True)
class Group:
    """Catalogues under a heading."""

    title: str
    branches: Sequence[Branch]


def rail(view: View, current: Entry | None) -> Mapping[str, Any]:
    """Return the context of the pages' navigation.

    Args:
        view: The page.
        current: The open catalogue, or the catalogue of the open entry.
    """
    host, work = view.host, view.work
    boxes = readable_mailboxes(work)
    owners = my_owners(work, boxes)
    tops = list_tops(host, work, owners)
    shared = shared_with_me(host, work, boxes)
    sums = sums_of(host, work, [entry.id for entry in tops])
    branches = {entry.id: Branch(entry, str(sums[entry.id].entries or "")) for entry in tops}
    lent = [Branch(entry, view.say(ROLE_NAMES[role]).lower()) for entry, role in shared if entry.is_catalogue]
    if current is not None:
        _unfold(host, work, [*branches.values(), *lent], current)
    groups = [Group(view.say("Mina kataloger"), _of(branches.values(), OwnerKind.PERSON))]
    names = {mailbox.id: mailbox.name for mailbox in boxes}
    of_boxes = ((owner, _of(branches.values(), owner.kind, owner.id)) for owner in owners if owner.id in names)
    groups.extend(Group(names[owner.id], inside) for owner, inside in of_boxes if inside)
    if lent:
        groups.append(Group(view.say("Delat med mig"), lent))
    whose = current.owner if current else next(iter(owners), None)
    return {
        "groups": groups,
        "has_computer": read_settings(work, FileSettings).webdav,
        "bin_count": count_bin(host, work, owners),
        "room": room(host, work, whose) if whose is not None and whose in owners else None,
    }


def framed(host: Host, visitor: Visitor, work: Work, current: Entry | None = None, *, done: str = "") -> dict[str, Any]:
    """Return the context of `frame.html` for a page without a list; `done` is a sentence about what was just done."""
    return {"tree": rail(View(host, visitor, work, Extras()), current), "path": PATH, "done": done}


def _of(branches: Any, kind: OwnerKind, owner_id: UUID | None = None) -> list[Branch]:
    mine = (branch for branch in branches if branch.entry.owner.kind is kind)
    return [branch for branch in mine if owner_id is None or branch.entry.owner.id == owner_id]


def _unfold(host: Host, work: Work, roots: Sequence[Branch], current: Entry) -> None:
    """Show the catalogues under each one on the path to the current one, and under that one."""
    line = current.line
    by_id = {branch.entry.id: branch for branch in roots}
    opened = [entry_id for entry_id in line if entry_id in by_id] and list(line)
    inside = (entries.c.parent_id.in_(opened), entries.c.kind == "catalogue", entries.c.binned_at.is_(None))
    query = entries_query(work, *inside).order_by(func.cardinality(entries.c.path), entries.c.rank)
    for entry in load(host, work, query.limit(MOST_INSIDE * max(len(opened), 1))) if opened else ():
        parent = by_id.get(entry.parent_id) if entry.parent_id else None
        if parent is not None and (len(parent.inside) < MOST_INSIDE or entry.id in line):
            by_id.setdefault(entry.id, Branch(entry))
            parent.inside.append(by_id[entry.id])
    if current.id in by_id:
        by_id[current.id].current = True
