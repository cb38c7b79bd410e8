"""The web process's CPU use for 200 open pages of a mailbox that changes five times a second, with what they fetch.

Each page has a stream, and they belong to four people. The visible ones fetch changed rows and the counts, at the pace
of `page/rows.js`. The changes are made in this process, and the measured CPU time is that of the server.
"""

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import httpx
import psutil
from bench_inbox import opened_case
from bench_sealing import Figure
from bench_stage import PASSWORD, SENDER, Stage, ended, stage
from bench_wire import await_server

from budkavle.accounts import mailboxes, users
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.loa import Loa

PEOPLE, PAGES, LOOKED_AT, CHANGES_A_SECOND, SECONDS, MOST = 4, 200, 20, 5, 60, 0.20
CASES = 10
LONGEST = 10.0


class Paced:
    """When a page fetches something again, as `paced` of `page/rows.js` does; in seconds."""

    def __init__(self, first: float) -> None:
        self._first = self._pause = first
        self._fetched = 0.0

    def wait(self) -> float:
        """Return how long to wait before fetching."""
        now = time.monotonic()
        goes_on = now - self._fetched < 2 * self._pause
        self._pause = min(2 * self._pause, LONGEST) if goes_on else self._first
        jitter = 1 + random.random() / 2 if goes_on else 1  # noqa: S311 - spreads requests
        self._fetched = now + self._pause * jitter
        return self._pause * jitter


class Window:
    """A visible page: changes are collected, and fetched after a while."""

    def __init__(self, client: httpx.AsyncClient, box: UUID, cookie: str) -> None:
        self._client, self._box, self._headers = client, box, {"cookie": f"budkavle={cookie}"}
        self._changed: set[str] = set()
        self._pace = {"rows": Paced(0.15), "counts": Paced(0.4)}
        self._fetching: dict[str, asyncio.Task[None]] = {}
        self.fetched = 0

    def hear(self, case: str) -> None:
        """Note that a case has changed."""
        self._changed.add(case)
        for what, pace in self._pace.items():
            if what not in self._fetching or self._fetching[what].done():
                self._fetching[what] = asyncio.create_task(self._fetch(what, pace.wait()))

    async def _fetch(self, what: str, pause: float) -> None:
        await asyncio.sleep(pause)
        ids, url = sorted(self._changed), f"/m/{self._box}/counts"
        if what == "rows":
            self._changed.clear()
            url = f"/m/{self._box}/rows?ids={','.join(ids)}" if len(ids) > 1 else f"/c/{ids[0]}/row"
        (await self._client.get(url, headers=self._headers)).raise_for_status()
        self.fetched += 1


def measure() -> Iterator[Figure]:
    """Yield the figures. If a stream has missed a change, the benchmark ends."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        box, cases = made.box(*SENDER), [opened_case(made) for _ in range(CASES)]
        notes = [{"o": str(box.organisation_id), "m": str(box.id), "c": str(case), "k": "state"} for case in cases]
        cookies = _cookies(made)
        for looked_at in (0, LOOKED_AT):
            with ended(made.run("serve", "--web-only")) as server:
                await_server(f"http://127.0.0.1:{made.port}")
                share, fetched = asyncio.run(_share(made, server.pid, cookies, notes, looked_at))
            seen = f"{looked_at} of them looked at" if looked_at else "none looked at"
            yield {
                "name": f"{PAGES} open pages, {seen}, {CHANGES_A_SECOND} changes a second, processor time",
                "value": round(share, 3),
                "unit": "cores",
                "limit": MOST,
                "ratio": round(share / MOST, 2),
                "note": f"{fetched} requests in {SECONDS} seconds",
            }


def _cookies(made: Stage) -> list[str]:
    """Return the session cookie of each page."""
    box, admin = made.box(*SENDER), made.installation.actor(made.installation.organisation(SENDER[0]))
    people = []
    with made.platform.work(admin) as work:
        for number in range(PEOPLE):
            email = f"live{number}@{SENDER[0]}.example"
            people.append(users.create_user(work, email=email, name=f"Anna {number}", password=PASSWORD))
        mailboxes.add_members(work, box.id, [person.id for person in people])
    pages = [people[number % PEOPLE] for number in range(PAGES)]
    return [sessions.start(made.platform, SignedIn(person, Loa.TWO, "password", "/")) for person in pages]


def _mark(made: Stage, cookie: str) -> str:
    """Return the value with which a page of this session requests its stream."""
    return sha256(f"mark|{sessions.find(made.platform, cookie).csrf}".encode()).hexdigest()[:32]


async def _share(
    made: Stage, server: int, cookies: list[str], notes: Sequence[dict[str, str]], looked_at: int
) -> tuple[float, int]:
    """Return the server's share of a core, and how many requests the pages have made."""
    base, heard = f"http://127.0.0.1:{made.port}", [0] * len(cookies)
    limits = httpx.Limits(max_connections=None)
    async with AsyncExitStack() as opened, httpx.AsyncClient(base_url=base, timeout=60, limits=limits) as client:
        windows = [Window(client, UUID(notes[0]["m"]), cookie) for cookie in cookies[:looked_at]]
        for number, cookie in enumerate(cookies):
            query, headers = {"session": _mark(made, cookie)}, {"cookie": f"budkavle={cookie}"}
            asking = client.stream("GET", "/live", params=query, headers=headers)
            answer = (await opened.enter_async_context(asking)).raise_for_status()
            window = windows[number] if number < looked_at else None
            listening = asyncio.create_task(_listen(answer, number, heard, window))
            opened.callback(listening.cancel)
        await asyncio.sleep(2)
        before, begun = _seconds(server), time.monotonic()
        for change in range(SECONDS * CHANGES_A_SECOND):
            await asyncio.to_thread(_change, made, notes[change % len(notes)])
            await asyncio.sleep(max(0.0, begun + (change + 1) / CHANGES_A_SECOND - time.monotonic()))
        used, took = _seconds(server) - before, time.monotonic() - begun
        for _ in range(30):  # on a busy machine some receive it late
            if min(heard) >= SECONDS * CHANGES_A_SECOND:
                break
            await asyncio.sleep(1)
    if min(heard) < SECONDS * CHANGES_A_SECOND:
        raise SystemExit(f"A page heard of {min(heard)} changes.")
    return used / took, sum(window.fetched for window in windows)


async def _listen(answer: httpx.Response, number: int, heard: list[int], window: Window | None) -> None:
    async for line in answer.aiter_lines():
        heard[number] += line.startswith("event: change")
        if window and line.startswith("data: "):
            window.hear(json.loads(line.removeprefix("data: "))["case"])


def _change(made: Stage, note: dict[str, str]) -> None:
    """Notify about a change, as a delivery's new state does."""
    organisation_id = UUID(note["o"])
    with made.platform.database.transaction(organisation_id) as connection:
        made.platform.database.notify(connection, note)


def _seconds(server: int) -> float:
    process = psutil.Process(server)
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(one.user + one.system for one in times)


if __name__ == "__main__":
    for figure in measure():
        print(json.dumps(figure), flush=True)
