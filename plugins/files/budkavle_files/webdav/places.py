"""The tree as folders: which path leads to which entry.

At the top there is a folder for the visitor's own catalogues, one for each mailbox that has any, and one for shared
entries. Entries that require a higher level of assurance than the visitor has are hidden. A note is a file whose name
ends with `.md`; if a file has that name already, the note is not shown.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from budkavle import Host, Work, translations
from budkavle.cases import readable_mailboxes
from budkavle_files.tree import names
from budkavle_files.tree.entries import find_named, list_catalogue, list_tops
from budkavle_files.tree.sharing import my_owners, shared_with_me
from budkavle_files.tree.things import Entry, EntryKind, Owner, OwnerKind

MOST: Final = 20_000
"""The most entries of one catalogue that a folder shows."""
NOTE: Final = ".md"
N_ = str
"""Marks a sentence for the translations."""
OWN, SHARED = N_("Mina kataloger"), N_("Delat med mig")


@dataclass(frozen=True, slots=True)
class Shelf:
    """A top-level folder.

    Attributes:
        name: Its name.
        owner: The owner of its catalogues; None for what is shared with the visitor.
        entries: Its content, by the names in this folder.
    """

    name: str
    owner: Owner | None
    entries: dict[str, Entry] = field(default_factory=dict)

    def is_called(self, name: str) -> bool:
        """Tell whether the folder has this name."""
        return _folded(self.name) == _folded(name)

    def find(self, name: str) -> Entry | None:
        """Return the entry with a name in it."""
        folded = _folded(name)
        return next((entry for shown, entry in self.entries.items() if _folded(shown) == folded), None)


def shelves(host: Host, work: Work) -> list[Shelf]:
    """Return the top-level folders, with the content that the visitor sees."""
    boxes = readable_mailboxes(work)
    owners = my_owners(work, boxes)
    titles = {box.id: box.name for box in boxes}
    tops = _seen(work, list_tops(host, work, owners))
    words = translations(work.actor.language, dict(host.platform.plugins.folders("locale"))).gettext
    all_shelves = list[Shelf]()
    for owner in owners:
        owned = [entry for entry in tops if entry.owner == owner]
        if owner.kind is OwnerKind.PERSON:
            all_shelves.append(Shelf(words(OWN), owner, _named(owned)))
        elif owned:
            all_shelves.append(Shelf(titles[owner.id], owner, _named(owned)))
    shared = _seen(work, (entry for entry, _ in shared_with_me(host, work, boxes)))
    if shared:
        all_shelves.append(Shelf(words(SHARED), None, _named(shared)))
    by_name = dict[str, Shelf]()
    for shelf in all_shelves:
        name = _free(shelf.name.replace("/", "-").replace("\\", "-"), by_name)
        by_name[name] = Shelf(name, shelf.owner, shelf.entries)
    return list(by_name.values())


def path_to(host: Host, work: Work, line: Sequence[Entry]) -> str:
    """Return a path by which the visitor reaches an entry; it leaves out what is above a shared entry.

    Args:
        host: The plugin's host.
        work: The visitor's unit of work.
        line: The entries from the top of the tree down to it.
    """
    for shelf in shelves(host, work):
        names_here = {entry.id: name for name, entry in shelf.entries.items()}
        for number, top in enumerate(line):
            if top.id in names_here:
                below = (shown_name(entry) for entry in line[number + 1 :])
                return "/".join(("", shelf.name, names_here[top.id], *below))
    return f"/{shown_name(line[-1])}"


def find_in(host: Host, work: Work, catalogue: Entry, name: str) -> Entry | None:
    """Return the entry with a name in a catalogue that the visitor may read; None if the visitor sees none."""
    entry = _named_in(host, work, catalogue, name)
    if entry is None or entry.kind is EntryKind.NOTE:
        is_note = name.casefold().endswith(NOTE)
        entry = _named_in(host, work, catalogue, name[: -len(NOTE)]) if is_note else None
        entry = entry if entry is not None and entry.kind is EntryKind.NOTE else None
    return entry if entry is not None and work.actor.may_read_at(entry.level) else None


def list_in(host: Host, work: Work, catalogue: Entry) -> dict[str, Entry]:
    """Return the content of a catalogue that the visitor may read, by the names in its folder."""
    listed = list_catalogue(host, work, catalogue, limit=MOST).entries
    file_names = {_folded(entry.name) for entry in listed if entry.kind is not EntryKind.NOTE}
    return {
        shown_name(entry): entry
        for entry in _seen(work, listed)
        if entry.kind is not EntryKind.NOTE or _folded(shown_name(entry)) not in file_names
    }


def shown_name(entry: Entry) -> str:
    """Return the name of an entry in a folder."""
    return entry.name + NOTE if entry.kind is EntryKind.NOTE else entry.name


def entry_name(entry: Entry, shown: str) -> str | None:
    """Return the entry name that a folder would show as the given name; None if there is none."""
    if entry.kind is not EntryKind.NOTE:
        return shown
    return shown[: -len(NOTE)] if shown.casefold().endswith(NOTE) else None


def _named_in(host: Host, work: Work, catalogue: Entry, name: str) -> Entry | None:
    for spelling in dict.fromkeys((unicodedata.normalize("NFC", name), name)):
        entry = find_named(host, work, catalogue, spelling)
        if entry is not None:
            return entry
    return None


def _seen(work: Work, entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if work.actor.may_read_at(entry.level)]


def _named(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Return entries by unique names: if several have one name, the later ones get a number."""
    by_name = dict[str, Entry]()
    for entry in sorted(entries, key=lambda item: (names.order(item.name), item.id)):
        by_name[_free(shown_name(entry), by_name)] = entry
    return by_name


def _free(name: str, taken: Iterable[str]) -> str:
    folded = {_folded(each) for each in taken}
    stem, dot, ending = name.rpartition(".")
    base, ending = (stem, dot + ending) if stem else (name, "")
    numbered = (name if number == 1 else f"{base} ({number}){ending}" for number in range(1, 10_000))
    return next(each for each in numbered if _folded(each) not in folded)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()
