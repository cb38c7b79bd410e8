"""The server's time for the register of organisations with five hundred of them, and the size of each page.

The pages come from the application itself, in this process, with the session of an administrator of the installation.
One of the organisations has fifty thousand accounts, which are counted each time.
"""

import json
import logging
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench_sealing import Figure
from bench_stage import SENDER, Stage, stage
from bench_users import ask
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle.accounts import users
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import Role
from budkavle.web.app import create_app

MANY, ACCOUNTS, REQUESTS = 500, 50_000, 20
LIMIT_MS, LIMIT_KB = 200.0, 100.0
PAGES = {
    "first page": "/administration",
    "search": "/administration?q=kommun+77",
    "search of a number": "/administration?q=212000-00",
    "paused": "/administration?state=paused",
    "by date": "/administration?sort=-created",
    "nodes": "/administration/nodes",
}
_FILL = (
    (
        "INSERT INTO organisations (id, slug, name, state, created_at)"
        " SELECT gen_random_uuid(), 'kommun-' || n, 'Kommun ' || n,"
        "  CASE WHEN n % 50 = 0 THEN 'paused' ELSE 'active' END,"
        "  now() - n * interval '1 day' FROM generate_series(1, :many) AS n"
    ),
    (
        "INSERT INTO settings (organisation_id, section, mailbox_id, chosen, changed_at)"
        " SELECT id, 'budkavle.information', '00000000-0000-0000-0000-000000000000',"
        "  jsonb_build_object('number', '212000-' || lpad((row_number() OVER ())::text, 4, '0')), now()"
        " FROM organisations WHERE slug LIKE 'kommun-%'"
    ),
    (
        "INSERT INTO users (organisation_id, id, email, name, password_hash, created_at)"
        " SELECT o.id, gen_random_uuid(), 'person' || n || '@' || o.slug || '.example', 'Person ' || n, 'x', now()"
        " FROM organisations o"
        " CROSS JOIN LATERAL generate_series(1, CASE WHEN o.slug = 'kommun-1' THEN :accounts ELSE 100 END) AS n"
        " WHERE o.slug LIKE 'kommun-%'"
    ),
    "ANALYZE",
)


def measure(many: int = MANY) -> Iterator[Figure]:
    """Yield the figures of the pages."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        cookie = fill(made, many)
        logging.getLogger("httpx").setLevel(logging.WARNING)
        with TestClient(create_app(made.platform), cookies={"budkavle": cookie}) as client:
            for name, url in PAGES.items():
                seconds, size = zip(*(ask(client, url) for _ in range(REQUESTS)), strict=True)
                yield _figure(f"organisations, {name}", statistics.median(seconds) * 1000, "ms", LIMIT_MS, many)
                yield _figure(f"organisations, {name}, size", max(size) / 1000, "kB", LIMIT_KB, many)


def fill(made: Stage, many: int) -> str:
    """Create the organisations and accounts, and return the cookie of an administrator of the installation."""
    with made.platform.database.owner() as engine, engine.begin() as connection:
        for statement in _FILL:
            connection.execute(text(statement), {"many": many, "accounts": ACCOUNTS})
    with made.platform.database.owner() as engine, engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE users"))
    member = made.member(*SENDER)
    with made.platform.work(made.installation.actor(member.organisation_id)) as work:
        boss = users.create_user(work, email="chef@stor.example", name="Chef Chefsson", role=Role.PLATFORM)
    return sessions.start(made.platform, SignedIn(boss, Loa.THREE, "eid", "/"))


def _figure(name: str, value: float, unit: str, limit: float, many: int) -> Figure:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "limit": limit,
        "ratio": round(value / limit, 3),
        "note": f"{many} organisations, one with {ACCOUNTS} accounts",
    }


if __name__ == "__main__":
    for measured in measure(*(int(count) for count in sys.argv[1:2])):
        print(json.dumps(measured), flush=True)
