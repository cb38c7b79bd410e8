"""The event log shows every way to tamper with it."""

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import ProgrammingError

from budkavle.model.people import Actor, Organisation
from budkavle.storage import audit
from budkavle.storage.events import verifying
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.events.sealed_heads import SealedHead, add_heads, newest_seals, read_heads
from budkavle.storage.events.verifying import AuditReport, Checkpoint, verify
from budkavle.storage.platform import Platform
from budkavle.storage.tables import audit_log
from budkavle.testing.acting import in_work
from budkavle.testing.working import do_job

Tamper = Callable[[Connection, UUID], None]


@pytest.fixture
def platform(budkavle_platform: Platform) -> Platform:
    return budkavle_platform


@pytest.fixture
def organisation(budkavle_organisation: Organisation) -> Organisation:
    """An organisation in which nothing has happened yet."""
    return budkavle_organisation


@pytest.fixture
def log(platform: Platform, staff: Actor) -> AuditReport:
    """A log of ten entries, whose fifth head is sealed."""
    for n in range(10):
        in_work(platform, staff, audit.record, "case.taken", uuid4(), turn=n)
        if n == 4:
            assert audit.seal_heads(platform.database, platform.vault) == 1
    return verify(platform.database, platform.vault, staff.organisation_id)


def run(sql: str) -> Tamper:
    return lambda connection, organisation: connection.execute(text(sql), {"o": organisation}) and None


def chain_anew(connection: Connection) -> None:
    """Compute every hash of the log, and the head, anew."""
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
        chain_anew(connection)

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


MISSING = {
    "an entry is deleted",
    "the first is deleted",
    "the last is deleted",
    "the end is cut, and the head with it",
    "the whole log is gone",
}
"""Where the report says that an entry is missing, not that it was altered."""


@pytest.mark.feature("Z10")
def test_a_whole_log_verifies(log: AuditReport) -> None:
    """Ten entries and one seal are found whole, and the sentence says so."""
    assert (log.ok, log.rows, log.seals, log.first_bad) == (True, 10, 1, None)
    assert str(log) == "Händelseloggen är hel: 10 händelser, 1 sigill."


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(name: str, log: AuditReport, platform: Platform, organisation: Organisation) -> None:
    """Whatever the database's owner does to the log, `verify` says where it stops being true."""
    tamper, place = TAMPERINGS[name]
    with platform.database.owner() as engine, engine.begin() as connection:
        tamper(connection, organisation.id)
    report = verify(platform.database, platform.vault, organisation.id)
    assert not report.ok
    assert report.first_bad == place, report.sentence
    assert str(place) in str(report)
    assert ("saknas" in str(report)) == (name in MISSING)


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_by_who_goes_on(
    name: str, log: AuditReport, platform: Platform, organisation: Organisation
) -> None:
    """Whoever has verified the log goes on from there, and still finds what has been altered since, at its place."""
    tamper, place = TAMPERINGS[name]
    with platform.database.owner() as engine, engine.begin() as connection:
        tamper(connection, organisation.id)
    report = verify(platform.database, platform.vault, organisation.id, since=log.checkpoint)
    assert (report.ok, report.first_bad) == (False, place), report.sentence


def test_what_was_verified_is_passed_over(
    log: AuditReport, platform: Platform, staff: Actor, organisation: Organisation
) -> None:
    """What is older than the checkpoint is not read again, entry or seal; two new entries and their seal are."""
    with platform.database.owner() as engine, engine.begin() as connection:
        TAMPERINGS["an entry is edited"][0](connection, organisation.id)
        TAMPERINGS["a seal is forged"][0](connection, organisation.id)
    with platform.database.owner() as engine, engine.begin() as connection:
        horizon = connection.execute(text("SELECT CAST(CAST(pg_current_xact_id() AS xid) AS text)")).scalar_one()
    checkpoint = Checkpoint(10, horizon)
    for _ in range(2):
        in_work(platform, staff, audit.record, "case.taken", uuid4())
    audit.seal_heads(platform.database, platform.vault)
    report = verify(platform.database, platform.vault, organisation.id, since=checkpoint)
    assert (report.ok, report.rows, report.seals) == (True, 12, 1)
    assert log.checkpoint is not None
    assert not verify(platform.database, platform.vault, organisation.id, since=log.checkpoint).ok


def test_a_seal_of_what_was_verified_already_is_judged_too(
    log: AuditReport, platform: Platform, organisation: Organisation
) -> None:
    """Made later than the checkpoint, over its last entry: it counts where it is genuine, and is found where not."""
    assert audit.seal_heads(platform.database, platform.vault) == 1
    report = verify(platform.database, platform.vault, organisation.id, since=log.checkpoint)
    assert (report.ok, report.rows, report.seals) == (True, 10, 1), str(report)
    with platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("UPDATE audit_seals SET signature = sha512('x') WHERE number = 10"))
    report = verify(platform.database, platform.vault, organisation.id, since=log.checkpoint)
    assert (report.ok, report.first_bad) == (False, 10)


@pytest.mark.parametrize(
    "entry",
    ["", "x", "{}", "[]", "1", '{"kind": "case.taken", "at": "x"}', '{"kind": "case.taken", "at": 1}', "[" * 100_000],
    ids=["empty", "no JSON", "no fields", "list", "number", "no time", "number for a time", "too deep"],
)
def test_an_entry_that_says_nothing_is_found_though_all_hashes_are_right(
    log: AuditReport, platform: Platform, organisation: Organisation, entry: str
) -> None:
    """Whoever has the database writes what they like, and computes the chain anew: the verification does not break."""
    with platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_seals"))
        connection.execute(text("UPDATE audit_log SET entry = :entry WHERE number = 7"), {"entry": entry})
        chain_anew(connection)
    report = verify(platform.database, platform.vault, organisation.id)
    assert (report.ok, report.first_bad) == (False, 7)
    assert "stämmer inte med innehållet" in str(report)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_log SET kind = 'x'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "INSERT INTO audit_log SELECT organisation_id, 99, at, kind, entry, hash FROM audit_log LIMIT 1",
        "INSERT INTO audit_pending (organisation_id, at, kind, entry) VALUES (gen_random_uuid(), now(), '', '')",
        "UPDATE audit_pending SET kind = 'x'",
        "DELETE FROM audit_pending",
        "UPDATE audit_heads SET number = 0",
        "DELETE FROM audit_heads",
        "UPDATE audit_seals SET number = 0",
        "INSERT INTO audit_seals SELECT organisation_id, 99, hash, signature, at FROM audit_seals LIMIT 1",
        "DELETE FROM audit_seals",
        "ALTER TABLE audit_log DISABLE ROW LEVEL SECURITY",
    ],
)
def test_the_working_role_cannot_touch_the_log(
    sql: str, log: AuditReport, platform: Platform, organisation: Organisation
) -> None:
    """What runs in web and worker may only append, by the function."""
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        platform.database.transaction(organisation.id) as connection,
    ):
        connection.execute(text(sql))


@pytest.mark.feature("Z10")
@pytest.mark.parametrize(("number", "wrong_hash"), [(11, False), (9, True)])
def test_no_seal_stands_for_what_is_not_there(
    log: AuditReport, platform: Platform, organisation: Organisation, number: int, wrong_hash: bool
) -> None:
    """Neither for a later entry, which would make the log look cut off, nor for another hash."""
    place = audit_log.c.number == min(number, 10)
    with platform.database.transaction(organisation.id) as connection:
        entry_hash = connection.execute(select(audit_log.c.hash).where(place)).scalar_one()
        call = text("SELECT audit_seal(:o, :n, :hash, 'x')")
        values = {"o": organisation.id, "n": number, "hash": b"x" * 32 if wrong_hash else entry_hash}
        assert connection.execute(call, values).scalar_one() is False
    assert verify(platform.database, platform.vault, organisation.id).ok


@pytest.fixture
def kept(log: AuditReport, platform: Platform, organisation: Organisation, tmp_path: Path) -> Path:
    """A file outside of the database with the heads of the fifth and the tenth entry."""
    path = tmp_path / "heads.jsonl"
    add_heads(path, newest_seals(platform.database, [organisation.id]))
    assert audit.seal_heads(platform.database, platform.vault, lambda head: add_heads(path, [head])) == 1
    return path


@pytest.mark.feature("Z10")
def test_a_log_that_was_cut_off_with_its_seals_is_found_from_outside(
    kept: Path, platform: Platform, organisation: Organisation
) -> None:
    """The database alone says that all is well; the file says which entry is the first that is gone."""
    with platform.database.owner() as engine, engine.begin() as connection:
        TAMPERINGS["the end is cut, and the head with it"][0](connection, organisation.id)
        connection.execute(text("DELETE FROM audit_seals"))
    heads = read_heads(kept)[organisation.id]
    assert sorted(heads) == [5, 10]
    assert verify(platform.database, platform.vault, organisation.id).ok
    report = verify(platform.database, platform.vault, organisation.id, heads)
    assert (report.ok, report.first_bad) == (False, 4)
    assert "utanför databasen finns ett senare sigill" in str(report)


@pytest.mark.feature("Z10")
def test_a_log_that_was_rewritten_and_sealed_anew_is_found_from_outside(
    kept: Path, platform: Platform, organisation: Organisation
) -> None:
    """Also where whoever did it had the key that signs."""
    heads = read_heads(kept)[organisation.id]
    assert verify(platform.database, platform.vault, organisation.id, heads).ok
    with platform.database.owner() as engine, engine.begin() as connection:
        rewrite(7)(connection, organisation.id)
        connection.execute(text("DELETE FROM audit_seals"))
    audit.seal_heads(platform.database, platform.vault)
    assert verify(platform.database, platform.vault, organisation.id).ok
    report = verify(platform.database, platform.vault, organisation.id, heads)
    assert (report.ok, report.first_bad) == (False, 10)


def test_what_cannot_be_kept_outside_is_sealed_next_time(
    log: AuditReport, platform: Platform, organisation: Organisation
) -> None:
    """A full disk loses no head: the seal is made when the file takes it."""

    def full(head: SealedHead) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        audit.seal_heads(platform.database, platform.vault, full)
    (newest,) = newest_seals(platform.database, [organisation.id])
    assert newest.number == 5
    assert audit.seal_heads(platform.database, platform.vault) == 1


@pytest.mark.usefixtures("log")
def test_the_hourly_job_adds_to_the_file_of_the_settings(
    platform: Platform, organisation: Organisation, tmp_path: Path
) -> None:
    """Nothing is asked for twice, and the file is for its owner alone."""
    path = tmp_path / "heads.jsonl"
    platform.settings = msgspec.structs.replace(platform.settings, heads_file=path)
    for _ in range(2):
        do_job(platform, "core.audit-seals")
    assert sorted(read_heads(path)[organisation.id]) == [10]
    assert path.stat().st_mode & 0o777 == 0o600


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
    chain_log(platform.database, staff.organisation_id)
    with platform.work(staff) as work:
        number, entry = work.connection.execute(select(audit_log.c.number, audit_log.c.entry)).one()
    assert number == 1
    assert '"facts":{"reason":"klart: Åäö","times":2},"kind":"case.closed","thing":null}' in entry
    assert verify(platform.database, platform.vault, staff.organisation_id).ok


@pytest.mark.usefixtures("log")
def test_what_is_written_and_sealed_meanwhile_is_no_tampering(
    platform: Platform, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hourly seal of an entry that is newer than what is being read does not say that the log is cut off."""
    for name in ("_end", "_seals", "_rows"):
        real = getattr(verifying, name)

        def after(*given: object, real: Callable[..., object] = real) -> object:
            in_work(platform, staff, audit.record, "case.taken", uuid4())
            audit.seal_heads(platform.database, platform.vault)
            return real(*given)

        with monkeypatch.context() as patched:
            patched.setattr(verifying, name, after)
            report = verify(platform.database, platform.vault, staff.organisation_id)
        assert report.ok, str(report)


def test_an_empty_log_is_whole(platform: Platform, organisation: Organisation) -> None:
    """An organisation where nothing has happened has nothing to hide."""
    assert verify(platform.database, platform.vault, organisation.id).ok
    assert audit.seal_heads(platform.database, platform.vault) == 0
