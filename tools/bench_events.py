"""The time for a page of the event log with 50 users and with 50,000, and for its filters in a long log.

The pages come from the application itself, in this process, with an administrator's session. The entries are in the log
as in a restored database. The last figure is the memory used while a file of the whole log is written.
"""

import json
import logging
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from bench_sealing import Figure
from bench_stage import SENDER, Stage, stage
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import Role, User
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.events.search import EventFilter, walk_entries
from budkavle.web.app import create_app

USERS, MAILBOXES, ENTRIES = 50_000, 3_000, 1_000_000
REQUESTS = 40
LIMIT = 200.0
"""In milliseconds. Half of it is the limit of a page in thousands of bytes."""

_USERS = text(
    "INSERT INTO users (organisation_id, id, email, name, role, language, active, created_at)"
    " SELECT :organisation, gen_random_uuid(), 'user' || number || '@large.example', 'Användare ' || number, 'user',"
    " 'sv', true, now() FROM generate_series(1, :many) AS number"
)
_MAILBOXES = text(
    "INSERT INTO mailboxes (organisation_id, id, kind, name, created_at)"
    " SELECT :organisation, gen_random_uuid(), 'function', 'Brevlåda ' || number, now()"
    " FROM generate_series(1, :many) AS number"
)
_ENTRIES = text(
    """
    WITH people AS (SELECT array_agg(id) AS ids FROM users WHERE organisation_id = :organisation),
    boxes AS (SELECT array_agg(id) AS ids FROM mailboxes WHERE organisation_id = :organisation AND owner_id IS NULL),
    made AS (
        SELECT number, now() - (:many - number) * interval '20 seconds' AS at,
            people.ids[1 + number % cardinality(people.ids)] AS person,
            boxes.ids[1 + number % cardinality(boxes.ids)] AS box,
            CASE WHEN number % 5000 = 0 THEN 'settings.changed' WHEN number % 3 = 0 THEN 'user.signed-in'
                ELSE 'message.sent' END AS kind
        FROM generate_series(:first, :many) AS number, people, boxes
    )
    INSERT INTO audit_log (organisation_id, number, at, kind, entry, hash)
    SELECT :organisation, number, at, kind,
        '{"actor":{"id":"' || person || '","kind":"user","name":"Användare"},"at":"' || to_char(at AT TIME ZONE 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00","facts":{"mailbox":"' || box || '","section":"core.files"},"kind":"'
        || kind || '","thing":"' || CASE WHEN kind = 'user.signed-in' THEN person ELSE gen_random_uuid() END || '"}', ''
    FROM made
    """
)


def measure(users: int = USERS, mailboxes: int = MAILBOXES, entries: int = ENTRIES) -> Iterator[Figure]:
    """Yield the figures of the log's pages: the 95th percentile of 40 requests, and the size of the largest page."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        member = made.member(*SENDER)
        organisation_id = member.organisation_id
        few = _page(made, organisation_id, ["/events"])["/events"]
        fill(made, organisation_id, users, mailboxes, entries)
        paths = _paths(made, organisation_id, entries)
        many = _page(made, organisation_id, list(paths.values()))
        for name, path in paths.items():
            took, size = many[path]
            yield {"name": f"events, {name}", "value": took, "unit": "ms", "limit": LIMIT, "kB": round(size / 1000, 1)}
        yield {"name": "events, the first page with few", "value": few[0], "unit": "ms", "limit": LIMIT}
        yield _export(made, organisation_id, entries)


def fill(made: Stage, organisation_id: UUID, users: int, mailboxes: int, entries: int) -> None:
    """Give the organisation people, mailboxes and a log of this size."""
    chain_log(made.platform.database, organisation_id)
    with made.platform.database.owner() as engine, engine.begin() as connection:
        heads = "SELECT number FROM audit_heads WHERE organisation_id = :organisation"
        first = (connection.execute(text(heads), {"organisation": organisation_id}).scalar() or 0) + 1
        connection.execute(_USERS, {"organisation": organisation_id, "many": users})
        connection.execute(_MAILBOXES, {"organisation": organisation_id, "many": mailboxes})
        connection.execute(_ENTRIES, {"organisation": organisation_id, "first": first, "many": entries})
        moved = "UPDATE audit_heads SET number = :many WHERE organisation_id = :organisation"
        connection.execute(text(moved), {"organisation": organisation_id, "many": entries})
    with made.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def _paths(made: Stage, organisation_id: UUID, entries: int) -> dict[str, str]:
    with made.platform.database.transaction(organisation_id) as connection:
        middle = text("SELECT number, thing, to_char(at, 'YYYY-MM-DD') AS day FROM audit_log WHERE number = :number")
        row = connection.execute(middle, {"number": entries // 2 + 1}).one()
    return {
        "the first page": "/events",
        "a page in the middle": f"/events?after={row.number}",
        "a day": f"/events?since={row.day}&until={row.day}",
        "a common kind": "/events?kind=messages",
        "a rare kind": "/events?kind=organisation",
        "a rare kind until a day": f"/events?kind=organisation&until={row.day}",
        "a person": "/events?person=user777@large.example",
        "a mailbox": "/events?mailbox=Brevl%C3%A5da+777",
        "a person and a kind": "/events?person=user777@large.example&kind=sign-in",
        "a thing": f"/events?thing={row.thing}",
    }


def _page(made: Stage, organisation_id: UUID, paths: list[str]) -> dict[str, tuple[float, int]]:
    cookie = _signed_in(made, organisation_id)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    figures = {}
    with TestClient(create_app(made.platform), cookies={"budkavle": cookie}) as client:
        for path in paths:
            took, size = [], 0
            for turn in range(REQUESTS + 5):
                begun = time.perf_counter()
                answer = client.get(path)
                took += [time.perf_counter() - begun] if turn >= 5 else []
                size = len(answer.content)
                if answer.status_code != 200 or 'id="event-' not in answer.text:
                    raise RuntimeError(f"{path}: {answer.status_code}")
            figures[path] = round(statistics.quantiles(took, n=20)[-1] * 1000, 1), size
    return figures


def _signed_in(made: Stage, organisation_id: UUID) -> str:
    with made.platform.database.transaction(organisation_id) as connection:
        row = connection.execute(text("SELECT id, email, name FROM users WHERE email LIKE 'bench@%'")).one()
    user = User(row.id, organisation_id, row.email, row.name, role=Role.ADMIN)
    return sessions.start(made.platform, SignedIn(user, Loa.TWO, "bench", "/"))


def _export(made: Stage, organisation_id: UUID, entries: int) -> Figure:
    tracemalloc.start()
    begun = time.perf_counter()
    count = sum(1 for _ in walk_entries(made.platform, organisation_id, EventFilter()))
    took, (_, peak) = time.perf_counter() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    if count != entries:
        raise RuntimeError(f"{count} of {entries} entries")
    return {
        "name": f"events, most memory while {entries} are read for a file ({took:.0f} s)",
        "value": round(peak / 1_000_000, 1),
        "unit": "MB",
        "limit": 20.0,
    }


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure, ensure_ascii=False))
