"""The server's time for the list of users in an organisation with fifty thousand, and the size of each page.

The pages come from the application itself, in this process, with an administrator's session.
"""

import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from bench_sealing import Figure
from bench_stage import SENDER, Stage, stage
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle.accounts import users
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import Role
from budkavle.web.app import create_app

MANY, MAILBOXES = 50_000, 3_000
REQUESTS = 20
LIMIT_MS, LIMIT_KB = 200.0, 100.0
PAGES = {
    "first page": "",
    "search": "?q=anna+lind",
    "search of a mailbox": "?q=brevl%C3%A5da+77",
    "by last sign-in": "?sort=-last",
    "administrators": "?role=admin",
    "far down": "?after={far}&from=40001",
}
_FILL = (
    (
        "INSERT INTO users (organisation_id, id, email, name, language, role, password_hash, created_at, signed_in_at)"
        " SELECT :organisation, gen_random_uuid(), 'person' || n || '@stor.example',"
        "  (ARRAY['Anna', 'Bo', 'Cecilia', 'David', 'Eva'])[1 + n % 5] || ' '"
        "  || (ARRAY['Lind', 'Ek', 'Åström', 'Öberg', 'Nord', 'Järvi', 'Dahl'])[1 + n % 7] || ' ' || n,"
        "  'sv', CASE WHEN n % 5000 = 0 THEN 'admin' ELSE 'user' END, 'x', now(), now() - n * interval '1 hour'"
        " FROM generate_series(1, :many) AS n"
    ),
    (
        "INSERT INTO mailboxes (organisation_id, id, kind, name, created_at)"
        " SELECT :organisation, gen_random_uuid(), 'function', 'Brevlåda ' || n, now()"
        " FROM generate_series(1, :mailboxes) AS n"
    ),
    (
        "INSERT INTO memberships (organisation_id, mailbox_id, user_id)"
        " SELECT :organisation, m.id, u.id"
        " FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM users WHERE organisation_id = :organisation) AS u"
        " CROSS JOIN generate_series(0, 2) AS k"
        " INNER JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM mailboxes"
        "  WHERE organisation_id = :organisation AND kind = 'function') AS m ON m.n = 1 + (u.n + k * 7) % :mailboxes"
        " ON CONFLICT DO NOTHING"
    ),
    (
        "INSERT INTO identities (organisation_id, id, user_id, provider, subject_hash, label, created_at, confirmed_at)"
        " SELECT :organisation, gen_random_uuid(), id, 'personnummer', sha256(id::text::bytea), '', now(), now()"
        " FROM users WHERE organisation_id = :organisation AND email LIKE 'person%'"
    ),
    "ANALYZE",
)


def measure(many: int = MANY) -> Iterator[Figure]:
    """Yield the figures of the list's pages."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        cookie, far = fill(made, many)
        logging.getLogger("httpx").setLevel(logging.WARNING)
        with TestClient(create_app(made.platform), cookies={"budkavle": cookie}) as client:
            for name, query in PAGES.items():
                url = f"/organisation/users{query.format(far=far)}"
                seconds, size = zip(*(ask(client, url) for _ in range(REQUESTS)), strict=True)
                yield _figure(f"users, {name}", statistics.median(seconds) * 1000, "ms", LIMIT_MS, many)
                yield _figure(f"users, {name}, size", max(size) / 1000, "kB", LIMIT_KB, many)


def fill(made: Stage, many: int) -> tuple[str, UUID]:
    """Create the users and mailboxes. Return the cookie of an administrator, and the key of a row far down."""
    member = made.member(*SENDER)
    values = {"organisation": member.organisation_id, "many": many, "mailboxes": MAILBOXES}
    with made.platform.database.owner() as engine, engine.begin() as connection:
        for statement in _FILL:
            connection.execute(text(statement), values if ":" in statement.replace("::", "") else {})
        far_down = text("SELECT id FROM users WHERE organisation_id = :o ORDER BY name, id OFFSET :n LIMIT 1")
        far = connection.execute(far_down, {"o": member.organisation_id, "n": many * 4 // 5}).scalar_one()
    with made.platform.work(made.installation.actor(member.organisation_id)) as work:
        boss = users.create_user(work, email="chef@stor.example", name="Chef Chefsson", role=Role.ADMIN)
    return sessions.start(made.platform, SignedIn(boss, Loa.THREE, "eid", "/")), far


def ask(client: "TestClient[Any]", url: str) -> tuple[float, int]:
    """Request a page, and return the seconds and the bytes."""
    begun = time.perf_counter()
    answer = client.get(url)
    seconds = time.perf_counter() - begun
    answer.raise_for_status()
    return seconds, len(answer.content)


def _figure(name: str, value: float, unit: str, limit: float, many: int) -> Figure:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "limit": limit,
        "ratio": round(value / limit, 3),
        "note": f"{many} users, {MAILBOXES} mailboxes",
    }


if __name__ == "__main__":
    for measured in measure(*(int(count) for count in sys.argv[1:2])):
        print(json.dumps(measured), flush=True)
