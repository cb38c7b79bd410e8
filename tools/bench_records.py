"""The cost of public records requests and log control with 200,000 messages: a list, a data extract, many openings.

The pages come from the application itself, in this process, with a session. The openings are written to the event log
as if they had happened, and the job goes through them.
"""

import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from bench_inbox import fill, signed_in
from bench_sealing import Figure
from bench_stage import SENDER, Stage, stage
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle import ActorScope, SystemActor, UserActor
from budkavle.accounts import mailboxes
from budkavle.accounts.users import update_user
from budkavle.messaging import search_texts
from budkavle.model.people import Role
from budkavle.testing import PastEvent, do_job, record_past
from budkavle.web.app import create_app
from budkavle_disclosure.lists import create_list

MESSAGES, LISTED = 200_000, 4_000
READERS, OPENINGS, BOXES = 500, 20_000, 300
A_DAY = 1_000_000 / 86_400
"""The openings per second of 50,000 people who each open twenty cases a day."""
REQUESTS, LIMIT_MS, LIMIT_KB, LIMIT_LIST_MS = 40, 200, 100, 3_000
LIMIT_TEXTS_MS = 400
"""The CPU time of this process for the texts of 1,000 messages: 80 seconds of a worker for 200,000."""


def measure(messages: int = MESSAGES, openings: int = OPENINGS) -> Iterator[Figure]:
    """Yield the figures of a list, its pages, and the job."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with (
        tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder,
        stage(Path(folder), plugins=("disclosure", "log_control")) as made,
    ):
        member = made.member(*SENDER)
        if not isinstance(member, UserActor):
            raise SystemExit("The bench's actor is nobody.")
        yield from _job(made, member, openings)
        yield from _list(made, member, messages)
        yield from _texts(made, member)


def _job(made: Stage, member: UserActor, openings: int) -> Iterator[Figure]:
    now = datetime.now(UTC)
    readers = [replace(member, user_id=uuid4(), name=f"Läsare Namn{number}") for number in range(READERS)]
    boxes = [str(UUID(int=number + 1)) for number in range(BOXES)]
    events = [
        PastEvent(
            now - timedelta(hours=3, milliseconds=openings - number),
            "case.viewed",
            uuid4(),
            {"mailbox": boxes[number % BOXES], "protected": number % 50 == 0},
            readers[number % READERS],
        )
        for number in range(openings)
    ]
    record_past(made.platform, member.organisation_id, events)
    begun = time.perf_counter()
    do_job(made.platform, "log_control.control")
    rate = openings / (time.perf_counter() - begun)
    name = f"log control, a second for the openings of how many, at {openings}"
    yield {"name": name, "value": round(rate), "unit": "1/s", "limit": round(A_DAY, 1), "ratio": round(A_DAY / rate, 3)}


def _list(made: Stage, member: UserActor, messages: int) -> Iterator[Figure]:
    admin = made.installation.actor(member.organisation_id)
    with made.platform.work(admin) as work:
        update_user(work, member.user_id, role=Role.ADMIN)
        box = mailboxes.create_mailbox(work, "Tvåhundra tusen").id
    fill(made, member, box, messages)
    spread = (
        "UPDATE messages SET created_at = now() - floor(random() * :days) * interval '1 day' WHERE mailbox_id = :box"
    )
    with made.platform.database.transaction(member.organisation_id) as connection:
        connection.execute(text(spread), {"box": box, "days": messages // LISTED})
    with made.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    host = made.platform.plugins.host("disclosure")
    day = datetime.now(UTC).date() - timedelta(days=messages // LISTED // 2)
    begun = time.perf_counter()
    list_id = create_list(host, replace(member, role=Role.ADMIN), "Mätning", [box], (day, day))
    yield _figure(f"postlista of {LISTED} of {messages} messages", (time.perf_counter() - begun) * 1000, LIMIT_LIST_MS)
    with TestClient(create_app(made.platform), cookies={"budkavle": signed_in(made, member)}) as client:
        for name, path in (("masks", ""), ("preview", "/preview")):
            taken, size = _asked(client, f"/plugin/disclosure/lists/{list_id}{path}?page=40")
            yield _figure(f"postlista, {name}, page 40", taken, LIMIT_MS)
            yield _figure(f"postlista, {name}, size", size / 1000, LIMIT_KB, "kB")


def _texts(made: Stage, member: UserActor) -> Iterator[Figure]:
    """Yield the CPU time of searching all texts for a person, since a worker does it beside other work."""
    reader = SystemActor(member.organisation_id, "Mätning", frozenset({ActorScope.READ}))
    begun, after, read = time.process_time(), None, 0
    while True:
        with made.platform.work(reader) as work:
            page = search_texts(work, ["Eva Holmberg", "198105139879", "810513-9879"], after=after)
        if page.last is None:
            break
        after, read = page.last, read + page.read
    each = (time.process_time() - begun) * 1_000_000 / read
    yield _figure(f"texts of a data extract, CPU for 1,000 of {read} messages", each, LIMIT_TEXTS_MS)


def _figure(name: str, value: float, limit: float, unit: str = "ms") -> Figure:
    return {"name": name, "value": round(value, 1), "unit": unit, "limit": limit, "ratio": round(value / limit, 2)}


def _asked(client: "TestClient[Any]", path: str) -> tuple[float, int]:
    """Return the 95th percentile of a page's time in milliseconds, and its size in bytes."""
    taken: list[float] = []
    size = 0
    for turn in range(REQUESTS + 5):
        begun = time.perf_counter()
        answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}.")
        size = len(answer.content)
        taken += [(time.perf_counter() - begun) * 1000] if turn >= 5 else []
    return statistics.quantiles(taken, n=20)[-1], size


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure), flush=True)
