"""Whose fault it is that something stored cannot be read: its own bytes', or that of the one who tries to read it."""

from uuid import UUID

from psycopg import Error
from sqlalchemy.exc import SQLAlchemyError

from budkavle.model.errors import Unavailable
from budkavle.storage.blobs import MissingFile
from budkavle.storage.keys import Damaged, KeysUnavailable
from budkavle.storage.platform import Platform

KEYS, STORE, DATABASE, PROGRAM = "keys", "store", "database", "program"


def cause(platform: Platform, organisation_id: UUID, error: BaseException) -> str:
    """Say what is wrong with the reader; empty where it is proven that the stored bytes themselves are spoilt.

    Proven is what does not authenticate under a key that opens, and a file that is away from a store in which the
    organisation has others. All else (a wrong key, an old program, a store or a database that is away) says nothing of
    the bytes: somebody who is whole can read them.

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
