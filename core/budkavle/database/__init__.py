"""The database: connections whose every transaction belongs to one organisation, and the server behind them."""

from budkavle.database.connections import CHANNEL, Database, Listener

__all__ = ["CHANNEL", "Database", "Listener"]
