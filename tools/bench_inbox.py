"""The server's time to open a mailbox with a hundred messages and with a hundred thousand, and a case there.

The pages come from the application itself, in this process, with a session. The two mailboxes take turns.
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
from uuid import UUID, uuid4

from bench_sealing import Figure
from bench_stage import SENDER, Stage, stage
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle.accounts import all_organisations, mailboxes, users
from budkavle.cases.message_store import Body, Head, parts
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.loa import Loa
from budkavle.model.messages import Address
from budkavle.model.people import Actor
from budkavle.storage.keys import encrypt
from budkavle.storage.vault import part_aad
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation
from budkavle.web.app import create_app
from budkavle_demo.content import ADDRESSES, CHILDREN, CLINIC

FEW, MANY = 100, 100_000
REQUESTS = 100
CASE_MS = 150
AT_ONCE = 2_000
TEXT = "Hej!\n\nVi behöver underlag i ärendet senast på fredag. Hör av er om något är oklart.\n\n" * 4
FOLDERS = {"inbox": "", "untaken": "?scope=untaken", "closed": "?folder=closed"}

_CASES = text(
    "INSERT INTO cases (organisation_id, id, mailbox_id, number, state, holder_id, conversation_id, channel,"
    " has_incoming, has_outgoing, confidential, attachments, messages, incoming, last_message_id, opened_at, active_at)"
    " SELECT :organisation, one.case_id, :box, '2026-' || one.number, CASE WHEN one.number % 5 = 0 THEN 'closed'"
    "  ELSE 'open' END, CASE WHEN one.number % 3 = 0 THEN CAST(:user AS uuid) END, CAST(one.case_id AS text), 'sdk',"
    "  true, false, false, 0, 1, 1, one.id, now() - one.number * interval '1 minute',"
    "  now() - one.number * interval '1 minute'"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:cases AS uuid[]), CAST(:numbers AS int[])) AS one(id, case_id, number)"
)
_MESSAGES = text(
    "INSERT INTO messages (organisation_id, id, mailbox_id, case_id, direction, transport, state, conversation_id,"
    " remote_id, confidential, attachments, head, body, created_at)"
    " SELECT :organisation, one.id, :box, one.case_id, 'in', 'sdk', 'RECEIVED', CAST(one.case_id AS text),"
    "  CAST(one.id AS text), false, 0, one.head, one.head, now() - one.number * interval '1 minute'"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:cases AS uuid[]), CAST(:numbers AS int[]), CAST(:heads AS bytea[]))"
    " AS one(id, case_id, number, head)"
)


def measure(many: int = MANY) -> Iterator[Figure]:
    """Yield the figures of the mailbox's folders."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        actor = made.member(*SENDER)
        admin = made.installation.actor(actor.organisation_id)
        with made.platform.work(admin) as work:
            few = mailboxes.create_mailbox(work, "Hundra").id
        lots = made.box(*SENDER).id
        for box, count in ((few, FEW), (lots, many)):
            fill(made, actor, box, count)
        with made.platform.database.owner() as engine, engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        case, cookie = opened_case(made), signed_in(made, actor)
        logging.getLogger("httpx").setLevel(logging.WARNING)
        with TestClient(create_app(made.platform), cookies={"budkavle": cookie}) as client:
            for name, query in FOLDERS.items():
                small, large = _turns(client, f"/m/{few}{query}", f"/m/{lots}{query}")
                yield {
                    "name": f"{name} with {many} messages, 95th of 100 requests",
                    "value": round(large, 1),
                    "unit": "ms",
                    "limit": round(small * 2, 1),
                    "ratio": round(large / small, 2),
                }
            (opening,) = _turns(client, f"/c/{case}")
            name = f"a case of five messages among {many}, 95th of 100 requests"
            ratio = round(opening / CASE_MS, 2)
            yield {"name": name, "value": round(opening, 1), "unit": "ms", "limit": CASE_MS, "ratio": ratio}


def opened_case(made: Stage) -> UUID:
    """Let a case of five messages arrive, each with some text."""
    ours = next(one for one in all_organisations(made.platform, system_actor()) if one.slug == SENDER[0])
    organisation = SampleOrganisation(made.platform, ours)
    more = {"transport": "sdk", "conversation_id": str(uuid4()), "recipient": Address("sdk", ADDRESSES[CHILDREN])}
    sender = Address("sdk", ADDRESSES[CLINIC], "Kansliet", "Region Vättern")
    return [organisation.arrive("Begäran om underlag", sender=sender, body=TEXT, **more) for _ in range(5)][-1]


def fill(made: Stage, actor: Actor, box: UUID, count: int) -> None:
    """Put a number of cases with one message each into a mailbox, every head sealed under its own key."""
    with made.platform.work(made.installation.actor(actor.organisation_id)) as work:
        mailboxes.add_members(work, box, [_user(actor)])
    for begun in range(0, count, AT_ONCE):
        numbers = list(range(begun, min(begun + AT_ONCE, count)))
        ids, heads = sealed_heads(made, actor, len(numbers), begun)
        facts: dict[str, Any] = {"organisation": actor.organisation_id, "box": box, "user": actor.user_id}
        facts |= {"ids": ids, "cases": [uuid4() for _ in ids], "numbers": numbers, "heads": heads}
        with made.platform.database.transaction(actor.organisation_id) as connection:
            connection.execute(_CASES, facts)
            connection.execute(_MESSAGES, facts)


def sealed_heads(made: Stage, actor: Actor, count: int, first: int = 0) -> tuple[list[UUID], list[bytes]]:
    """Return the ids and heads of a number of messages, each sealed under a stored key."""
    us, them = Address("sdk", "sdk:vi", "Inkorg"), Address("sdk", "sdk:de", "Kansli", "Region Vättern")
    ids, keys = [uuid4() for _ in range(count)], [made.platform.vault.new_key() for _ in range(count)]
    heads = [
        _sealed(actor, own, key, parts(Head(f"Begäran {number}", (them,), (us,)), Body(""))["head"])
        for number, (own, key) in enumerate(zip(ids, keys, strict=True), first)
    ]
    with made.platform.database.transaction(actor.organisation_id) as connection:
        rows = [(own, "head", key) for own, key in zip(ids, keys, strict=True)]
        made.platform.vault.store_keys(connection, actor.organisation_id, rows)
    return ids, heads


def signed_in(made: Stage, actor: Actor) -> str:
    """Return the cookie of a session of the actor."""
    user = users.account(made.platform, f"bench@{SENDER[0]}.example")
    if user is None or user.id != actor.user_id:
        raise SystemExit("The bench's user is not there.")
    return sessions.start(made.platform, SignedIn(user, Loa.TWO, "password", "/"))


def _sealed(actor: Actor, owner: UUID, key: bytes, plain: bytes) -> bytes:
    return encrypt(key, plain, part_aad(actor.organisation_id, owner, "head"))


def _user(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise SystemExit("The bench's actor is nobody.")
    return actor.user_id


def _turns(client: "TestClient[Any]", *paths: str) -> tuple[float, ...]:
    """Return the 95th percentile of each path's time in milliseconds, measured in turns."""
    taken: dict[str, list[float]] = {path: [] for path in paths}
    for turn in range(REQUESTS + 10):
        for path in paths:
            begun = time.perf_counter()
            answer = client.get(path)
            if answer.status_code != 200:
                raise SystemExit(f"{path} answered {answer.status_code}.")
            if turn >= 10:
                taken[path].append((time.perf_counter() - begun) * 1000)
    return tuple(statistics.quantiles(taken[path], n=20)[-1] for path in paths)


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure), flush=True)
