"""The database: connections where every transaction belongs to one organisation, and the server behind them."""

from budkavle.storage.database.case_readers import ALL_CASES
from budkavle.storage.database.connections import Database
from budkavle.storage.database.listener import CHANNEL, WORK, Listener
from budkavle.storage.pipeline import ResultRow, Statement, execute_batch

__all__ = ["ALL_CASES", "CHANNEL", "WORK", "Database", "Listener", "ResultRow", "Statement", "execute_batch"]
