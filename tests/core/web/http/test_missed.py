"""What nobody was told of: pages hear it once they listen, or that they may have missed something."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from budkavle.model.errors import Unavailable
from budkavle.storage.pipeline import Statement
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.http.live import server_events as module
from budkavle.web.http.live.recent_changes import now
from budkavle.web.http.live.server_events import Listener, Live, View

ENDS_LISTENERS = Statement(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE query = 'LISTEN \"budkavle\"' AND usename = user AND datname = current_database()"
)


def test_what_could_not_be_judged_is_told_as_missed(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The database was away for a moment; so was a page that did not read, and the listener itself."""
    box, answers = uuid4(), [Unavailable("Borta.")]

    def look() -> View:
        if answers:
            raise answers.pop()
        return View(frozenset({box}))

    async def main() -> None:
        live, home = Live(platform), organisation.id
        note = json.dumps({"o": str(home), "m": str(box), "c": str(uuid4()), "k": "joined"})
        stream = live.open(Listener(home, case_worker.id, "s", look))

        async def next_event() -> str:
            async for piece in stream:
                if b"event: " in piece:
                    return piece.decode().split()[1]
            raise AssertionError("the stream has ended")

        await anext(stream)
        hears = asyncio.ensure_future(next_event())
        await asyncio.sleep(0)
        live._spread(note)
        assert {await asyncio.wait_for(hears, 60), await asyncio.wait_for(next_event(), 60)} == {"change", "missed"}
        for _ in range(module.QUEUE_LENGTH + 1):
            live._spread(note)
        assert "missed" in [await asyncio.wait_for(next_event(), 60) for _ in range(2)]
        live._tell_missed()
        while await asyncio.wait_for(next_event(), 60) != "missed":
            pass

    asyncio.run(main())


def test_a_listener_that_lost_its_connection_lets_pages_look(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was told while nobody listened is not told later."""
    listen, first = platform.database.listen, [ConnectionError()]

    @contextmanager
    def broken(*args: Any) -> Iterator[Any]:
        with listen(*args) as payloads:
            if first:
                raise first.pop()
            yield payloads

    monkeypatch.setattr(platform.database, "listen", broken)

    async def main() -> None:
        live = Live(platform)
        await live.start()
        try:
            stream = live.open(Listener(organisation.id, case_worker.id, "s", lambda: View(frozenset())))
            async with asyncio.timeout(60):
                async for piece in stream:
                    if piece.startswith(b"event: missed"):
                        return
        finally:
            await live.close()

    asyncio.run(main())


@pytest.mark.feature("F12")
def test_a_page_hears_what_was_committed_after_it_was_made(
    organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Not what it shows already, nor what is in other mailboxes; one from before the process listened is told that."""
    own, other = uuid4(), uuid4()
    listener = Listener(organisation.id, case_worker.id, "s", lambda: View(frozenset({own})))

    async def main() -> None:
        live = Live(organisation.platform)
        live._recent.begin()
        made = now()
        for box, committed, kind in ((own, made, "shown"), (other, made + 1, "other"), (own, made + 1, "joined")):
            live._spread(json.dumps({"o": str(organisation.id), "m": str(box), "k": kind, "t": committed}))
        stream = live.open(listener, made)
        await anext(stream)
        change = json.loads((await anext(stream)).decode().partition("data: ")[2])
        assert change == {"mailbox": str(own), "case": None, "kind": "joined", "at": made + 1}
        old = live.open(listener, made - 60_000)
        await anext(old)
        assert (await anext(old)).startswith(b"event: missed")

    asyncio.run(main())


def test_a_connection_that_is_renewed_at_once_may_have_missed_something(
    organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """As when the standby has taken over: nobody sees an error, and what was told meanwhile is told nobody."""
    platform = organisation.platform

    async def main() -> None:
        live = Live(platform)
        await live.start()
        try:
            while live._recent.since(organisation.id, now()) is None:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
            stream = live.open(Listener(organisation.id, case_worker.id, "s", lambda: View(frozenset())))
            await anext(stream)
            hears = asyncio.ensure_future(anext(stream))
            while not all(each.judged for each in live._streams[organisation.id]):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
            await asyncio.to_thread(platform.database.at_once, None, (ENDS_LISTENERS, {}))
            assert (await asyncio.wait_for(hears, 60)).startswith(b"event: missed")
        finally:
            await live.close()

    asyncio.run(main())
