"""What was the same while the organisation worked is not summed up again, and no change is passed over."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.core.operations.moves.looking import OPERATOR, at, state_of_both

from budkavle.model.errors import Conflict
from budkavle.model.states import OrganisationState
from budkavle.operations.moves import copying
from budkavle.operations.moves.moving import Step, move
from budkavle.operations.moves.settled import Settled
from budkavle.operations.moves.sides import both
from budkavle.operations.moves.tables import moved_tables
from budkavle.testing.working import wait_until


@pytest.fixture
def sides(organisation, platform, there):
    """The two installations as a command has them."""
    with both(platform, there, organisation.id) as opened:
        yield opened


def look(here, organisation):
    """Note every table as the same, and return what asks which of them must be compared."""
    settled, tables = Settled(organisation.id), moved_tables(here.raw, last=False)
    with here.snapshot():
        settled.begin(here.raw)
        for table in tables:
            settled.note(here.raw, table, [])

    def unsettled():
        with here.snapshot():
            totals = settled.totals(here.raw, tables).items()
            changed = [
                table for table, total in totals if not settled.is_known(table) or settled.has_changed(table, total)
            ]
            return {table.name: settled.unsettled(here.raw, table) for table in changed}

    return settled, unsettled


def nobody_writes(here):
    """Tell whether the whole server rests: it may be analysing a table, of another database too."""
    query = "SELECT pg_snapshot_xmin(s) = pg_snapshot_xmax(s) FROM pg_current_snapshot() AS s"
    return here.raw.execute(query).fetchone()[0]


def test_what_has_not_changed_is_settled(sides, organisation):
    """No table is asked for, until it is forgotten."""
    organisation.arrive()
    wait_until(lambda: nobody_writes(sides[0]))
    settled, unsettled = look(sides[0], organisation)
    assert unsettled() == {}
    settled.forget(["users"])
    assert unsettled() == {"users": None}


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE case_moves SET case_id = case_id WHERE case_id = (SELECT min(case_id::text)::uuid FROM case_moves)",
        "DELETE FROM case_moves WHERE case_id = (SELECT min(case_id::text)::uuid FROM case_moves)",
        "INSERT INTO case_moves SELECT organisation_id, gen_random_uuid(), case_id FROM case_moves LIMIT 1",
    ],
)
def test_a_row_that_is_changed_unsettles_its_bucket(query, sides, organisation):
    """One that is changed, gone or new; the other buckets and tables stay settled."""
    organisation.rows("INSERT INTO case_moves SELECT organisation_id, gen_random_uuid(), id FROM users LIMIT 3")
    wait_until(lambda: nobody_writes(sides[0]))
    _, unsettled = look(sides[0], organisation)
    organisation.rows(query)
    ((table, buckets),) = unsettled().items()
    assert (table, len(buckets)) == ("case_moves", 1)


def test_what_was_under_way_unsettles_its_bucket(sides, organisation, platform):
    """A transaction that had begun when the round looked, and commits afterwards, is not taken for old."""
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE users SET name = name"))
        organisation.rows("INSERT INTO case_moves SELECT organisation_id, id, id FROM users")  # one that is younger
        _, unsettled = look(sides[0], organisation)
    assert len(unsettled()["users"]) == 5


def test_what_changes_after_the_last_round_comes_along(organisation, platform, there, moved):
    """Rows that are changed, new and gone while the last round is over and the organisation still works."""
    organisation.arrive("Före")

    def change():
        organisation.rows("UPDATE users SET name = 'Nytt namn' WHERE id = (SELECT id FROM users ORDER BY id LIMIT 1)")
        organisation.arrive("Efter")

    move(platform, there, OPERATOR, organisation.id, tell=at(Step.ROWS, change))
    assert state_of_both(organisation, moved) == (OrganisationState.MOVED, OrganisationState.ACTIVE)
    for table in ("users", "messages", "cases"):
        query = f"SELECT * FROM {table} ORDER BY id"
        assert [row._asdict() for row in moved.rows(query)] == [row._asdict() for row in organisation.rows(query)]


def test_only_what_was_written_or_deleted_since_is_read_once_it_is_closed(
    organisation, platform, there, moved, monkeypatch
):
    """Newer rows are copied without comparing; a table is compared where a row is gone, in the buckets in question."""
    for _ in range(3):
        organisation.arrive("Före")
    organisation.rows("INSERT INTO case_moves SELECT organisation_id, gen_random_uuid(), id FROM users LIMIT 3")
    compared: list[dict[str, Any]] = []
    real = copying._copy_unsettled

    def note(here, side, organisation_id, unsettled):
        compared.append({table.name: buckets for table, buckets in unsettled.items()})
        return real(here, side, organisation_id, unsettled)

    def change():
        organisation.rows("UPDATE users SET name = 'Nytt namn' WHERE id = (SELECT id FROM users ORDER BY id LIMIT 1)")
        organisation.rows("DELETE FROM case_moves WHERE case_id = (SELECT min(case_id::text)::uuid FROM case_moves)")
        organisation.rows("INSERT INTO case_moves SELECT organisation_id, gen_random_uuid(), id FROM users LIMIT 1")

    def tell(step, number):
        at(Step.ROWS, change)(step, number)
        at(Step.CLOSED, lambda: monkeypatch.setattr(copying, "_copy_unsettled", note))(step, number)

    move(platform, there, OPERATOR, organisation.id, tell=tell)
    assert compared[0] == {}
    assert {name: len(buckets) for name, buckets in compared[1].items()} == {"case_moves": 2}
    for table in ("users ORDER BY id", "case_moves ORDER BY case_id, 2"):
        query = f"SELECT * FROM {table}"
        assert [row._asdict() for row in moved.rows(query)] == [row._asdict() for row in organisation.rows(query)]


def test_what_triggers_write_over_there_is_put_right(organisation, platform, there, moved):
    """A table that was the same is compared again where copying another one has written to it."""
    with there.database.owner() as engine, engine.begin() as connection:
        connection.execute(
            text("""
            CREATE FUNCTION rename() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                UPDATE mailboxes SET name = 'Fel' WHERE organisation_id = new.organisation_id;
                RETURN NULL;
            END $$;
            CREATE TRIGGER rename AFTER UPDATE ON users FOR EACH ROW WHEN (new.name = 'Nytt namn')
                EXECUTE FUNCTION rename()
            """)
        )

    def change():
        organisation.rows("UPDATE users SET name = 'Nytt namn' WHERE id = (SELECT id FROM users ORDER BY id LIMIT 1)")

    move(platform, there, OPERATOR, organisation.id, tell=at(Step.ROWS, change))
    query = "SELECT name FROM mailboxes ORDER BY id"
    assert [row.name for row in moved.rows(query)] == [row.name for row in organisation.rows(query)]


def test_a_row_that_another_organisation_has_over_there_does_not_even_out_with_one_that_is_deleted(
    organisation, platform, there, moved
):
    """As many rows are not the same rows: the one is missing over there, and the other one was left there."""
    taken, others = uuid4(), uuid4()
    for side in (platform, there):
        with side.database.owner() as engine, engine.begin() as connection:
            connection.execute(text("CREATE TABLE things (id uuid PRIMARY KEY, organisation_id uuid NOT NULL)"))
            connection.execute(text("GRANT SELECT, INSERT, DELETE ON things TO PUBLIC"))
    organisation.rows(f"INSERT INTO things VALUES (gen_random_uuid(), '{organisation.id}') RETURNING id")
    with there.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("INSERT INTO things VALUES (:id, :others)"), {"id": taken, "others": others})

    def change():
        organisation.rows("DELETE FROM things RETURNING id")
        organisation.rows(f"INSERT INTO things VALUES ('{taken}', '{organisation.id}') RETURNING id")

    with pytest.raises(Conflict, match="tabellen things finns redan hos en annan organisation"):
        move(platform, there, OPERATOR, organisation.id, tell=at(Step.ROWS, change))
    assert state_of_both(organisation, moved) == (OrganisationState.ACTIVE, OrganisationState.ARRIVING)
