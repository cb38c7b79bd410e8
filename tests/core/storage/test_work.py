"""The unit of work: one transaction, with who acts and what follows its commit."""

import pytest
from sqlalchemy import text

from budkavle.model.people import Actor, Organisation
from budkavle.storage import audit
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.platform import Platform
from budkavle.testing.acting import system

RENAME = text("UPDATE organisations SET name = :name")
NAME = text("SELECT name FROM organisations WHERE id = :id")


@pytest.fixture
def platform(budkavle_platform: Platform) -> Platform:
    return budkavle_platform


@pytest.fixture
def organisation(budkavle_organisation: Organisation) -> Organisation:
    """An organisation in which nothing has happened yet."""
    return budkavle_organisation


@pytest.fixture
def actor(organisation: Organisation) -> Actor:
    """The system, in an organisation."""
    return system(organisation.id)


def name(platform: Platform, actor: Actor) -> str:
    with platform.work(actor) as work:
        return str(work.connection.execute(NAME, {"id": actor.organisation_id}).scalar_one())


def kinds(platform: Platform, actor: Actor) -> list[str]:
    chain_log(platform.database, actor.organisation_id)
    with platform.work(actor) as work:
        return list(work.connection.execute(text("SELECT kind FROM audit_log ORDER BY number")).scalars())


def test_what_a_block_writes_is_stored_and_then_told(platform: Platform, actor: Actor) -> None:
    """What is told after the commit sees what was written."""
    told: list[str] = []
    with platform.work(actor) as work:
        work.connection.execute(RENAME, {"name": "Habo"})
        work.after_commit(lambda: told.append(name(platform, actor)))
        assert told == []
    assert told == ["Habo"]


def test_a_block_that_raises_stores_and_tells_nothing(platform: Platform, actor: Actor) -> None:
    """Neither the row, nor the entry of the event log, nor what was to be told."""
    told: list[str] = []

    def broken() -> None:
        with platform.work(actor) as work:
            work.connection.execute(RENAME, {"name": "Habo"})
            audit.record(work, "organisation.changed")
            work.after_commit(lambda: told.append("told"))
            raise LookupError

    with pytest.raises(LookupError):
        broken()
    assert (name(platform, actor), kinds(platform, actor), told) == ("Exempelstad", [], [])


def test_a_work_that_writes_nothing_takes_no_connection(platform: Platform, actor: Actor) -> None:
    """The transaction begins with the first statement, so that a page may wait for a plugin without one."""
    with platform.work(actor):
        assert platform.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_the_event_log_is_written_last(platform: Platform, actor: Actor) -> None:
    """An entry waits for the commit: what another work of the organisation writes until then stands before it."""
    with platform.work(actor) as work:
        audit.record(work, "organisation.changed")
        work.connection.execute(RENAME, {"name": "Habo"})
        with platform.work(actor) as other:
            audit.record(other, "mailbox.created")
    assert kinds(platform, actor) == ["mailbox.created", "organisation.changed"]


def test_what_fails_after_a_commit_keeps_nothing_else_from_being_done(platform: Platform, actor: Actor) -> None:
    """The others belong to other parts; the first error is raised when all have been called."""
    told: list[str] = []

    def broken() -> None:
        with platform.work(actor) as work:
            work.connection.execute(RENAME, {"name": "Habo"})
            for error in (LookupError, ValueError):
                work.after_commit(lambda error=error: _raise(error))
            work.after_commit(lambda: told.append("told"))

    with pytest.raises(LookupError):
        broken()
    assert (name(platform, actor), told) == ("Habo", ["told"])


def _raise(error: type[Exception]) -> None:
    raise error


def test_a_commit_in_the_middle_stands(platform: Platform, actor: Actor) -> None:
    """What came before it is stored and told, whatever becomes of the rest."""
    told: list[str] = []

    def broken() -> None:
        with platform.work(actor) as work:
            work.connection.execute(RENAME, {"name": "Habo"})
            audit.record(work, "organisation.changed")
            work.after_commit(lambda: told.append("first"))
            work.commit()
            assert told == ["first"]
            work.connection.execute(RENAME, {"name": "Lost"})
            work.after_commit(lambda: told.append("second"))
            raise LookupError

    with pytest.raises(LookupError):
        broken()
    assert (name(platform, actor), told) == ("Habo", ["first"])
    assert kinds(platform, actor)[-1] == "organisation.changed"
