"""The table of words by which cases are found: in step with the cases, and served by indexes to the working role."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import event, text

from budkavle.cases import actions, search
from budkavle.cases.finding import index
from budkavle.cases.finding import query as finding_query
from budkavle.cases.finding.limits import Limits
from budkavle.cases.finding.words import terms
from budkavle.deliveries import undo
from budkavle.messaging import case_view
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import Actor
from budkavle.operations import health, retention
from budkavle.storage.database import migrate
from budkavle.storage.pipeline import PipelineConnection
from budkavle.storage.platform import Platform, Work
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

MANY = 80_000
LARGE = ("cases", "messages", "deliveries", "search_words", "search_cases")
_SCANNED = re.compile(rf"Seq Scan on ({'|'.join(LARGE)})\b.*")


def indexed(organisation: SampleOrganisation) -> set[tuple[UUID, UUID, int]]:
    """Every word of the table; it must be what the cases themselves say."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        kept = connection.execute(text("SELECT mailbox_id, case_id, word FROM case_words")).all()
        said = connection.execute(text("SELECT mailbox_id, id, unnest(words) FROM cases")).all()
    assert sorted(map(tuple, kept)) == sorted({tuple(row) for row in said})
    return {tuple(row) for row in kept}


def found(organisation: SampleOrganisation, words: str, actor: Actor | None = None) -> list[UUID]:
    return [case.id for case in in_work(organisation.platform, actor or organisation.case_worker, search.search, words)]


def test_words_come_and_go_with_their_messages(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Opened, joined, undone, destroyed: the table holds the words of what is there, and no others."""
    case_id = organisation.arrive("Sommarläger för barn")
    first = indexed(organisation)
    assert len(first) > 5
    (thread,) = in_work(platform, case_worker, case_view.case, case_id).thread
    message = organisation.send(case_worker, "Lägereld", reply_to=thread.message.id)
    assert indexed(organisation) > first
    assert found(organisation, "lägereld") == [case_id]
    in_work(platform, case_worker, undo.undo, message.id)
    assert found(organisation, "lägereld") == []
    assert found(organisation, "sommarläger") == [case_id]
    assert indexed(organisation) == first
    in_work(platform, case_worker, actions.bin_case, case_id)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE cases SET binned_at = binned_at - interval '40 days'"))
    assert retention.empty_bin(platform) == 1
    assert indexed(organisation) == set()


def test_what_was_undone_leaves_no_word(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """A case that was never seen keeps nothing of what it would have been called."""
    in_work(platform, case_worker, undo.undo, organisation.send(case_worker, "Sommarläger").id)
    assert indexed(organisation) == set()


def test_code_from_before_the_table_keeps_it_right(platform: Platform, organisation: SampleOrganisation) -> None:
    """A worker that was started before the tables were changed writes the cases alone."""
    organisation.arrive()
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE cases SET words = ARRAY(SELECT DISTINCT unnest(words || '{1,2,2}'::bigint[]))"))
    assert {1, 2} <= {word for *_, word in indexed(organisation)}


def test_old_cases_are_found_after_the_migration(platform: Platform, organisation: SampleOrganisation) -> None:
    """What came before the table was made is in it."""
    case_id = organisation.arrive("Sommarläger")
    with platform.database.owner() as engine, engine.begin() as connection:
        slots = connection.execute(text("SELECT owner_id, part, slot FROM content_keys")).mappings().all()
        command.downgrade(migrate._config(connection, None, migrate.HOME / "versions"), "0005")
    platform.database.migrate()
    with platform.database.owner() as engine, engine.begin() as connection:  # a downgrade forgets the slots of keys
        kept = text("UPDATE content_keys SET slot = :slot WHERE owner_id = :owner_id AND part = :part")
        connection.execute(kept, [dict(row) for row in slots])
    assert found(organisation, "sommarläger") == [case_id]
    indexed(organisation)


def test_the_table_shows_no_other_organisation(
    platform: Platform, organisation: SampleOrganisation, other_administrator: SampleUser
) -> None:
    """It is behind the same policy as the cases."""
    organisation.arrive()
    with platform.database.transaction(other_administrator.organisation_id) as connection:
        assert connection.execute(text("SELECT * FROM case_words")).all() == []


def test_many_hits_are_the_latest_ones(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    other_administrator: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The latest are found, in order, and no others."""
    monkeypatch.setattr(finding_query, "PAGE", 3)
    other = [organisation.arrive("Annat") for _ in range(2)]
    ids = [organisation.arrive(f"Begäran nummer {number}") for number in range(6)]
    in_work(platform, case_worker, actions.bin_case, ids[5])
    assert index.index_cases(platform) == 8
    assert found(organisation, "begäran") == [*reversed(ids[:5])]
    few = in_work(platform, case_worker, search.search, "begäran", limit=2)
    assert [case.id for case in few] == [ids[4], ids[3]]
    assert [case.id for case in in_work(platform, case_worker, search.search, "nummer begäran")][:1] == [ids[4]]
    assert set(found(organisation, "annat")) == set(other)
    assert found(organisation, "begäran", outsider) == []
    assert found(organisation, "begäran", other_administrator) == []


@pytest.fixture
def large(
    platform: Platform, organisation: SampleOrganisation, mailbox: FunctionMailbox, other_mailbox: FunctionMailbox
) -> Any:
    """The organisation with eighty thousand cases, each with a message and a delivery; a tenth in the mailbox."""
    common, rare, number = (platform.vault.word_hashes(organisation.id, [one]) for one in WORDS)
    facts = {"o": organisation.id, "b": mailbox.id, "b2": other_mailbox.id, "n": MANY}
    facts |= {"common": common[0], "rare": rare[0], "number": number[0]}
    for name, word in zip(("in_all", "in_few"), WORDS[:2], strict=True):
        facts[name] = platform.vault.word_hashes(organisation.id, terms(word)[0].tokens)
    with platform.database.owner() as engine, engine.begin() as connection:
        for statement in FILL:
            connection.execute(text(statement), facts)
    with platform.database.owner() as engine, engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    return organisation


WORDS = ("socialnämnden", "sommarläger", "2026/77")
FILL = (
    """
    INSERT INTO cases (organisation_id, id, mailbox_id, number, state, conversation_id, channel, has_incoming,
        has_outgoing, confidential, attachments, messages, incoming, last_message_id, trouble, words, opened_at,
        active_at)
    SELECT :o, gen_random_uuid(), CASE WHEN n % 10 = 0 THEN CAST(:b AS uuid) ELSE CAST(:b2 AS uuid) END, '2025-' || n,
        CASE WHEN n % 50 = 0 THEN 'open' ELSE 'closed' END, 'c' || n, 'fake', true, false, false, 0, 1, 1,
        gen_random_uuid(), n % 1000 = 0,
        ARRAY[:common, n, 1000000 + n % 1000, 2000000 + n % 100] || CASE WHEN n % 20000 = 0
            THEN ARRAY[CAST(:rare AS bigint), CAST(:number AS bigint)] ELSE '{}' END,
        now() - n * interval '1 minute', now() - n * interval '1 minute' FROM generate_series(1, :n) AS n
    """,
    """
    INSERT INTO messages (organisation_id, id, mailbox_id, case_id, direction, transport, state, conversation_id,
        remote_id, confidential, attachments, head, body, created_at)
    SELECT organisation_id, last_message_id, mailbox_id, id, 'in', 'fake', 'RECEIVED', conversation_id,
        conversation_id, false, 0, '', '', opened_at FROM cases
    """,
    """
    INSERT INTO deliveries (organisation_id, id, message_id, case_id, purpose, transport, recipient, state, due_at,
        remote_id, created_at, changed_at)
    SELECT organisation_id, gen_random_uuid(), last_message_id, id, 'message', 'fake', '',
        CASE WHEN trouble THEN 'SEND_FAILURE' ELSE 'ACKNOWLEDGED' END, opened_at, conversation_id, opened_at,
        opened_at FROM cases
    """,
    """
    INSERT INTO search_words (organisation_id, word, opened_at, case_id, mailbox_id, places)
    SELECT organisation_id, word, opened_at, id, mailbox_id, 1 FROM cases, unnest(CAST(:in_all AS bigint[])
        || CASE WHEN cardinality(cases.words) > 4 THEN CAST(:in_few AS bigint[]) ELSE '{}' END) AS word
    """,
    "UPDATE search_cases SET done = mark",
    """
    INSERT INTO case_readers (organisation_id, case_id, user_id)
    SELECT organisation_id, id, gen_random_uuid() FROM cases WHERE words[2] % 1000 = 990
    """,
)


@contextmanager
def watching(organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Any, Any]]]:
    """Note every statement that goes to the server, whichever way, with its values."""
    seen: list[tuple[Any, Any]] = []
    enqueue = PipelineConnection.enqueue
    with organisation.platform.database.transaction(None) as connection:
        ours = connection.connection.driver_connection.info.dbname

    def note(pipeline: PipelineConnection, sql: bytes, values: Any) -> None:
        if pipeline.info.dbname == ours:  # an installation of other tests may still be at work
            seen.append((sql, values))
        enqueue(pipeline, sql, values)

    def cursor(connection: Any, cursor: Any, sql: str, values: Any, context: Any, many: bool) -> None:
        seen.append((sql, values))

    event.listen(organisation.platform.database.engine, "before_cursor_execute", cursor)
    with monkeypatch.context() as patched:
        patched.setattr(PipelineConnection, "enqueue", note)
        yield seen
    event.remove(organisation.platform.database.engine, "before_cursor_execute", cursor)


def explained(organisation: SampleOrganisation, sql: Any, values: Any) -> str:
    """The server's plan of a statement for the working role."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        assert connection.execute(text("SELECT current_user")).scalar_one() == "budkavle_app"
        below = connection.connection.driver_connection
        if isinstance(sql, str):
            return "\n".join(line for (line,) in below.cursor().execute("EXPLAIN " + sql, values).fetchall())
        below.enqueue(b"EXPLAIN " + sql, values)
        answer = below.exchange()[-1]
        return "\n".join(answer.get_value(row, 0).decode() for row in range(answer.ntuples))


def scans(organisation: SampleOrganisation) -> int:
    """How often the large tables have been read from end to end."""
    for query in ("SELECT pg_stat_force_next_flush()", "SELECT 1"):
        with organisation.platform.database.transaction(None) as connection:
            connection.execute(text(query))
    with organisation.platform.database.connect() as connection:
        query = "SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname = ANY(%s)"
        (count,) = connection.execute(query, [list(LARGE)]).fetchone()
        return int(count)


def parked(organisation: SampleOrganisation) -> None:
    with organisation.platform.database.transaction(organisation.id) as connection:
        states = "('SEND_FAILURE', 'NOT_FOUND', 'REJECTED')"
        query = f"SELECT transport, count(*) FROM deliveries WHERE state IN {states} GROUP BY 1"
        assert connection.execute(text(query)).all() == [("fake", MANY // 1000)]


def arrived(organisation: SampleOrganisation, subject: str) -> None:
    before = len(organisation.cases(organisation.case_worker))
    organisation.arrive(subject, mailbox_id=organisation.mailbox.id)
    assert before


def counted(work: Work, words: str) -> None:
    hits, _ = finding_query.count_everywhere(finding_query.Searcher(work, terms(words)), work)
    assert len(hits) == MANY // 20_000


def changed(work: Work, words: str, organisation: SampleOrganisation) -> None:
    ids = [row.id for row in organisation.rows("SELECT id FROM cases WHERE number IN ('2025-77770', '2025-990')")]
    assert len(finding_query.Searcher(work, terms(words)).among(Limits(), ids)) == 1  # the other is restricted


@pytest.mark.slow
@pytest.mark.feature("Z12")
def test_nothing_is_read_from_end_to_end(large: SampleOrganisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Search, placing and parked counts at 80,000 cases: by their plans as the working role, and as they are done."""
    ada, platform = large.case_worker, large.platform
    asked: dict[str, Callable[[], object]] = {
        "a common word": lambda: in_work(platform, ada, search.search, "socialnämnden"),
        "a rare word": lambda: in_work(platform, ada, search.search, "sommarläger"),
        "both": lambda: in_work(platform, ada, search.search, "sommarläger socialnämnden"),
        "counts": lambda: in_work(platform, ada, counted, "socialnämnden sommarläger"),
        "changed hits": lambda: in_work(platform, ada, changed, "socialnämnden", large),
        "what waits to be indexed": lambda: index.index_cases(platform),
        "in one mailbox": lambda: in_work(platform, ada, search.search, "socialnämnden", mailbox_id=large.mailbox.id),
        "no case's word": lambda: in_work(platform, ada, search.search, "finnsinte socialnämnden"),
        "the system's": lambda: in_work(platform, system_actor(large.id), search.search, "socialnämnden 2026/77"),
        "a number": lambda: in_work(platform, ada, search.search, "2025-1000"),
        "placed by number": lambda: arrived(large, "Komplettering, dnr 2025-1000"),
        "placed by a reference": lambda: arrived(large, "Komplettering, dnr 2026/77"),
        "not placed": lambda: arrived(large, "Ärende 2024-0001, ref 2024/17"),
        "health": lambda: health.check_all(platform, large.id),
        "parked deliveries": lambda: parked(large),
    }
    plans = {}
    for name, ask in asked.items():
        with watching(large, monkeypatch) as seen:
            ask()
        read = [one for one in seen if one[0] not in {b"BEGIN", b"COMMIT"}]
        plans[name] = [plan for one in read if (plan := explained(large, *one))]
    found = {name: lines for name, of in plans.items() if (lines := [x[0] for p in of for x in _SCANNED.finditer(p)])}
    assert found == {}
    before = scans(large)
    for _ in range(7):  # from the fifth time on the server may keep a plan that is made for all values
        for ask in asked.values():
            ask()
    assert scans(large) == before
