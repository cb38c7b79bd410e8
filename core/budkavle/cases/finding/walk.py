"""The walk through the index: which cases have all of some words, the latest opened first, and where the words occur.

The rows of each word are ordered by when their cases were opened. The rarest word, and the next if it is about as
rare, are read side by side in that order, as a merge of two sorted lists. Each other word is looked up by its key
for the cases that have these.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.errors import QueryCanceled
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.exc import DBAPIError

from budkavle.cases.finding.limits import Limits, Start, before, of_cases, opened_within, within_mailboxes
from budkavle.cases.finding.words import Place
from budkavle.model.errors import Invalid
from budkavle.storage.database.case_readers import ALL_CASES, READER
from budkavle.storage.pipeline import driver
from budkavle.storage.platform import Work
from budkavle.storage.tables import search_words

ROUGHLY: Final = 200
"""How many of a word's latest cases are counted to estimate how rare it is."""
AS_RARE: Final = 10
"""A word with up to this many times the cases is merged with the rarest: one lookup takes as long as this many rows."""
LONG: Final = timedelta(days=3_650)
TOO_SLOW: Final = "Sökningen tog för lång tid. Lägg till ett ord, eller välj en brevlåda eller en kortare tid."
_TRUE: Final[ColumnElement[bool]] = literal_column("true")
SETTINGS: Final[dict[str, str]] = {
    "statement_timeout": "3s",
    # The planner assumes that all words are equally common, and would read and sort all rows of one before the first
    # hit.
    "enable_sort": "off",
    "enable_hashagg": "off",
    "enable_bitmapscan": "off",
    "jit": "off",  # if the server has it: compiling takes longer than the walk
}


@dataclass(frozen=True, slots=True)
class Word:
    """A search word.

    Attributes:
        hashes: Any of them means that a case has it.
        rate: How many recent cases per second have it; used to compare words.
    """

    hashes: Sequence[int]
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that has the words, before the check whether the reader may know.

    Attributes:
        places: Where all of the words occur.
        anywhere: Where any of them occurs.
    """

    id: UUID
    opened_at: datetime
    places: Place
    anywhere: Place


def existing(work: Work, hashes: Sequence[int]) -> set[int]:
    """Return those of some hashes that a case of the organisation has."""
    if not hashes:
        return set()
    s = search_words.c
    wanted = func.unnest(literal(list(hashes), ARRAY(BigInteger))).table_valued("word").render_derived("wanted")
    key = (s.organisation_id == work.organisation_id, s.word == wanted.c.word)
    # In index order; otherwise the planner might read the table from its start for one row.
    latest = select(s.word).where(*key).order_by(s.opened_at.desc(), s.case_id.desc()).limit(1).lateral("latest")
    with walking(work):
        return set(work.connection.execute(select(latest.c.word).select_from(wanted.join(latest, true()))).scalars())


def rarest_first(work: Work, hashes: Sequence[Sequence[int]]) -> list[Word]:
    """Order words, the rarest in recent cases first, since a walk begins with the latest."""
    if len(hashes) < 2:
        return [Word(of_word) for of_word in hashes]
    branches = [_latest(work, word_hash) for of_word in hashes for word_hash in of_word]
    with walking(work):
        rows = work.connection.execute(union_all(*branches)).all()
    latest = max((row.latest for row in rows if row.latest), default=None)  # not now: recent times may have been quiet
    rates = {row.word: row.cases / _seconds(row, latest) for row in rows}
    words = [Word(of_word, sum(rates[word_hash] for word_hash in of_word)) for of_word in hashes]
    return sorted(words, key=lambda word: word.rate)


def walk(
    work: Work, words: Sequence[Word], within: Sequence[UUID], limits: Limits, place: Start | None, limit: int
) -> list[Candidate]:
    """Return cases that have all the words, the latest opened first.

    Args:
        work: The unit of work; the caller has checked that its actor may read in the mailboxes.
        words: At least one, the rarest first.
        within: The mailboxes, at least one.
        limits: Which cases; its mailboxes are ignored.
        place: The position to start after.
        limit: The most cases.

    Raises:
        Invalid: It takes too long.
    """
    beside = 2 if len(words) > 1 and words[1].rate <= AS_RARE * words[0].rate and not limits.cases else 1
    candidates = _side_by_side(work, words[:beside], within, limits, place).subquery("candidates")
    places: list[ColumnElement[Any]] = [candidates.c[f"places_{number}"] for number in range(beside)]
    conditions = of_cases(work.organisation_id, candidates.c.case_id, limits)
    joined: FromClause = candidates
    for number, word in enumerate(words[beside:], beside):
        other = _looked_up(work, candidates, word, number)
        joined = joined.join(other, true())
        places.append(other.c.places)
        conditions.append(other.c.places.is_not(None))
    if limits.places:
        conditions += [at.op("&")(int(limits.places)) != 0 for at in places]
    columns = (
        candidates.c.case_id,
        candidates.c.opened_at,
        *(at.label(f"p{number}") for number, at in enumerate(places)),
    )
    query = select(*columns).select_from(joined).where(*conditions)
    query = query.order_by(candidates.c.opened_at.desc(), candidates.c.case_id.desc()).limit(limit)
    with walking(work):
        return [_candidate(row, len(places)) for row in work.connection.execute(query).all()]


def _side_by_side(
    work: Work, words: Sequence[Word], within: Sequence[UUID], limits: Limits, place: Start | None
) -> Select[Any]:
    """Return the query for the cases of one or two words: the rows of all their hashes, merged in order."""
    w = search_words.c
    conditions = [w.organisation_id == work.organisation_id]
    conditions += [*opened_within(search_words, limits), *before(search_words, place)]
    branches = [
        select(_ordered(number, word_hash, [*conditions, in_mailbox]))
        for number, word in enumerate(words)
        for word_hash in word.hashes
        for in_mailbox in within_mailboxes(search_words, within)
    ]
    rows = (branches[0] if len(branches) == 1 else union_all(*branches)).subquery("hit")
    places = [func.bit_or(rows.c.places).filter(rows.c.number == number) for number in range(len(words))]
    columns = (at.label(f"places_{number}") for number, at in enumerate(places))
    query = select(rows.c.opened_at, rows.c.case_id, *columns).group_by(rows.c.opened_at, rows.c.case_id)
    if len(words) > 1:
        query = query.having(*(at.is_not(None) for at in places))
    return query.order_by(rows.c.opened_at.desc(), rows.c.case_id.desc())


def _ordered(number: int, word: int, conditions: Sequence[ColumnElement[bool]]) -> Subquery:
    """Return the rows of one hash in index order, with the number of its word."""
    w = search_words.c
    number_of: ColumnElement[int] = literal_column(str(number)).label("number")
    rows = select(number_of, w.opened_at, w.case_id, w.places).where(w.word == inlined(word), *conditions)
    return rows.order_by(w.opened_at.desc(), w.case_id.desc()).subquery()


def _looked_up(work: Work, candidates: FromClause, word: Word, number: int) -> FromClause:
    """Return the places of another word in a case, NULL if it has none: looked up for each case by its key."""
    v = search_words.alias(f"v{number}")
    key = (v.c.organisation_id == work.organisation_id, v.c.opened_at == candidates.c.opened_at)
    any_form = v.c.word.in_([inlined(word_hash) for word_hash in word.hashes])
    query = select(func.bit_or(v.c.places).label("places")).where(*key, v.c.case_id == candidates.c.case_id, any_form)
    return query.lateral(f"other_{number}")


def _latest(work: Work, word: int) -> Select[Any]:
    """Return the query that counts a word's latest cases, up to `ROUGHLY`, with their first and last opening time."""
    s = search_words.c
    latest = select(s.opened_at).where(s.organisation_id == work.organisation_id, s.word == inlined(word))
    some = latest.order_by(s.opened_at.desc(), s.case_id.desc()).limit(ROUGHLY).subquery()
    moments = (func.min(some.c.opened_at).label("since"), func.max(some.c.opened_at).label("latest"))
    counted = (func.count().label("cases"), *moments)
    columns: list[ColumnElement[Any]] = [inlined(word).label("word"), *counted]
    return select(*columns).select_from(some)


def _seconds(row: Any, latest: datetime | None) -> float:
    """Return the period in which these cases were opened: for few cases, the whole time span."""
    few = row.cases < ROUGHLY or latest is None
    return LONG.total_seconds() if few else (latest - row.since).total_seconds() or 1.0


def _candidate(row: Any, count: int) -> Candidate:
    places = [Place(row[2 + number] or 0) for number in range(count)]
    everywhere, anywhere = places[0], Place(0)
    for of_word in places:
        everywhere &= of_word
        anywhere |= of_word
    return Candidate(row.case_id, row.opened_at, everywhere, anywhere)


def inlined(word: int) -> ColumnElement[int]:
    """Write the word into the statement as a literal: one plan for all words would fit none of them."""
    return literal(word, BigInteger, literal_execute=True)


@contextmanager
def walking(work: Work) -> Iterator[None]:
    """Read the index past the row policy for restricted cases, with a statement timeout on the server.

    The walk yields ids and times. The caller then reads each case again, and the policy drops those that the reader
    must not see. Checking the policy for each row on the way would take twenty times as long as the walk.

    Raises:
        Invalid: It took too long.
    """
    c = work.connection
    before = [func.current_setting(name).label(name) for name in SETTINGS]
    ours = c.execute(select(*before, *_set({**SETTINGS, READER: ALL_CASES}))).one()
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, QueryCanceled):
            raise Invalid(TOO_SLOW) from error
        raise
    finally:
        if not driver(c).has_failed:  # otherwise the transaction ends here, and the settings with it
            values = dict(zip(SETTINGS, ours, strict=False))
            c.execute(select(*_set({**values, READER: work.reader})))


def _set(settings: Mapping[str, str]) -> list[ColumnElement[str]]:
    return [func.set_config(name, value, _TRUE) for name, value in settings.items()]
