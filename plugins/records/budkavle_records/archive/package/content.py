"""The contents of a package about a case, as plain objects: gathered from the core, written as XML and PDF.

Everything here has already been read except the bytes of the files, which `open` returns when they are written.
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
        name: The file name given by the sender.
        size: The size in bytes.
        open: Returns the bytes, piece by piece.
    """

    name: str
    content_type: str
    size: int
    open: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Party:
    """A person or organisation: a sender, a recipient, or a person that a message is about."""

    name: str
    organisation: str = ""
    number: str = ""
    number_type: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a case or a delivery, which becomes an event in PREMIS.

    Attributes:
        kind: The type of the event, in English, as in PREMIS.
        detail: The kind of the log entry, or the state of the delivery.
        outcome: The result, if there is one to report.
        who: The person who did it; empty if the system did it.
        about: The ID of the message that it is about, if any.
    """

    at: datetime
    kind: str
    detail: str
    outcome: str = ""
    who: str = ""
    about: UUID | None = None


@dataclass(frozen=True, slots=True)
class ArchivedDelivery:
    """How a message was delivered to one recipient.

    Attributes:
        receipts: The peers' receipts as they arrived.
    """

    recipient: Party
    state: str
    receipts: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchivedMessage:
    """A message in the case.

    Attributes:
        destroyed: It has been destroyed (gallrat) or recalled: the only thing left is that it existed.
        loa: The level of assurance that its reader must reach, 0 to 4.
        references: Reference numbers that it mentions.
        persons: The persons that it is about.
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
    """What the hanteringsplan says about the case.

    Attributes:
        kind: The kind of document.
        code: Its code in the classification scheme.
        ground: The decision or law that the rule is based on.
        preserved: Whether the case is kept for ever.
        due: When it is to be transferred or destroyed.
    """

    kind: str
    code: str = ""
    ground: str = ""
    preserved: bool = True
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivering:
    """The delivering organisation, the archive and their agreement; the same for each package of a transfer.

    Attributes:
        organisation: The name of the archival creator.
        number: Its organisationsnummer: ten digits.
        version: The version of Budkavle.
        archive: The archive that is to keep the package.
        agreement: The submission agreement.
        reference_code: The package's place in the archive.
        scheme: The name of the classification scheme.
        regulation: The secrecy rule for confidential content.
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
        number: The case number that users see, such as `2026-0451`.
        registration: Its numbers in the register (diarienummer).
        responsible: The person who held it when it was closed.
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
        """The name used in documents."""
        return f"{CASE} {self.number}"

    @property
    def is_confidential(self) -> bool:
        """Whether any of its messages is confidential."""
        return any(message.confidential for message in self.messages)


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file that has been written into the package.

    Attributes:
        path: Its path within the representation, such as `data/001-01.pdf`.
        title: The name that users see.
        message: The number of the message that it belongs to; 0 means the case itself.
        file_format: The name of its format, for ERMS.
    """

    path: str
    media_type: str
    size: int
    sha256: str
    title: str
    message: int = 0
    file_format: str = ""
