"""SQL with named parameters over psycopg, several statements in one round trip to PostgreSQL.

Knows psycopg and SQLAlchemy's `Connection`, but nothing else of Budkavle.
"""

from budkavle.storage.pipeline.connection import PipelineConnection
from budkavle.storage.pipeline.queries import QueryFile, QueryFileError, read_queries
from budkavle.storage.pipeline.statements import ResultRow, Statement, driver, execute_batch, savepoint, with_role
from budkavle.storage.pipeline.watching import InDoubt, NoAnswer

__all__ = [
    "InDoubt",
    "NoAnswer",
    "PipelineConnection",
    "QueryFile",
    "QueryFileError",
    "ResultRow",
    "Statement",
    "driver",
    "execute_batch",
    "read_queries",
    "savepoint",
    "with_role",
]
