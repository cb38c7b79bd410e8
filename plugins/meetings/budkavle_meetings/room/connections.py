"""The sockets of one web process: news in PostgreSQL reaches each of them, whichever process wrote it.

A database notification wakes the process. It also polls every two seconds, so a lost notification costs at most
that long. One query serves all sockets of an organisation.
"""

import asyncio
import threading
from collections.abc import Iterable
from contextlib import suppress
from itertools import groupby
from time import monotonic
from uuid import UUID

from anyio import CapacityLimiter, to_thread

from budkavle import BudkavleError, Host
from budkavle_meetings.room import seats
from budkavle_meetings.room.news import Connection, RoomNews
from budkavle_meetings.room.seats import CHANNEL, Why

LOOK_SECONDS = 2.0
GATHER_SECONDS = 0.02
"""Notifications that arrive within this time are handled together."""
KEEP_SECONDS = 4.0
QUIET_SECONDS = 20.0
"""A browser reports every 5 seconds that it is there; after this long in silence it counts as gone."""
THREADS = 4


class Connections:
    """All sockets of this process.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.limiter = CapacityLimiter(THREADS)
        self._news = RoomNews(host, self.limiter)
        self._all: set[Connection] = set()
        self._woken: set[tuple[UUID, UUID]] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stop = threading.Event()

    def add(self, connection: Connection) -> None:
        """Serve a socket. An older socket of the same seat ends: another tab has taken it, or the page was reloaded."""
        for other in [connected for connected in self._all if connected.seat.id == connection.seat.id]:
            other.end(None if other.seat.instance == connection.seat.instance else Why.ELSEWHERE)
        self._all.add(connection)
        self.wake(connection.seat.organisation_id, connection.seat.meeting_id)
        if self._task is None or self._task.done():
            self._wake, self._stop = asyncio.Event(), threading.Event()
            self._wake.set()
            self._task = asyncio.create_task(self._run())

    def drop(self, connection: Connection) -> None:
        """Stop serving a socket."""
        self._all.discard(connection)

    def wake(self, organisation_id: UUID, meeting_id: UUID) -> None:
        """Schedule a look at a room."""
        self._woken.add((organisation_id, meeting_id))
        self._wake.set()

    async def _run(self) -> None:
        """Poll while there is a socket."""
        loop = asyncio.get_running_loop()
        listening = threading.Thread(target=self._listen, args=(loop, self._stop), name="meetings-news", daemon=True)
        listening.start()
        kept_at = looked_at = 0.0
        try:
            while self._all:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)
                    await asyncio.sleep(GATHER_SECONDS)
                self._wake.clear()
                woken, self._woken = self._woken, set()
                everybody = monotonic() - looked_at >= LOOK_SECONDS
                looked_at = monotonic() if everybody else looked_at
                if monotonic() - kept_at >= KEEP_SECONDS:
                    kept_at = monotonic()
                    self._end_quiet()
                    await self._keep()
                await self._look(None if everybody else woken)
        finally:
            self._stop.set()

    def _listen(self, loop: asyncio.AbstractEventLoop, stop: threading.Event) -> None:
        while not stop.is_set() and not loop.is_closed():
            try:
                with self.host.platform.database.listen(1.0, CHANNEL) as payloads:
                    for payload in payloads:
                        if stop.is_set() or loop.is_closed():
                            return
                        self._heard(loop, payload)
            except Exception as error:  # noqa: BLE001 - the database may be restarting; polling continues meanwhile
                self.host.log.warning("meetings.reconnecting", error=type(error).__name__)
                stop.wait(1)

    def _heard(self, loop: asyncio.AbstractEventLoop, payload: str) -> None:
        organisation, _, meeting = payload.partition(":")
        with suppress(ValueError, RuntimeError):
            loop.call_soon_threadsafe(self._wake_known, UUID(organisation), UUID(meeting))

    def _wake_known(self, organisation_id: UUID, meeting_id: UUID) -> None:
        if any(one.seat.meeting_id == meeting_id for one in self._all):
            self.wake(organisation_id, meeting_id)

    def _end_quiet(self) -> None:
        for connection in [one for one in self._all if monotonic() - one.heard_at > QUIET_SECONDS]:
            connection.end()

    async def _keep(self) -> None:
        for organisation_id, connections in self._by_organisation(self._all):
            seat_list = [connection.seat for connection in connections]
            with suppress(BudkavleError):
                await to_thread.run_sync(seats.keep_seats, self.host, organisation_id, seat_list, limiter=self.limiter)

    async def _look(self, rooms: set[tuple[UUID, UUID]] | None) -> None:
        chosen = [
            connection
            for connection in self._all
            if rooms is None or (connection.seat.organisation_id, connection.seat.meeting_id) in rooms
        ]
        for organisation_id, connections in self._by_organisation(chosen):
            try:
                await self._news.bring(organisation_id, connections)
            except BudkavleError as error:  # the database is unavailable; the next poll may succeed
                self.host.log.warning("meetings.look-failed", error=type(error).__name__)

    @staticmethod
    def _by_organisation(connections: Iterable[Connection]) -> list[tuple[UUID, list[Connection]]]:
        ordered = sorted(connections, key=lambda one: one.seat.organisation_id)
        return [(key, list(group)) for key, group in groupby(ordered, key=lambda one: one.seat.organisation_id)]
