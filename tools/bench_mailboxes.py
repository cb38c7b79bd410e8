"""The server's time for pages with three thousand mailboxes, one with five thousand users, and their size.

Also for the pages of a person who is in all of them, and for a file that creates a thousand more. The pages come from
the application itself, in this process, with sessions of an administrator and of a member.
"""

import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench_sealing import Figure
from bench_stage import SENDER, stage
from bench_users import LIMIT_KB, LIMIT_MS, REQUESTS, ask, fill
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle.accounts import users
from budkavle.accounts.bulk.mailboxes import COLUMNS, import_mailboxes
from budkavle.csv_files import write_csv
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.loa import Loa
from budkavle.web.app import create_app

USERS, MAILBOXES, MEMBERS, FROM_FILE = 50_000, 3_000, 5_000, 1_000
LIMIT_SECONDS = 30.0
LISTS = {
    "first page": "/mailboxes",
    "search": "/mailboxes?q=brevl%C3%A5da+2999",
    "by users": "/mailboxes?sort=-members",
    "without users": "/mailboxes?show=empty",
}
ONE = {
    "users of one": "/mailboxes/{box}/users",
    "users of one, search": "/mailboxes/{box}/users?q=anna+lind",
    "users of one, by role": "/mailboxes/{box}/users?sort=role",
    "search to add": "/mailboxes/{box}/add/found?q=anna+lind+4",
}
MEMBER = {
    "inbox of a member of all": "/m/{box}",
    "own list of a member of all": "/mailboxes?show=mine",
    "new message of a member of all": "/compose?mailbox={box}",
}
_JOIN = text(
    "INSERT INTO memberships (organisation_id, mailbox_id, user_id)"
    " SELECT :organisation, id, :member FROM mailboxes WHERE organisation_id = :organisation AND kind = 'function'"
    " ON CONFLICT DO NOTHING"
)
_CROWD = text(
    "INSERT INTO memberships (organisation_id, mailbox_id, user_id)"
    " SELECT :organisation, :box, id FROM users WHERE organisation_id = :organisation ORDER BY id LIMIT :many"
    " ON CONFLICT DO NOTHING"
)


def measure(many: int = USERS) -> Iterator[Figure]:
    """Yield the figures of the pages and of a file."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        boss, _ = fill(made, many)
        member = made.member(*SENDER)
        here = {"organisation": member.organisation_id, "member": member.user_id, "many": MEMBERS}
        with made.platform.database.owner() as engine, engine.begin() as connection:
            named = text("SELECT id FROM mailboxes WHERE organisation_id = :organisation AND name = 'Brevlåda 7'")
            box = connection.execute(named, here).scalar_one()
            connection.execute(_JOIN, here)
            connection.execute(_CROWD, {**here, "box": box})
            connection.execute(text("ANALYZE"))
        with made.platform.work(member) as work:
            person = users.user(work, member.user_id)
        own = sessions.start(made.platform, SignedIn(person, Loa.THREE, "eid", "/"))
        logging.getLogger("httpx").setLevel(logging.WARNING)
        for cookie, pages in ((boss, {**LISTS, **ONE}), (own, MEMBER)):
            with TestClient(create_app(made.platform), cookies={"budkavle": cookie}) as client:
                for name, url in pages.items():
                    seconds, size = zip(*(ask(client, url.format(box=box)) for _ in range(REQUESTS)), strict=True)
                    yield _figure(f"mailboxes, {name}", statistics.median(seconds) * 1000, "ms", LIMIT_MS)
                    yield _figure(f"mailboxes, {name}, size", max(size) / 1000, "kB", LIMIT_KB)
        content = write_csv([[column.headings[0] for column in COLUMNS], *map(_row, range(FROM_FILE))])
        with made.platform.work(made.installation.actor(member.organisation_id)) as work:
            begun = time.perf_counter()
            import_mailboxes(work, content, FROM_FILE)
        yield _figure(
            f"mailboxes, {FROM_FILE} from a file, 10 users each", time.perf_counter() - begun, "s", LIMIT_SECONDS
        )


def _row(number: int) -> list[str]:
    addresses = " ".join(f"person{1 + (number * 10 + other) % 1000}@stor.example" for other in range(10))
    return [f"Ur fil {number}", "En enhet ur en fil", "sv", "nej", "", addresses]


def _figure(name: str, value: float, unit: str, limit: float) -> Figure:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "limit": limit,
        "ratio": round(value / limit, 3),
        "note": f"{USERS} users, {MAILBOXES} mailboxes, {MEMBERS} in one",
    }


if __name__ == "__main__":
    for measured in measure(*(int(count) for count in sys.argv[1:2])):
        print(json.dumps(measured), flush=True)
