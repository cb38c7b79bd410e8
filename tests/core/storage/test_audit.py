"""The event log shows every way to tamper with it."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import ProgrammingError

from budkavle.model.people import Actor, Organisation
from budkavle.storage import audit
from budkavle.storage.platform import Platform
from budkavle.storage.tables import audit_log
from budkavle.testing.acting import in_work

Tamper = Callable[[Connection, UUID], None]


@pytest.fixture
def platform(budkavle_platform: Platform) -> Platform:
    return budkavle_platform


@pytest.fixture
def organisation(budkavle_organisation: Organisation) -> Organisation:
    """An organisation in which nothing has happened yet."""
    return budkavle_organisation


@pytest.fixture
def log(platform: Platform, staff: Actor) -> audit.AuditReport:
    """A log of ten entries, whose fifth head is sealed."""
    for n in range(10):
        in_work(platform, staff, audit.record, "case.taken", uuid4(), turn=n)
        if n == 4:
            assert audit.seal_heads(platform.database, platform.vault) == 1
    return audit.verify(platform.database, platform.vault, staff.organisation_id)


def run(sql: str) -> Tamper:
    return lambda connection, organisation: connection.execute(text(sql), {"o": organisation}) and None


def rewrite(start: int) -> Tamper:
    """Change one entry and compute every hash after it, and the head, anew: what an owner of the database can do."""

    def tamper(connection: Connection, organisation: UUID) -> None:
        connection.execute(
            text(
                "UPDATE audit_log SET entry = replace(entry, 'taken', 'given'), kind = 'case.given'"
                " WHERE organisation_id = :o AND number = :n"
            ),
            {"o": organisation, "n": start},
        )
        connection.execute(
            text(
                """DO $$ DECLARE r record; h bytea; BEGIN
                FOR r IN SELECT * FROM audit_log ORDER BY number LOOP
                    h := sha256(COALESCE(h, sha256(convert_to(r.organisation_id::text, 'UTF8')))
                        || convert_to(r.number::text, 'UTF8') || convert_to(r.entry, 'UTF8'));
                    UPDATE audit_log SET hash = h WHERE organisation_id = r.organisation_id AND number = r.number;
                END LOOP; UPDATE audit_heads SET hash = h; END $$""".replace(":", r"\:")
            )
        )

    return tamper


TAMPERINGS: dict[str, tuple[Tamper, int]] = {
    "an entry is edited": (
        run("UPDATE audit_log SET entry = replace(entry, 'Åsa', 'Eva') WHERE organisation_id = :o AND number = 3"),
        3,
    ),
    "a column is edited": (
        run("UPDATE audit_log SET at = at + interval '1 second' WHERE organisation_id = :o AND number = 3"),
        3,
    ),
    "a kind is edited": (run("UPDATE audit_log SET kind = 'x' WHERE organisation_id = :o AND number = 3"), 3),
    "an entry is deleted": (run("DELETE FROM audit_log WHERE organisation_id = :o AND number = 3"), 3),
    "the first is deleted": (run("DELETE FROM audit_log WHERE organisation_id = :o AND number = 1"), 1),
    "the last is deleted": (run("DELETE FROM audit_log WHERE organisation_id = :o AND number = 10"), 10),
    "two are swapped": (
        run(
            "UPDATE audit_log a SET at = b.at, kind = b.kind, entry = b.entry FROM audit_log b"
            " WHERE a.number IN (3, 4) AND b.number = 7 - a.number AND a.organisation_id = :o"
            " AND b.organisation_id = :o"
        ),
        3,
    ),
    "the end is cut, and the head with it": (
        run(
            "WITH cut AS (DELETE FROM audit_log WHERE organisation_id = :o AND number >= 4)"
            " UPDATE audit_heads h SET number = 3, hash = l.hash FROM audit_log l"
            " WHERE l.number = 3 AND l.organisation_id = :o AND h.organisation_id = :o"
        ),
        4,
    ),
    "one is added past the head": (
        run("INSERT INTO audit_log SELECT organisation_id, 11, at, kind, entry, hash FROM audit_log WHERE number = 10"),
        11,
    ),
    "the head is edited": (run("UPDATE audit_heads SET hash = sha256('x') WHERE organisation_id = :o"), 10),
    "everything is rewritten from the second on": (rewrite(2), 5),
    "a seal is forged": (run("UPDATE audit_seals SET signature = sha512('x') WHERE organisation_id = :o"), 5),
    "the whole log is gone": (
        run("WITH a AS (DELETE FROM audit_log), b AS (DELETE FROM audit_heads) SELECT 1"),
        1,
    ),
}


@pytest.mark.feature("Z10")
def test_a_whole_log_verifies(log: audit.AuditReport) -> None:
    """Ten entries and one seal are found whole, and the sentence says so."""
    assert (log.ok, log.rows, log.seals, log.first_bad) == (True, 10, 1, None)
    assert str(log) == "Händelseloggen är hel: 10 händelser, 1 sigill."


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(name: str, log: audit.AuditReport, platform: Platform, organisation: Organisation) -> None:
    """Whatever the database's owner does to the log, `verify` says where it stops being true."""
    tamper, place = TAMPERINGS[name]
    with platform.database.owner() as engine, engine.begin() as connection:
        tamper(connection, organisation.id)
    report = audit.verify(platform.database, platform.vault, organisation.id)
    assert not report.ok
    assert report.first_bad == place, report.sentence
    assert str(place) in str(report)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_log SET kind = 'x'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "INSERT INTO audit_log SELECT organisation_id, 99, at, kind, entry, hash FROM audit_log LIMIT 1",
        "UPDATE audit_heads SET number = 0",
        "DELETE FROM audit_heads",
        "UPDATE audit_seals SET number = 0",
        "DELETE FROM audit_seals",
        "ALTER TABLE audit_log DISABLE ROW LEVEL SECURITY",
    ],
)
def test_the_working_role_cannot_touch_the_log(
    sql: str, log: audit.AuditReport, platform: Platform, organisation: Organisation
) -> None:
    """What runs in web and worker may only append, by the function."""
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        platform.database.transaction(organisation.id) as connection,
    ):
        connection.execute(text(sql))


def test_the_log_of_another_organisation_takes_nothing(platform: Platform, staff: Actor) -> None:
    """An entry for another organisation than the transaction's is refused by the database."""
    stranger = replace(staff, organisation_id=uuid4())
    with (
        pytest.raises(InsufficientPrivilege, match="belongs to another organisation"),
        platform.work(stranger) as work,
    ):
        audit.record(work, "case.taken", None, staff)


def test_an_entry_lives_and_dies_with_its_transaction(platform: Platform, staff: Actor) -> None:
    """What was rolled back is not in the log, and the chain has no hole."""

    def broken() -> None:
        with platform.work(staff) as work:
            audit.record(work, "case.taken")
            work.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    with platform.work(staff) as work:
        audit.record(work, "case.closed", reason="klart: Åäö", times=2)
        work.flush()
        number, entry = work.connection.execute(select(audit_log.c.number, audit_log.c.entry)).one()
    assert number == 1
    assert '"facts":{"reason":"klart: Åäö","times":2},"kind":"case.closed","thing":null}' in entry
    assert audit.verify(platform.database, platform.vault, staff.organisation_id).ok


@pytest.mark.usefixtures("log")
def test_what_is_written_and_sealed_meanwhile_is_no_tampering(
    platform: Platform, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hourly seal of an entry that is newer than what is being read does not say that the log is cut off."""
    for name in ("_end", "_seals"):
        real = getattr(audit, name)

        def after(connection: Connection, organisation_id: UUID, real: Callable[..., object] = real) -> object:
            in_work(platform, staff, audit.record, "case.taken", uuid4())
            audit.seal_heads(platform.database, platform.vault)
            return real(connection, organisation_id)

        with monkeypatch.context() as patched:
            patched.setattr(audit, name, after)
            report = audit.verify(platform.database, platform.vault, staff.organisation_id)
        assert report.ok, str(report)


def test_an_empty_log_is_whole(platform: Platform, organisation: Organisation) -> None:
    """An organisation where nothing has happened has nothing to hide."""
    assert audit.verify(platform.database, platform.vault, organisation.id).ok
    assert audit.seal_heads(platform.database, platform.vault) == 0
