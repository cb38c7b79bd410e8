"""Notifies open pages of changes by server-sent events that contain only ids.

One thread per process listens to PostgreSQL; each stream has a queue. A notification names the mailbox, and reaches
only those who may open that mailbox now: session and access are checked again regularly. The page then fetches what it
may see. A page tells when it was made, and first gets what was committed since then. If notifications were lost, it
gets the event `missed`, and reloads its data.
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

import structlog
from anyio import CapacityLimiter, to_thread

from budkavle.measures import catalogue
from budkavle.model.errors import BudkavleError, NotSignedIn, Unavailable
from budkavle.storage.platform import Platform
from budkavle.web.http.live.recent_changes import Note, RecentChanges, now

log = structlog.get_logger()
PING_SECONDS = 20
"""Seconds between keep-alives in a silent stream, and how long a reader's access is cached."""
PAUSE_SECONDS = 1.0
QUEUE_LENGTH = 200
MOST_OF_SESSION, MOST_OF_USER = 20, 60
"""The most streams in one process; a browser needs one for each session."""
LOOKERS = 4
"""Threads that check readers' access, separate from those that render pages."""


class TooManyStreams(BudkavleError):
    """More event streams than a person can have pages open."""

    slug, title, status = "too-many-streams", "För många öppna sidor", 429


@dataclass(frozen=True, slots=True)
class View:
    """What a reader is notified of: changes in these mailboxes, except in restricted cases that do not name them."""

    mailboxes: frozenset[UUID]
    hidden: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Listener:
    """The reader of a stream.

    Attributes:
        session: A name of the session that is never shown.
        look: Returns what they may be notified of now; raises NotSignedIn if the session has ended.
    """

    organisation_id: UUID
    user_id: UUID
    session: str
    look: Callable[[], View]


@dataclass(eq=False, slots=True)
class _Stream:
    listener: Listener
    mailboxes: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    judged: float = 0.0
    """When `mailboxes` was last checked; 0 means that it must be checked at once."""
    news: int = 0
    """Counts the notifications that the reader's access has changed."""
    missed: bool = False
    """Whether a notification that may have concerned the reader was lost."""
    queue: "asyncio.Queue[Note | None]" = field(default_factory=lambda: asyncio.Queue(QUEUE_LENGTH))

    def concerns(self, note: Note) -> bool:
        """Tell whether its reader may be notified of it, as far as is known now."""
        return note["m"] in self.mailboxes and note.get("c") not in self.hidden

    def put(self, note: Note | None) -> None:
        """Queue a notification; if the queue is full, the stream gets `missed` later."""
        try:
            self.queue.put_nowait(note)
        except asyncio.QueueFull:
            self.missed = True


class Live:
    """Sends notifications to the streams of the readers that they concern."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._streams: dict[UUID, set[_Stream]] = {}
        self._recent = RecentChanges()
        self._ending = False
        self._lookers = CapacityLimiter(LOOKERS)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="budkavle-live", daemon=True)

    async def start(self) -> None:
        """Start to listen."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def close(self) -> None:
        """Stop listening, and wait until the thread has ended."""
        self._end_streams()
        await asyncio.to_thread(self._end)

    def end(self) -> None:
        """End all streams, from any thread: the server waits for them before it closes anything."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_streams)

    def open(self, listener: Listener, since: int | None = None) -> AsyncIterator[bytes]:
        """Return the stream of one page: an event for each change, comments to keep it open.

        Args:
            listener: The page's reader.
            since: It begins with what was committed after this time, in milliseconds since 1970.

        Raises:
            TooManyStreams: The session or the user already has the most streams allowed.
        """
        others = [stream.listener for stream in self._streams.get(listener.organisation_id, ())]
        of_user = [other for other in others if other.user_id == listener.user_id]
        of_session = [other for other in of_user if other.session == listener.session]
        if len(of_session) >= MOST_OF_SESSION or len(of_user) >= MOST_OF_USER:
            raise TooManyStreams("Du har för många sidor öppna samtidigt. Stäng några av dem och läs in sidan på nytt.")
        return self._events(_Stream(listener), since)

    async def _events(self, stream: _Stream, since: int | None) -> AsyncIterator[bytes]:
        streams = self._streams.setdefault(stream.listener.organisation_id, set())
        streams.add(stream)
        if since is not None:
            self._repeat(stream, since)
        catalogue.STREAMS.add(1)
        try:
            yield b": listening\n\n"
            while await self._may_hear(stream):
                if stream.missed and stream.judged:
                    stream.missed = False
                    yield _event("missed", {"at": now()})
                try:
                    pause = PAUSE_SECONDS if stream.missed else PING_SECONDS
                    note = await asyncio.wait_for(stream.queue.get(), pause)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if note and await self._may_hear(stream) and stream.concerns(note):
                    change = {"mailbox": note["m"], "case": note.get("c"), "kind": note.get("k"), "at": note["t"]}
                    yield _event("change", change)
        finally:
            catalogue.STREAMS.add(-1)
            streams.discard(stream)

    async def _may_hear(self, stream: _Stream) -> bool:
        """Tell whether the stream may continue, after checking access again if the cached access is old."""
        if self._ending:
            return False
        if stream.judged and monotonic() - stream.judged < PING_SECONDS:
            return True
        began, news = monotonic(), stream.news
        try:
            view = await to_thread.run_sync(stream.listener.look, limiter=self._lookers)
        except NotSignedIn:
            return False
        except Unavailable:
            stream.mailboxes, stream.judged, stream.missed = frozenset(), 0.0, True  # until it is known again
            return True
        if news != stream.news:  # access has changed meanwhile
            return await self._may_hear(stream)
        stream.mailboxes, stream.hidden = (frozenset(map(str, ids)) for ids in (view.mailboxes, view.hidden))
        stream.judged = began
        return True

    def _spread(self, payload: str) -> None:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            note = json.loads(payload)
            organisation_id = UUID(note["o"])
            if "m" in note:
                self._recent.add(organisation_id, note)
            for stream in self._streams.get(organisation_id, ()):
                if "m" in note and (not stream.judged or note["m"] in stream.mailboxes):
                    stream.put(note)
                elif note.get("u") == str(stream.listener.user_id) or (note.get("k") == "access" and "u" not in note):
                    stream.judged, stream.news = 0.0, stream.news + 1
                    stream.put(None)

    def _repeat(self, stream: _Stream, since: int) -> None:
        """Queue what was committed since its page was made; access is checked before anything is sent."""
        notes = self._recent.since(stream.listener.organisation_id, since)
        stream.missed = notes is None
        for note in notes or ():
            stream.put(note)

    def _tell_missed(self) -> None:
        """Send `missed` to every page: changes during the gap, also to sessions, are not notified later."""
        self._recent.begin()
        for streams in self._streams.values():
            for stream in streams:
                stream.missed, stream.judged, stream.news = True, 0.0, stream.news + 1
                stream.put(None)

    def _end_streams(self) -> None:
        self._ending = True
        for streams in self._streams.values():
            for stream in streams:
                stream.put(None)

    def _end(self) -> None:
        self._stop.set()
        database = self._platform.database
        with contextlib.suppress(Unavailable), database.transaction(None) as connection:
            database.notify(connection, {})  # wakes the listener at once
        self._thread.join(2 * PAUSE_SECONDS)

    def _listen(self) -> None:
        begin: Callable[[], None] = self._recent.begin
        while not self._stop.is_set():
            try:
                with self._platform.database.listen(PAUSE_SECONDS) as payloads:
                    self._soon(begin)
                    losses = 0
                    for payload in payloads:
                        if self._stop.is_set():
                            return
                        if payloads.losses > losses:
                            losses = payloads.losses
                            self._soon(self._tell_missed)
                        if payload:
                            self._soon(self._spread, payload)
            except Exception as error:  # noqa: BLE001 - the database may be restarting; try again
                log.warning("live.reconnecting", error=type(error).__name__)
                begin = self._tell_missed
                self._stop.wait(1)

    def _soon(self, function: Callable[..., None], *values: str) -> None:
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *values)


def _event(name: str, data: Note) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
