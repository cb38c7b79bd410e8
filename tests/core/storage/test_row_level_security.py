"""Tenants are kept apart by the database itself, beside the filters in code."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError

from budkavle.storage.database import Database
from budkavle.storage.tables import SHARED, deliveries, metadata, organisations, users

NOW = datetime.now(UTC)


@pytest.fixture
def tenants(database: Database) -> tuple[UUID, UUID]:
    """Two organisations with one user each."""
    ids = (uuid4(), uuid4())
    for n, tenant in enumerate(ids):
        with database.transaction(tenant) as connection:
            connection.execute(insert(organisations).values(id=tenant, slug=str(n), name=str(n), created_at=NOW))
            connection.execute(
                insert(users).values(
                    organisation_id=tenant, id=uuid4(), email=f"{n}@exempel.se", name="Åsa", created_at=NOW
                )
            )
    return ids


def test_a_query_without_a_filter_sees_its_own_tenant_only(database: Database, tenants: tuple[UUID, UUID]) -> None:
    """The code's own WHERE is left out, and still nothing of another tenant comes."""
    for tenant in tenants:
        with database.transaction(tenant) as connection:
            assert connection.execute(select(users.c.organisation_id)).scalars().all() == [tenant]
    with database.transaction(uuid4()) as connection:
        assert connection.execute(select(users)).all() == []


def test_no_tenant_sees_only_the_shared(database: Database, tenants: tuple[UUID, UUID]) -> None:
    """Without an organisation the register of organisations is there, and nothing that belongs to one."""
    with database.transaction(None) as connection:
        assert len(connection.execute(select(organisations)).all()) == 2
        assert connection.execute(select(users)).all() == []


def test_writing_into_another_tenant_is_refused(database: Database, tenants: tuple[UUID, UUID]) -> None:
    """Neither an insert nor an update puts a row into another tenant, and none of its rows is changed."""
    row = {"organisation_id": tenants[1], "id": uuid4(), "email": "x@exempel.se", "name": "X", "created_at": NOW}
    with pytest.raises(ProgrammingError, match="row-level security"), database.transaction(tenants[0]) as connection:
        connection.execute(insert(users).values(row))
    with pytest.raises(ProgrammingError, match="row-level security"), database.transaction(tenants[0]) as connection:
        connection.execute(update(users).values(organisation_id=tenants[1]))
    with database.transaction(tenants[0]) as connection:
        changed = connection.execute(update(users).where(users.c.organisation_id == tenants[1]).values(name="Y"))
        assert changed.rowcount == 0


def test_every_table_of_an_organisation_is_behind_the_policy(database: Database) -> None:
    """By the catalogue: each table with organisation_id has forced security and both policies."""
    with database.owner() as engine, engine.connect() as connection:
        safe = connection.execute(
            text(
                "SELECT relname FROM pg_class c WHERE relrowsecurity AND relforcerowsecurity"
                " AND (SELECT count(*) FROM pg_policy p"
                "   WHERE p.polrelid = c.oid AND p.polname IN ('organisation', 'owner')) = 2"
            )
        ).scalars()
        assert set(safe) == {name for name, table in metadata.tables.items() if "organisation_id" in table.c}
    assert {name for name, table in metadata.tables.items() if "organisation_id" not in table.c} <= SHARED


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
        "DROP POLICY organisation ON users",
        "CREATE POLICY all_of_it ON users USING (true)",
        "SET ROLE budkavle_owner",
        "SET ROLE postgres",
        "ALTER ROLE budkavle_app BYPASSRLS",
        "CREATE TABLE mine (id int)",
        "UPDATE alembic_version SET version_num = 'x'",
        "COPY users TO PROGRAM 'cat'",
        "SELECT pg_read_file('PG_VERSION')",
    ],
)
def test_the_working_role_cannot_get_round_it(sql: str, database: Database) -> None:
    """The role that web and worker use owns nothing, is no superuser and cannot become one."""
    with pytest.raises(DBAPIError, match=r"denied|must be owner|row-level security"), database.transaction(None) as c:
        c.execute(text(sql))


def test_the_tenant_does_not_leak_into_the_next_transaction(database: Database, tenants: tuple[UUID, UUID]) -> None:
    """A pooled connection forgets whose it was, also after an error."""
    for _ in range(3):
        with pytest.raises(DBAPIError), database.transaction(tenants[0]) as connection:
            connection.execute(text("SELECT 1/0"))
    with database.engine.connect() as raw:
        assert raw.execute(select(users)).all() == []


def test_an_account_is_found_before_anybody_is_signed_in(database: Database, tenants: tuple[UUID, UUID]) -> None:
    """find_account sees over tenants, and tells only whose an address is."""
    with database.transaction(None) as connection:
        found = connection.execute(text("SELECT * FROM find_account('1@EXEMPEL.se')")).one()
        assert found.organisation_id == tenants[1]
        assert connection.execute(text("SELECT * FROM find_account('nobody@exempel.se')")).all() == []


def test_a_delivery_is_claimed_once_and_again_when_its_lease_is_over(
    database: Database, tenants: tuple[UUID, UUID]
) -> None:
    """claim_deliveries takes due rows of all tenants, skips those another worker has, and raises the fence."""
    common = {"purpose": "message", "transport": "sdk", "recipient": b"", "state": "READY_TO_SEND"}
    for tenant in tenants:
        with database.transaction(tenant) as connection:
            row = {"organisation_id": tenant, "id": uuid4(), "due_at": NOW, "created_at": NOW, "changed_at": NOW}
            connection.execute(insert(deliveries).values(row | common))
    claim = text("SELECT * FROM claim_deliveries(:n, :lease)")
    with database.transaction(None) as one, database.transaction(None) as other:
        first = one.execute(claim, {"n": 1, "lease": "0 seconds"}).all()
        second = other.execute(claim, {"n": 5, "lease": "1 hour"}).all()
    assert {row.organisation_id for row in (*first, *second)} == set(tenants)
    with database.transaction(None) as connection:
        again = connection.execute(claim, {"n": 5, "lease": "1 hour"}).all()
    assert [(row.id, row.fence) for row in again] == [(first[0].id, 2)]
    with database.transaction(first[0].organisation_id) as connection:
        row = connection.execute(select(deliveries)).one()
    assert (row.state, row.attempt, row.due_at) == ("SEND_IN_PROGRESS", 2, row.lease_until)


def test_an_event_log_goes_only_with_its_own_organisation(database: Database, tenants: tuple[UUID, UUID]) -> None:
    """Whoever works for one organisation removes no other one's log, even of one that is being removed."""
    remove = text("SELECT remove_event_log(:organisation)")
    with database.transaction(tenants[1]) as connection:
        connection.execute(update(organisations).where(organisations.c.id == tenants[1]).values(state="removing"))
    for other in (tenants[0], None):
        with pytest.raises(ProgrammingError, match="another organisation"), database.transaction(other) as connection:
            connection.execute(remove, {"organisation": tenants[1]})
    with database.transaction(tenants[1]) as connection:
        assert connection.execute(remove, {"organisation": tenants[1]}).scalar_one() == 0


def test_the_functions_are_for_the_working_role_only(database: Database) -> None:
    """Nobody but the owner and the working role may call what sees over tenants; their search path is fixed."""
    with database.owner() as engine, engine.connect() as connection:
        rows = connection.execute(
            text("SELECT proname, proacl::text, proconfig::text FROM pg_proc WHERE prosecdef")
        ).all()
    assert {row.proname for row in rows} == {
        "audit_append",
        "audit_chain",
        "audit_seal",
        "audit_write",
        "claim_deliveries",
        "claim_lane",
        "claim_lane_v2",
        "claim_lane_v3",
        "claim_others",
        "claim_others_v2",
        "claim_outbox",
        "count_accounts",
        "count_due_deliveries",
        "find_account",
        "find_identities",
        "keep_case_readers",
        "list_lane",
        "list_installation_administrators",
        "list_organisation_numbers",
        "organisations_to_chain",
        "organisations_to_index",
        "organisations_with_news",
        "mark_blocked",
        "hidden_cases",
        "may_read_about",
        "moved_cases",
        "newest_renewal",
        "refuse_moving",
        "remove_event_log",
    }
    for row in rows:
        assert "{=" not in row.proacl
        assert ",=" not in row.proacl
        assert "search_path=pg_catalog" in row.proconfig
