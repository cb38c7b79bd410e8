"""What has changed, told to open pages as server-sent events that carry only ids.

One thread per process listens to PostgreSQL; each browser's session has a queue, which all its windows share (see
`static/live.js`). The page fetches what it may see itself,
so nothing is shown that the reader has no right to.
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator
from uuid import UUID

import structlog

from budkavle.errors import Unavailable
from budkavle.platform import Platform

log = structlog.get_logger()
PING_SECONDS = 20
PAUSE_SECONDS = 1.0
QUEUE_LENGTH = 200


class Live:
    """Spreads notifications to the pages of the organisation they belong to."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._pages: dict[UUID, set[asyncio.Queue[dict[str, str]]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="budkavle-live", daemon=True)

    async def start(self) -> None:
        """Begin to listen."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def close(self) -> None:
        """Stop listening, and wait until that is over."""
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._stop.set()
        database = self._platform.database
        with contextlib.suppress(Unavailable), database.transaction(None) as connection:
            database.notify(connection, {})  # so that it looks at once
        self._thread.join(2 * PAUSE_SECONDS)

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                with self._platform.database.listen(PAUSE_SECONDS) as payloads:
                    for payload in payloads:
                        if self._stop.is_set():
                            return
                        if payload and self._loop and not self._loop.is_closed():
                            self._loop.call_soon_threadsafe(self._spread, payload)
            except Exception as error:  # noqa: BLE001 - the database may be restarting; try again
                log.warning("live.reconnecting", error=type(error).__name__)
                self._stop.wait(1)

    def _spread(self, payload: str) -> None:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            note = json.loads(payload)
            for queue in self._pages.get(UUID(note["o"]), ()):
                if not queue.full():
                    queue.put_nowait(note)

    async def events(self, organisation_id: UUID, mailboxes: frozenset[str]) -> AsyncIterator[bytes]:
        """Yield the stream of one page: an event for each change in these mailboxes, comments to keep it open."""
        queue: asyncio.Queue[dict[str, str]] = asyncio.Queue(QUEUE_LENGTH)
        self._pages.setdefault(organisation_id, set()).add(queue)
        try:
            yield b"retry: 3000\n\n"
            while True:
                try:
                    note = await asyncio.wait_for(queue.get(), PING_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if note.get("m", "") in mailboxes or "m" not in note:
                    told = {"mailbox": note.get("m"), "case": note.get("c"), "kind": note.get("k")}
                    yield f"event: change\ndata: {json.dumps(told)}\n\n".encode()
        finally:
            self._pages[organisation_id].discard(queue)
