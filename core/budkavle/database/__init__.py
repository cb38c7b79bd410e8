"""The database: connections whose every transaction belongs to one organisation, and the server behind them."""

from budkavle.database.connections import CHANNEL, Database, Listener
from budkavle.database.statements import Line, Statement

__all__ = ["CHANNEL", "Database", "Line", "Listener", "Statement"]
