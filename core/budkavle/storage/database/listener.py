"""Notifications that every listening process receives after a commit; ids only."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection

from budkavle.model.errors import Unavailable
from budkavle.storage.database.notifier import Notice
from budkavle.storage.database.silence import DOWN
from budkavle.storage.pipeline import QueryFile, Statement, driver

CHANNEL = "budkavle"
"""The channel for open pages."""
WORK = "budkavle_work"
"""The channel for workers: something is due. Other notifications do not wake them."""


class _Queries(QueryFile):
    notify: Statement


QUERIES = _Queries.load()


class Listener:
    """Receives the notifications of `Database.notify`; reconnects if the connection is lost.

    Iterating yields payloads for ever. It also yields an empty payload after each pause without any (so that the loop
    can check whether to stop) and after a lost connection.

    Attributes:
        losses: How often it has lost its connection; each time, notifications may have been missed.
    """

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]], pause: float, channel: str) -> None:
        self._connect = connect
        self._pause = pause
        self._channel = channel
        self._connection: psycopg.Connection[Any] | None = None
        self.losses = 0
        try:
            self._ready()
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[str]:
        """Yield payloads, and empty ones in between."""
        while True:
            yield from self.wait(self._pause) or [""]

    def wait(self, timeout: float) -> list[str]:
        """Wait for the first payload, at most `timeout` seconds, and return it with all that arrived together.

        Raises:
            Unavailable: The connection was lost and the database does not answer.
        """
        try:
            return [notice.payload for notice in self._ready().notifies(timeout=timeout, stop_after=1)]
        except psycopg.OperationalError:
            self.losses += 1
            self.close()
        self._ready()  # listen again before returning, so that nothing is missed in between
        return [""]

    def close(self) -> None:
        """Stop listening."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _ready(self) -> "psycopg.Connection[Any]":
        if self._connection is None:
            try:
                self._connection = self._connect()
            except psycopg.OperationalError as error:
                raise Unavailable(DOWN) from error
            self._connection.autocommit = True
            self._connection.execute(SQL("LISTEN {}").format(Identifier(self._channel)))
        return self._connection


def notify(connection: Connection, payload: Mapping[str, object]) -> None:
    """Notify listeners when the transaction has been committed (see `Database.notify`)."""
    heard = [WORK] if "w" in payload else []
    if not heard or not payload.keys() <= {"o", "k", "w"}:
        heard.append(CHANNEL)
    text = json.dumps(payload, default=str, separators=(",", ":"))
    driver(connection).notices += [(channel, text) for channel in heard]


def notices_statement(notices: Sequence[Notice]) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that sends some notices, with its values."""
    channels, payloads = zip(*notices, strict=True)
    return QUERIES.notify, {"channels": list(channels), "payloads": list(payloads)}
