"""Old rows that the server cannot remove, because somebody still sees them."""

import pytest
from sqlalchemy import Engine, text

from budkavle.model.people import Organisation
from budkavle.operations.health import check_all
from budkavle.storage.database.health import judge_old_rows
from budkavle.storage.platform import Platform

COME = """
INSERT INTO audit_pending (organisation_id, at, kind, entry)
SELECT gen_random_uuid(), now(), 'case.taken', '{}' FROM generate_series(1, 200)
"""
COME_AND_GO = (COME, "DELETE FROM audit_pending", "SELECT pg_stat_force_next_flush()")
VACUUM = "VACUUM audit_pending"


def do(engine: Engine, *statements: str) -> None:
    """Do something as the owner, each by itself."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.feature("ZO12")
def test_old_rows_that_a_transaction_holds_are_told(budkavle_platform: Platform) -> None:
    """The health page names the queue and what to look for; all is well once the transaction has ended."""
    database = budkavle_platform.database
    with database.owner() as engine:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
            reader.execute(text("SELECT count(*) FROM deliveries"))
            do(engine, *COME_AND_GO, VACUUM)
            told = judge_old_rows(database, most=100)
        do(engine, VACUUM)
    assert not told.ok
    assert "200 gamla rader i audit_pending" in str(told)
    assert "replikeringsplats" in told.remedy
    assert judge_old_rows(database, most=100).ok


def test_only_the_installation_is_told(budkavle_platform: Platform, budkavle_organisation: Organisation) -> None:
    """It is nothing that an organisation's administrator can do something about."""
    name = "Databasens gamla rader"
    assert name in [answer.name for answer in check_all(budkavle_platform, None)]
    assert name not in [answer.name for answer in check_all(budkavle_platform, budkavle_organisation.id)]
