"""Which files of the store the rows of an organisation refer to."""

from dataclasses import dataclass
from uuid import UUID

from budkavle.cases.owned import pieces
from budkavle.storage.database import ALL_CASES
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform

PIECE, EXPORT = "piece", "export"


class _Queries(QueryFile):
    list_references: Statement
    list_written: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that a row refers to.

    Attributes:
        part: Its kind, as in the name of its key (`vault.part_aad`); `piece` of a larger file, or an `export`.
        owner_id: The row's id: of the attachment, the file, the message, the delivery or the request.
        name: The file's name in the store.
        size: Plain bytes; None if the row does not say.
        place: For a piece, its first byte and the size of the whole file; otherwise None.
    """

    part: str
    owner_id: UUID
    name: str
    size: int | None
    place: tuple[int, int] | None = None


def list_references(platform: Platform, organisation_id: UUID, *, written_since: str = "") -> list[Reference]:
    """Return every file that the organisation's rows refer to, ordered by name.

    Args:
        platform: The installation.
        organisation_id: The organisation.
        written_since: A transaction number: only rows written by that transaction or later ones.
    """
    values = {"organisation": organisation_id, "since": written_since or None}
    (rows,) = platform.database.at_once(organisation_id, (QUERIES.list_references, values), reader=ALL_CASES)
    return [
        Reference(
            row.part, row.owner_id, row.name, row.size, None if row.start is None else (int(row.start), int(row.whole))
        )
        for row in rows
    ]


def names_being_written(platform: Platform, organisation_id: UUID) -> set[str]:
    """Return the names of files that are being uploaded and that no row refers to yet."""
    values = {"organisation": organisation_id}
    (rows,) = platform.database.at_once(organisation_id, (QUERIES.list_written, values), reader=ALL_CASES)
    return {name for row in rows for name in pieces.split_names(row.writing)}
