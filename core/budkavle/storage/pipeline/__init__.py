"""SQL with named parameters over psycopg, several statements in one exchange with PostgreSQL.

Knows psycopg and SQLAlchemy's `Connection`; nothing else of Budkavle.
"""

from budkavle.storage.pipeline.connection import NoAnswer, PipelineConnection
from budkavle.storage.pipeline.queries import QueryFile, QueryFileError, read_queries
from budkavle.storage.pipeline.statements import Line, Statement, driver, savepoint, together, with_role

__all__ = [
    "Line",
    "NoAnswer",
    "PipelineConnection",
    "QueryFile",
    "QueryFileError",
    "Statement",
    "driver",
    "read_queries",
    "savepoint",
    "together",
    "with_role",
]
