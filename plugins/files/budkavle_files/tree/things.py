"""Entries of the tree, their versions, shares and roles."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from budkavle import Sentence


class EntryKind(StrEnum):
    """The kind of an entry of the tree."""

    CATALOGUE = "catalogue"
    FILE = "file"
    NOTE = "note"


class OwnerKind(StrEnum):
    """The kind of a tree's owner."""

    PERSON = "person"
    MAILBOX = "mailbox"


class ShareKind(StrEnum):
    """Whom something is shared with."""

    PERSON = "person"
    MAILBOX = "mailbox"
    GUEST = "guest"


class AccessRole(IntEnum):
    """What someone may do with an entry; a higher role includes the lower ones."""

    READER = 1
    """Open and download."""
    AUTHOR = 2
    """Also add files, notes and catalogues, and change, move and delete files and notes."""
    ADMINISTRATOR = 3
    """Also change, move and delete the catalogue itself, and share."""


N_ = str
"""Marks a sentence for the translations."""
ROLE_NAMES = {
    AccessRole.READER: N_("Läsare"),
    AccessRole.AUTHOR: N_("Författare"),
    AccessRole.ADMINISTRATOR: N_("Administratör"),
}
KIND_NAMES = {EntryKind.CATALOGUE: N_("katalog"), EntryKind.FILE: N_("fil"), EntryKind.NOTE: N_("anteckning")}


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a tree: a person or a function mailbox."""

    kind: OwnerKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Entry:
    """A catalogue, a file or a note.

    Attributes:
        parent_id: Its catalogue; None for a top-level catalogue.
        path: The catalogues above it, the top first.
        loa: The level of assurance that a reader must reach, by its own setting.
        level: The highest of its own level and those of the catalogues above it.
        confidential: Whether it is marked as covered by secrecy.
        version: The number of its latest version; 0 for a catalogue.
        size: Bytes of its latest version.
        stored: Bytes of all its versions.
        binned_with: The deleted entry: itself, or a catalogue above it; None outside of the bin.
        kept_from: When its retention starts to count; for a catalogue it has no meaning.
    """

    id: UUID
    kind: EntryKind
    parent_id: UUID | None
    path: tuple[UUID, ...]
    owner: Owner
    name: str
    loa: int
    level: int
    confidential: bool
    version: int
    size: int
    stored: int
    media_type: str
    created_at: datetime
    changed_at: datetime
    changed_by: str
    binned_at: datetime | None
    binned_by: str
    binned_with: UUID | None
    kept_from: datetime

    @property
    def is_catalogue(self) -> bool:
        """Whether it contains other entries."""
        return self.kind is EntryKind.CATALOGUE

    @property
    def line(self) -> tuple[UUID, ...]:
        """The catalogues above it, and itself: the places from which a share reaches it."""
        return (*self.path, self.id)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a file or a note.

    Attributes:
        file_id: The encrypted bytes, in `OwnedFiles`.
        restored_from: The number of the version that it restores.
    """

    entry_id: UUID
    number: int
    size: int
    media_type: str
    file_id: UUID
    author: str
    created_at: datetime
    restored_from: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """Someone's access to an entry and all its content.

    Attributes:
        subject_id: The account or the mailbox; the share's own id for a guest.
        until: When it ends; None if it does not.
        loa: The level that a guest must reach.
    """

    id: UUID
    entry_id: UUID
    kind: ShareKind
    subject_id: UUID
    role: AccessRole
    until: datetime | None
    loa: int
    created_by: str
    guest: bytes | None


GONE = Sentence("Katalogen eller filen finns inte, eller så har du inte tillgång till den.")
