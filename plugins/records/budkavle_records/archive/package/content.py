"""What a package holds of a case, as plain things: gathered from the core, written as XML and PDF.

Everything here has been read already but the bytes of the files, which `open` gives when they are written.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

CASE = "Ärende"


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file of a message.

    Attributes:
        name: What its sender calls it.
        size: How many bytes it has.
        open: Gives its bytes, piece by piece.
    """

    name: str
    content_type: str
    size: int
    open: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody outside or inside: a sender, a receiver, or a person that a message is about."""

    name: str
    organisation: str = ""
    number: str = ""
    number_type: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a case or a delivery, which becomes an event in PREMIS.

    Attributes:
        kind: The type of the event, in English, as PREMIS has them.
        detail: The word of the log or the state of the delivery.
        outcome: How it ended, where there is something to say.
        who: Who did it; empty where the system did.
        about: The message's id, where it is about one.
    """

    at: datetime
    kind: str
    detail: str
    outcome: str = ""
    who: str = ""
    about: UUID | None = None


@dataclass(frozen=True, slots=True)
class ArchivedDelivery:
    """How one recipient got a message.

    Attributes:
        receipts: The peers' receipts as they came.
    """

    recipient: Party
    state: str
    receipts: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchivedMessage:
    """A message of the case.

    Attributes:
        destroyed: It has been gallrat or recalled: that it was there is all that is left.
        loa: The level of assurance that its reader must reach, 0 to 4.
        references: Reference numbers that it names.
        persons: Whom it is about.
    """

    id: UUID
    at: datetime
    incoming: bool
    channel: str
    sender: Party
    recipients: tuple[Party, ...]
    subject: str = ""
    body: str = field(default="", repr=False)
    author: str = ""
    confidential: bool = False
    loa: int = 0
    remote_id: str = ""
    references: tuple[str, ...] = ()
    persons: tuple[Party, ...] = ()
    files: tuple[ArchivedFile, ...] = ()
    deliveries: tuple[ArchivedDelivery, ...] = ()
    destroyed: bool = False


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What the hanteringsplan says of the case.

    Attributes:
        kind: The kind of document.
        code: Its code in the classification scheme.
        ground: The decision or law that it rests on.
        preserved: Whether it is kept for ever.
        due: When it is to be transferred, or destroyed.
    """

    kind: str
    code: str = ""
    ground: str = ""
    preserved: bool = True
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivering:
    """Who delivers, to whom, and by what agreement; the same for each package of a transfer.

    Attributes:
        organisation: The archival creator's name.
        number: Its organisationsnummer: ten digits.
        version: The version of Budkavle.
        archive: Who is to keep it.
        agreement: The submission agreement.
        reference_code: Its place in the archive.
        scheme: What the classification scheme is called.
        regulation: The rule of secrecy for what is confidential.
    """

    organisation: str
    number: str
    version: str
    archive: str = ""
    agreement: str = ""
    reference_code: str = ""
    scheme: str = ""
    regulation: str = "Offentlighets- och sekretesslagen (2009:400)"


@dataclass(frozen=True, slots=True)
class ArchivedCase:
    """A closed case.

    Attributes:
        number: What people call it, such as `2026-0451`.
        registration: Its numbers in the register (diarienummer).
        responsible: Who held it when it was closed.
        happenings: The case's own log and what happened to its deliveries.
    """

    id: UUID
    number: str
    mailbox: str
    opened_at: datetime
    closed_at: datetime
    messages: tuple[ArchivedMessage, ...]
    title: str = ""
    responsible: str = ""
    registration: tuple[str, ...] = ()
    appraisal: Appraisal | None = None
    happenings: tuple[Happening, ...] = ()

    @property
    def label(self) -> str:
        """What documents call it."""
        return f"{CASE} {self.number}"

    @property
    def is_confidential(self) -> bool:
        """Whether any of its messages is."""
        return any(message.confidential for message in self.messages)


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file that has been written into the package.

    Attributes:
        path: Its place within the representation, such as `data/001-01.pdf`.
        title: What people call it.
        message: The number of the message that it belongs to; 0 is the case itself.
        file_format: The name of its format, for ERMS.
    """

    path: str
    media_type: str
    size: int
    sha256: str
    title: str
    message: int = 0
    file_format: str = ""
