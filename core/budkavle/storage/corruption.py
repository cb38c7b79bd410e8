"""Why something stored cannot be read: its bytes are damaged, or the reader has a problem."""

from uuid import UUID

from psycopg import Error
from sqlalchemy.exc import SQLAlchemyError

from budkavle.model.errors import Unavailable
from budkavle.storage.blobs.faults import MissingFile
from budkavle.storage.keys import Damaged, KeysUnavailable
from budkavle.storage.platform import Platform

KEYS, STORE, DATABASE, PROGRAM = "keys", "store", "database", "program"


def cause(platform: Platform, organisation_id: UUID, error: BaseException) -> str:
    """Return what is wrong with the reader; empty if it is proven that the stored bytes themselves are damaged.

    Proof is data that does not authenticate under a key that can be opened, or a file missing from a store that has
    other files of the organisation. Everything else (a wrong key, an old program, an unreachable store or database)
    says nothing about the bytes: a working process can read them.

    Raises:
        Unavailable: The database does not answer.
    """
    if isinstance(error, Damaged):
        return "" if _holds(platform, organisation_id) else KEYS
    if isinstance(error, MissingFile):
        return "" if _has_store(platform, organisation_id) else STORE
    if isinstance(error, KeysUnavailable):
        return KEYS
    if isinstance(error, Unavailable):
        return STORE
    return DATABASE if isinstance(error, SQLAlchemyError | Error) else PROGRAM


def _holds(platform: Platform, organisation_id: UUID) -> bool:
    try:
        return platform.vault.holds(organisation_id)
    except KeysUnavailable:
        return False


def _has_store(platform: Platform, organisation_id: UUID) -> bool:
    try:
        return next(platform.blobs.names(organisation_id), None) is not None
    except Unavailable:
        return False
