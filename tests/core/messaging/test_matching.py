"""Placing what comes in costs little, whatever the server knew of the tables when it planned that."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Cursor
from sqlalchemy import text

from budkavle.messaging import matching
from budkavle.storage.pipeline import Statement
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import system
from budkavle.testing.organisations import SampleOrganisation

MANY = 1_500
ID = "gen_random_uuid()"
NEW = f"jsonb_build_object('id', {ID}, 'remote_id', {ID}, 'conversation_id', {ID})"
NEW_OF_MESSAGE = f"{NEW} || jsonb_build_object('message_id', m.id)"
COPIES = (
    f"INSERT INTO cases SELECT (jsonb_populate_record(c, {NEW})).* FROM cases c, generate_series(1, {MANY})",
    f"INSERT INTO messages SELECT (jsonb_populate_record(m, {NEW})).* FROM messages m, generate_series(1, {MANY})",
    f"INSERT INTO deliveries SELECT (jsonb_populate_record(d, {NEW_OF_MESSAGE})).* FROM deliveries d, messages m",
)


@contextmanager
def planned_early(organisation: SampleOrganisation, statement: Statement) -> Iterator["Cursor[Any]"]:
    """Let a connection plan a statement for all values now, and keep that plan."""
    with organisation.platform.work(system(organisation.id)) as work:
        below = work.connection.connection.driver_connection
        assert below is not None
        cursor = below.cursor()
        cursor.execute("SET LOCAL enable_seqscan = off")  # by the indexes too it can be read again for each row
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(b"PREPARE kept AS " + statement.sql)
        cursor.execute(execution(organisation, statement))
        yield cursor
        cursor.execute("DEALLOCATE kept")


def execution(organisation: SampleOrganisation, statement: Statement) -> bytes:
    """Return what executes it for a message that fits nothing here."""
    fixed = {"organisation": organisation.id, "linked": organisation.mailbox.id, "transport": "fake"}
    names = dict.fromkeys(re.findall(r"(?<!:):(\w+)", statement.text))
    return f"EXECUTE kept ({', '.join(repr(str(fixed.get(name, uuid4()))) for name in names)})".encode()


@pytest.mark.feature("SD9")
@pytest.mark.parametrize("name", ["find_case", "find_conversation"])
def test_a_plan_from_when_there_was_little_reads_no_table_for_each_row_of_another(
    platform: Platform, organisation: SampleOrganisation, name: str
) -> None:
    """An organisation's first day, or its first after a long outage: tables grow faster than the server counts them."""
    acting.accept(platform, organisation.incoming())
    organisation.send(organisation.case_worker)
    statement: Statement = getattr(matching.QUERIES, name)
    with platform.database.owner() as engine, engine.connect() as owner:
        owner.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        with planned_early(organisation, statement) as cursor:
            for copy in COPIES:
                owner.execute(text(copy))
            plan = cursor.execute(b"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + execution(organisation, statement))
            lines = [line for (line,) in plan]
    read = [re.search(r"actual rows=([\d.]+) loops=(\d+)", line) for line in lines]
    removed = [float(count) for line in lines for count in re.findall(r"Rows Removed by .*: (\d+)", line)]
    assert sum(float(node[1]) * int(node[2]) for node in read if node) + sum(removed) < 20 * MANY, "\n".join(lines)
