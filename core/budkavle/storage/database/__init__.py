"""The database: connections whose every transaction belongs to one organisation, and the server behind them."""

from budkavle.storage.database.connections import Database
from budkavle.storage.database.listener import CHANNEL, WORK, Listener
from budkavle.storage.pipeline import Line, Statement, together

__all__ = ["CHANNEL", "WORK", "Database", "Line", "Listener", "Statement", "together"]
