"""A PostgreSQL server in a folder, shared by all processes that open it.

Knows psycopg, but nothing else of Budkavle.
"""

from budkavle.storage.embedded.errors import (
    BinariesMissing,
    EmbeddedServerError,
    NoCluster,
    NoRoom,
    NotStarted,
    ProgramFailed,
    ServerDown,
    ServerSilent,
    ServerUnusable,
    SocketFolderTaken,
    UnsupportedSystem,
    UserMissing,
)
from budkavle.storage.embedded.server import EmbeddedServer, binaries

__all__ = [
    "BinariesMissing",
    "EmbeddedServer",
    "EmbeddedServerError",
    "NoCluster",
    "NoRoom",
    "NotStarted",
    "ProgramFailed",
    "ServerDown",
    "ServerSilent",
    "ServerUnusable",
    "SocketFolderTaken",
    "UnsupportedSystem",
    "UserMissing",
    "binaries",
]
