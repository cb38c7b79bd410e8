"""The time of the pages of statistics over a year of 2,000,000 messages in 3,000 mailboxes.

The counts are written as by the event log's job, for that year and the one before it, with some entries that it has not
counted yet. The pages come from the application itself, in this process, with a session.
"""

import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from bench_inbox import signed_in
from bench_sealing import Figure
from bench_stage import SENDER, Stage, stage
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle.accounts.users import update_user
from budkavle.model.people import Role
from budkavle.testing import PastEvent, do_job, record_past
from budkavle.web.app import create_app

MESSAGES, MAILBOXES, CASES = 2_000_000, 3_000, 200_000
UNCOUNTED = 1_000
REQUESTS = 40
LIMIT_MS, LIMIT_KB = 200, 100

_MAILBOXES = """
WITH made AS (
    INSERT INTO mailboxes (organisation_id, id, kind, name, created_at)
    SELECT :organisation, gen_random_uuid(), 'function', 'Brevlåda ' || number, now()
    FROM generate_series(1, :mailboxes) AS number RETURNING id
)
INSERT INTO memberships (organisation_id, mailbox_id, user_id, administrator)
SELECT :organisation, id, :user, true FROM made
"""
_BOX = """(SELECT id AS mailbox_id, row_number() OVER () - 1 AS place FROM mailboxes WHERE kind = 'function') AS box
    USING (place)"""
_PLACE = f"floor(random() * {MAILBOXES})::int AS place"
_MESSAGES = f"""
INSERT INTO event_days (organisation_id, kind, day, mailbox_id, what, number)
SELECT :organisation, kind, day, mailbox_id, what, count(*) FROM (
    SELECT (ARRAY['message.sent', 'message.received'])[1 + floor(random() * 2)::int] AS kind,
        current_date - 1 - floor(random() * 730)::int AS day, {_PLACE},
        (ARRAY['sdk', 'link', 'fax'])[1 + floor(random() * 3)::int] AS what
    FROM generate_series(1, 2 * :messages)
) AS message JOIN {_BOX} GROUP BY kind, day, mailbox_id, what
"""  # noqa: S608 - only constants
_ANSWERS = f"""
INSERT INTO event_days (organisation_id, kind, day, mailbox_id, what, number)
SELECT :organisation, 'case.first-answer', day, mailbox_id, minutes::text, count(*) FROM (
    SELECT current_date - 1 - floor(random() * 730)::int AS day, {_PLACE},
        round(exp(random() * 7)::numeric, -1)::int AS minutes
    FROM generate_series(1, 2 * :messages / 3)
) AS answer JOIN {_BOX} GROUP BY day, mailbox_id, minutes
"""  # noqa: S608 - only constants
_TOTALS = """
INSERT INTO event_day_totals (organisation_id, kind, day, what, number)
SELECT organisation_id, kind, day, what, sum(number) FROM event_days GROUP BY organisation_id, kind, day, what
ON CONFLICT (organisation_id, kind, day, what) DO UPDATE SET number = excluded.number
"""
_MONTHS = """
INSERT INTO event_months (organisation_id, kind, month, mailbox_id, what, number)
SELECT organisation_id, kind, date_trunc('month', day)::date, mailbox_id, what, sum(number) FROM event_days
GROUP BY organisation_id, kind, date_trunc('month', day)::date, mailbox_id, what
ON CONFLICT (organisation_id, kind, month, mailbox_id, what) DO UPDATE SET number = excluded.number
"""
_CASES = f"""
INSERT INTO cases (organisation_id, id, mailbox_id, number, state, conversation_id, channel, has_incoming, has_outgoing,
    confidential, attachments, messages, incoming, opened_at, active_at)
SELECT :organisation, gen_random_uuid(), mailbox_id, '2026-' || number,
    CASE WHEN number % 20 = 0 THEN 'open' ELSE 'closed' END, number::text, 'sdk', true, false, false, 0, 1, 1,
    now() - random() * interval '60 days', now()
FROM (SELECT number, {_PLACE} FROM generate_series(1, :cases) AS number) AS one JOIN {_BOX}
"""  # noqa: S608 - only constants


def measure(messages: int = MESSAGES) -> Iterator[Figure]:
    """Yield the figures of the pages: the 95th percentile of their time, and their size."""
    with (
        tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder,
        stage(Path(folder), plugins=("statistics",)) as made,
    ):
        box = fill(made, messages)
        cookie = signed_in(made, made.member(*SENDER))
        logging.getLogger("httpx").setLevel(logging.WARNING)
        today = datetime.now(UTC).date()
        year = f"from={today - timedelta(days=364)}&to={today}&compare=year"
        pages = {"organisation": "", "mailboxes": "/mailboxes", "one mailbox": f"/mailboxes/{box}"}
        with TestClient(create_app(made.platform), cookies={"budkavle": cookie}) as client:
            for name, path in pages.items():
                taken, size = _asked(client, f"/plugin/statistics{path}?{year}")
                yield _figure(f"statistics, {name}, a year of {messages} messages", taken, "ms", LIMIT_MS)
                yield _figure(f"statistics, {name}, size", size / 1000, "kB", LIMIT_KB)


def _figure(name: str, value: float, unit: str, limit: float) -> Figure:
    return {"name": name, "value": round(value, 1), "unit": unit, "limit": limit, "ratio": round(value / limit, 2)}


def fill(made: Stage, messages: int) -> UUID:
    """Write two years of counts, and return a mailbox."""
    member = made.member(*SENDER)
    admin = made.installation.actor(member.organisation_id)
    with made.platform.work(admin) as work:
        if member.user_id is None:
            raise SystemExit("The bench's actor is nobody.")
        update_user(work, member.user_id, role=Role.ADMIN)
    do_job(made.platform, "core.event-days")
    values = {"organisation": member.organisation_id, "user": member.user_id, "messages": messages}
    values |= {"mailboxes": MAILBOXES, "cases": CASES}
    with made.platform.database.transaction(member.organisation_id) as connection:
        for statement in (_MAILBOXES, _MESSAGES, _ANSWERS, _TOTALS, _MONTHS, _CASES):
            connection.execute(text(statement), values)
        named = text("SELECT id FROM mailboxes WHERE kind = 'function' AND name = 'Brevlåda 1'")
        box: UUID = connection.execute(named).scalar_one()
    now = datetime.now(UTC)
    facts: dict[str, Any] = {"mailbox": str(box), "transport": "sdk", "first_answer": 5000}
    record_past(made.platform, member.organisation_id, [PastEvent(now, "message.sent", None, facts)] * UNCOUNTED)
    with made.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    return box


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
        if turn >= 5:
            taken.append((time.perf_counter() - begun) * 1000)
    return statistics.quantiles(taken, n=20)[-1], size


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure), flush=True)
