"""The time of a search among 2,000,000 cases, with the working role, where some cases are restricted.

Words are distributed as in texts: the most common is in half of all cases, the rarest in a few. A tenth of the cases
are in one mailbox, the others in 299 more. One reader has access to all, and one only to the large mailbox.
"""

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bench_inbox import sealed_heads, signed_in
from bench_sealing import Figure
from bench_stage import PASSWORD, SENDER, Stage, stage
from litestar.testing import TestClient
from sqlalchemy import Connection, text

from budkavle.accounts import mailboxes, users
from budkavle.cases import search
from budkavle.cases.finding.limits import Limits
from budkavle.cases.finding.query import Searcher, count_everywhere
from budkavle.cases.finding.words import Place, terms
from budkavle.cases.finding.words import tokens as tokens_of
from budkavle.model.people import Actor, Role
from budkavle.web.app import create_app

CASES, BOXES, VOCABULARY, HEADS = 2_000_000, 300, 50_000, 2_000
REQUESTS = 100
LIMIT_MS = 50
SYLLABLES = [first + vowel for first in "bdfghjklmnprstv" for vowel in "aeiouyåäö"]
ENDINGS = ("", "n", "r", "s", "l", "d")

_VOCABULARY = """
CREATE UNLOGGED TABLE bench_words AS
SELECT * FROM unnest(CAST(:ranks AS int[]), CAST(:subjects AS bool[]), CAST(:hashes AS bigint[]))
    AS word (rank, of_subject, hash)
"""
_BOXES = """
CREATE UNLOGGED TABLE bench_cases AS
SELECT n, CAST(md5('case ' || n) AS uuid) AS id,
    CAST('2026-11-01' AS timestamptz) - n * interval '20 seconds' AS opened_at,
    (CAST(:boxes AS uuid[]))[CASE WHEN n % 10 = 0 THEN 1 ELSE 1 + n % CAST(:number AS int) END] AS mailbox_id
FROM generate_series(1, CAST(:cases AS int)) AS n
"""
_CASES = """
INSERT INTO cases (organisation_id, id, mailbox_id, number, state, holder_id, conversation_id, channel, has_incoming,
    has_outgoing, confidential, attachments, messages, incoming, last_message_id, opened_at, active_at)
SELECT :organisation, id, mailbox_id, '2026-' || n, CASE WHEN n % 5 = 0 THEN 'open' ELSE 'closed' END,
    CASE WHEN n % 3 = 0 THEN CAST(:user AS uuid) END, CAST(id AS text), 'sdk', true, false, false, 0, 1, 1,
    (CAST(:heads AS uuid[]))[1 + n % CAST(:number AS int)], opened_at, opened_at
FROM bench_cases
"""
_MESSAGES = """
INSERT INTO messages (organisation_id, id, mailbox_id, case_id, direction, transport, state, conversation_id, remote_id,
    confidential, attachments, head, body, created_at)
SELECT :organisation, head.id, c.mailbox_id, c.id, 'in', 'sdk', 'RECEIVED', CAST(c.id AS text), CAST(head.id AS text),
    false, 0, head.sealed, head.sealed, c.opened_at
FROM unnest(CAST(:ids AS uuid[]), CAST(:sealed AS bytea[])) WITH ORDINALITY AS head (id, sealed, n)
JOIN bench_cases c USING (n)
"""
_WORDS = """
INSERT INTO search_words (organisation_id, word, opened_at, case_id, mailbox_id, places)
SELECT :organisation, w.hash, c.opened_at, c.id, c.mailbox_id,
    bit_or(CAST(CASE WHEN k < 2 THEN 1 ELSE 4 END AS smallint))
FROM bench_cases c
CROSS JOIN generate_series(0, 9) AS k
JOIN bench_words w ON w.of_subject <= (k < 2) AND w.rank = CAST(
    floor(power(CAST(:vocabulary AS float), (hashint8extended(c.n * 16 + k, 7) & 1073741823) / 1073741824.0)) AS int)
GROUP BY w.hash, c.opened_at, c.id, c.mailbox_id
ORDER BY w.hash, c.opened_at, c.id
"""
_INDEXED = """
INSERT INTO search_cases (organisation_id, case_id, mark, done) SELECT :organisation, id, 1, 1 FROM bench_cases
"""
_RESTRICTIONS = """
INSERT INTO case_readers (organisation_id, case_id, user_id)
SELECT :organisation, id, CAST(:user AS uuid) FROM bench_cases WHERE n % 1000 = 999
"""
_KEY = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'search_words_pkey'"
_INDEX = "SELECT indexdef FROM pg_indexes WHERE indexname = 'search_words_mailbox'"


@dataclass(frozen=True, slots=True)
class Readers:
    """The people who search: one with access to all mailboxes, and one only to the large mailbox."""

    all: Actor
    one: Actor


def measure(cases: int = CASES) -> Iterator[Figure]:
    """Yield the figures of searches."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        vocabulary = _vocabulary()
        readers = _fill(made, vocabulary, cases)
        for name, choose in _searches(vocabulary).items():
            for boxes, reader in ((BOXES, readers.all), (1, readers.one)):
                hits, counts = _asked(made, reader, choose)
                yield _figure(f"search: {name}, {boxes} mailboxes, {cases} cases", hits)
                yield _figure(f"search: counts of {name}, {boxes} mailboxes, {cases} cases", counts)
        words = _searches(vocabulary)["two common words"]
        with TestClient(create_app(made.platform), cookies={"budkavle": signed_in(made, readers.all)}) as client:
            taken = []
            for turn in range(REQUESTS):
                begun = time.perf_counter()
                answer = client.get("/search", params={"q": words(turn)})
                taken.append((time.perf_counter() - begun) * 1000)
                if answer.status_code != 200:
                    raise SystemExit(f"The search page answered {answer.status_code}.")
            yield _figure(f"search: the whole page, two common words, {BOXES} mailboxes", taken, 200)


def _figure(name: str, taken: Sequence[float], limit: int = LIMIT_MS) -> Figure:
    value = statistics.quantiles(taken, n=20)[-1]
    return {
        "name": f"{name}, 95th of {len(taken)}",
        "value": round(value, 1),
        "unit": "ms",
        "limit": limit,
        "ratio": round(value / limit, 2),
        "note": f"middle {statistics.median(taken):.1f}, worst {max(taken):.1f}",
    }


def _vocabulary() -> list[str]:
    """Return pronounceable words, the most common first."""
    chance = random.Random(7)  # noqa: S311 - the same words each time
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        word = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) + chance.choice(ENDINGS)
        if terms(word):
            words[word] = None
    return list(words)


def _searches(vocabulary: Sequence[str]) -> dict[str, Callable[[int], str]]:
    def words(*ranks: tuple[int, int], letters: int = 99) -> Callable[[int], str]:
        def choose(turn: int) -> str:
            chance = random.Random(turn)  # noqa: S311 - as above
            return " ".join(vocabulary[chance.randrange(*between)][:letters] for between in ranks)

        return choose

    common, middle, rare = (0, 30), (100, 1_000), (10_000, VOCABULARY)
    return {
        "a common word": words(common),
        "a word of the middle": words(middle),
        "a rare word": words(rare),
        "a beginning of three letters": words(middle, letters=3),
        "two common words": words(common, common),
        "two words of the middle": words(middle, middle),
        "two beginnings": words(middle, middle, letters=4),
        "a common word and a rare one": words(common, rare),
        "three words": words(common, common, middle),
    }


def _asked(made: Stage, reader: Actor, choose: Callable[[int], str]) -> tuple[list[float], list[float]]:
    """Return the milliseconds of finding a page of hits, and of counting them up to their limits."""
    hits, counts = [], []
    for turn in range(REQUESTS + 10):
        words = choose(turn)
        with made.platform.work(reader) as work:
            begun = time.perf_counter()
            searcher = Searcher(work, terms(words))
            search.find_hits(work, searcher, words, Limits())
            between = time.perf_counter()
            count_everywhere(searcher, work)
            ended = time.perf_counter()
        if turn >= 10:
            hits.append((between - begun) * 1000)
            counts.append((ended - between) * 1000)
    return hits, counts


def _fill(made: Stage, vocabulary: Sequence[str], cases: int) -> Readers:
    everywhere = made.member(*SENDER)
    boxes, one = _boxes(made, everywhere)
    ids, sealed = sealed_heads(made, everywhere, HEADS)
    keys = {"organisation": everywhere.organisation_id, "user": everywhere.user_id}
    with made.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("SET LOCAL work_mem = '1GB'"))
        connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        for table in ("cases", "messages"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(text(_BOXES), {"boxes": boxes, "number": len(boxes), "cases": cases})
        connection.execute(text(_CASES), {**keys, "heads": ids, "number": len(ids)})
        connection.execute(text(_MESSAGES), {**keys, "ids": ids, "sealed": sealed})
        connection.execute(text(_INDEXED), keys)
        connection.execute(text(_RESTRICTIONS), keys)
        for table in ("cases", "messages"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        _fill_words(made, connection, everywhere.organisation_id, vocabulary)
        connection.execute(text("DROP TABLE bench_cases, bench_words"))
    with made.platform.database.owner() as engine, engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    return Readers(everywhere, one)


def _fill_words(made: Stage, connection: Connection, organisation_id: UUID, vocabulary: Sequence[str]) -> None:
    """Write the words, and then the indexes."""
    ranks, of_subject, tokens = list[int](), list[bool](), list[str]()
    for rank, word in enumerate(vocabulary, 1):
        in_text = set(tokens_of(word, Place.TEXT))
        for token in tokens_of(word, Place.SUBJECT):
            ranks.append(rank)
            of_subject.append(token not in in_text)
            tokens.append(token)
    hashes = made.platform.vault.word_hashes(organisation_id, tokens)
    connection.execute(text(_VOCABULARY), {"ranks": ranks, "subjects": of_subject, "hashes": hashes})
    connection.execute(text("ANALYZE bench_cases, bench_words"))
    key, index = connection.execute(text(_KEY)).scalar_one(), connection.execute(text(_INDEX)).scalar_one()
    connection.execute(text("ALTER TABLE search_words DROP CONSTRAINT search_words_pkey"))
    connection.execute(text("DROP INDEX search_words_mailbox"))
    connection.execute(text(_WORDS), {"organisation": organisation_id, "vocabulary": len(vocabulary)})
    connection.execute(text(f"ALTER TABLE search_words ADD CONSTRAINT search_words_pkey {key}"))
    connection.execute(text(index))


def _boxes(made: Stage, everywhere: Actor) -> tuple[list[UUID], Actor]:
    """Create the mailboxes, the large one first, and the reader who has access only to that."""
    with made.platform.work(made.installation.actor(everywhere.organisation_id)) as work:
        boxes = [mailboxes.create_mailbox(work, f"Enhet {number}").id for number in range(BOXES)]
        name, address = "Bo Ek", f"one@{SENDER[0]}.example"
        one = users.create_user(work, email=address, name=name, password=PASSWORD, role=Role.USER)
        for box in boxes:
            mailboxes.add_members(work, box, [user for user in [everywhere.user_id] if user])
        mailboxes.add_members(work, boxes[0], [one.id])
    account = users.account(made.platform, address)
    if account is None:
        raise SystemExit("The bench's second reader was not made.")
    return boxes, account.acting()


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure), flush=True)
