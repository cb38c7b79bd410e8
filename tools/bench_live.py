"""What 200 open pages of a mailbox cost the web process while it changes five times a second; not what they fetch.

A stream for each page, of four people; the changes are made in this process, and the processor time is the server's.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
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

PEOPLE, PAGES, CHANGES_A_SECOND, SECONDS, MOST = 4, 200, 5, 20, 0.20


def measure() -> Iterator[Figure]:
    """The figure; a stream that has not heard of each change ends the bench."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        box, case = made.box(*SENDER), opened_case(made)
        note = {"o": str(box.organisation_id), "m": str(box.id), "c": str(case), "k": "state"}
        cookies = _cookies(made)
        with ended(made.run("serve", "--web-only")) as server:
            await_server(f"http://127.0.0.1:{made.port}")
            share = asyncio.run(_share(made, server.pid, cookies, note))
    yield {
        "name": f"{PAGES} open pages, {CHANGES_A_SECOND} changes a second: the server's share of a core",
        "value": round(share, 3),
        "unit": "cores",
        "limit": MOST,
        "ratio": round(share / MOST, 2),
    }


def _cookies(made: Stage) -> list[str]:
    """The session of each page."""
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
    """What a page of this session asks for its stream with."""
    return sha256(f"mark|{sessions.find(made.platform, cookie).csrf}".encode()).hexdigest()[:32]


async def _share(made: Stage, server: int, cookies: list[str], note: dict[str, str]) -> float:
    base, heard = f"http://127.0.0.1:{made.port}", [0] * len(cookies)
    limits = httpx.Limits(max_connections=None)
    async with AsyncExitStack() as opened, httpx.AsyncClient(base_url=base, timeout=60, limits=limits) as client:
        for number, cookie in enumerate(cookies):
            query, headers = {"session": _mark(made, cookie)}, {"cookie": f"budkavle={cookie}"}
            asking = client.stream("GET", "/live", params=query, headers=headers)
            answer = (await opened.enter_async_context(asking)).raise_for_status()
            listening = asyncio.create_task(_listen(answer, number, heard))
            opened.callback(listening.cancel)
        await asyncio.sleep(2)
        before, begun = _seconds(server), time.monotonic()
        for change in range(SECONDS * CHANGES_A_SECOND):
            await asyncio.to_thread(_change, made, note)
            await asyncio.sleep(max(0.0, begun + (change + 1) / CHANGES_A_SECOND - time.monotonic()))
        used, took = _seconds(server) - before, time.monotonic() - begun
        await asyncio.sleep(1)
    if min(heard) < SECONDS * CHANGES_A_SECOND:
        raise SystemExit(f"A page heard of {min(heard)} changes.")
    return used / took


async def _listen(answer: httpx.Response, number: int, heard: list[int]) -> None:
    async for line in answer.aiter_lines():
        heard[number] += line.startswith("event: change")


def _change(made: Stage, note: dict[str, str]) -> None:
    """Tell of a change as a delivery's new state does."""
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
