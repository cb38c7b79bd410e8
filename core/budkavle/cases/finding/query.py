"""Asking the index: cases that have all the words, the latest first, page by page, as far as the reader may know.

The rarest word is walked through in the order of the index, each other word is looked up for each case that it gives.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.errors import QueryCanceled
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Uuid,
    any_,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.exc import DBAPIError

from budkavle.accounts.permissions import delegated, my_mailboxes
from budkavle.cases.finding.limits import Limits, Start, before, limited, within_mailboxes
from budkavle.cases.finding.texts import gather
from budkavle.cases.finding.words import NOWHERE, Place, Term, holds_all
from budkavle.cases.inbox import as_cases, before_delegation, rows_of_cases
from budkavle.model.errors import Invalid
from budkavle.model.mailboxes import Case
from budkavle.storage.database.case_readers import ALL_CASES, READER
from budkavle.storage.pipeline import driver
from budkavle.storage.platform import Work
from budkavle.storage.tables import case_tags, cases, mailboxes, search_words

PAGE: Final = 25
MOST_COUNTED: Final = 500
"""So many hits are counted by where they are; of more, the page says that there are more."""
ROUGHLY: Final = 200
"""So many of the latest cases of a word are looked at to find the rarest."""
LONG: Final = timedelta(days=3_650)
ROUNDS: Final = 5
"""So many times a page is filled up with what the reader may know of."""
MILLISECONDS: Final = 3_000
TOO_SLOW: Final = "Sökningen tog för lång tid. Lägg till ett ord, eller välj en brevlåda eller en kortare tid."
_NIL: Final = UUID(int=0)
_TRUE: Final[ColumnElement[bool]] = literal_column("true")


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that has the words.

    Attributes:
        places: Where the words stand: all of them, or else some.
    """

    case: Case
    places: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that has the words, before it is judged whether the reader may know so.

    Attributes:
        places: Where all of the words stand.
        anywhere: Where any of them stands.
    """

    id: UUID
    mailbox_id: UUID
    opened_at: datetime
    places: Place
    anywhere: Place


@dataclass(frozen=True, slots=True)
class HitPage:
    """A page of hits.

    Attributes:
        after: What asks for the next page; empty at the end.
    """

    hits: Sequence[Hit] = field(default_factory=tuple)
    after: str = ""


class Searcher:
    """One search of one reader.

    Args:
        work: The unit of work; only mailboxes that its actor is a member of are searched.
        terms: The words, at least one.
    """

    def __init__(self, work: Work, terms: Sequence[Term]) -> None:
        self._work = work
        self._terms = terms
        mine = select(mailboxes.c.id).where(my_mailboxes(work.actor))
        self.mailboxes: Sequence[UUID] = list(work.connection.execute(mine).scalars())
        hashes = [work.vault.word_hashes(work.organisation_id, term.tokens, work.connection) for term in terms]
        with _walking(work):
            self._hashes = self._rarest_first(hashes)

    def page(self, limits: Limits, cursor: str = "", limit: int = PAGE) -> HitPage:
        """Return a page of hits, the latest opened first.

        Raises:
            Invalid: It takes too long, or the cursor is none of ours.
        """
        hits: list[Hit] = []
        place = last = Start.read(cursor)
        for _ in range(ROUNDS):
            candidates = self.candidates(limits, place, limit + 1)
            shown = self._shown(candidates)
            for candidate in candidates:
                if candidate.id in shown:
                    if len(hits) == limit:
                        return HitPage(hits, str(last))
                    hits.append(Hit(shown[candidate.id], candidate.places or candidate.anywhere))
                    last = Start(candidate.opened_at, candidate.id)
                place = Start(candidate.opened_at, candidate.id)
            if len(candidates) <= limit:
                return HitPage(hits)
        # Where nothing of all this may be shown, the address does not say of which case it was.
        return HitPage(hits, str(last if hits else Start(place.opened_at, _NIL)) if place else "")

    def among(self, limits: Limits, case_ids: Collection[UUID]) -> list[Hit]:
        """Return those of some cases that are hits, the latest opened first.

        Raises:
            Invalid: It takes too long.
        """
        these = cases.c.id == any_(literal(list(case_ids), ARRAY(Uuid)))
        opened = select(cases.c.opened_at).where(cases.c.organisation_id == self._work.organisation_id, these)
        moments = frozenset(self._work.connection.execute(opened).scalars()) if case_ids else frozenset()
        within = replace(limits, cases=frozenset(case_ids), moments=moments)
        return list(self.page(within, limit=len(case_ids)).hits) if moments else []

    def candidates(self, limits: Limits, place: Start | None, limit: int) -> list[Candidate]:
        """Return cases that have all the words, the latest opened first."""
        within = [box for box in self.mailboxes if not limits.mailboxes or box in limits.mailboxes]
        if not within or not self._hashes:
            return []
        first, *others = self._hashes
        branches = [self._walk(word, others, within, limits, place).limit(limit).subquery() for word in first]
        rows = union_all(*(select(branch) for branch in branches)).subquery("hit")
        c = rows.c
        together = (func.bit_or(c.first), *(func.max(c[f"other_{number}"]) for number in range(len(others))))
        query = select(
            c.case_id, c.mailbox_id, c.opened_at, *(places.label(f"p{n}") for n, places in enumerate(together))
        )
        query = query.group_by(c.opened_at, c.case_id, c.mailbox_id)
        query = query.order_by(c.opened_at.desc(), c.case_id.desc()).limit(limit)
        with _walking(self._work):
            rows_with_all = self._work.connection.execute(query).all()
        return [_candidate(row, len(together)) for row in rows_with_all]

    def _walk(
        self, word: int, others: Sequence[Sequence[int]], within: Sequence[UUID], limits: Limits, place: Start | None
    ) -> Select[Any]:
        """Return the query for the cases of one word that have the others too, in the order of the index."""
        w = search_words.alias("w")
        columns: list[ColumnElement[Any]] = [w.c.case_id, w.c.mailbox_id, w.c.opened_at, w.c.places.label("first")]
        conditions = [w.c.organisation_id == self._work.organisation_id, w.c.word == _inlined(word)]
        conditions += [within_mailboxes(w, within), *limited(w, limits), *before(w, place)]
        joined: FromClause = w
        for number, hashes in enumerate(others):
            other = self._look_up(w, hashes, number)
            joined = joined.join(other, true())
            columns.append(other.c.places.label(f"other_{number}"))
            conditions.append(other.c.places.is_not(None))
            if limits.places:
                conditions.append(other.c.places.op("&")(int(limits.places)) != 0)
        query = select(*columns).select_from(joined).where(*conditions)
        return query.order_by(w.c.opened_at.desc(), w.c.case_id.desc())

    def _look_up(self, w: FromClause, hashes: Sequence[int], number: int) -> FromClause:
        """Return where another word stands in the case, NULL where it does not: looked up for each case by its key."""
        v = search_words.alias(f"v{number}")
        any_form = v.c.word.in_(hashes)
        key = (v.c.organisation_id == self._work.organisation_id, v.c.opened_at == w.c.opened_at)
        query = select(func.bit_or(v.c.places).label("places")).where(*key, v.c.case_id == w.c.case_id, any_form)
        return query.lateral(f"other_{number}")

    def _rarest_first(self, hashes: Sequence[Sequence[int]]) -> list[Sequence[int]]:
        """Order the words by how seldom cases have them of late, which is what a walk from the latest meets."""
        if len(hashes) < 2:
            return list(hashes)
        branches = [self._latest(word) for word in itertools.chain.from_iterable(hashes)]
        rows = self._work.connection.execute(union_all(*branches)).all()
        now = datetime.now(UTC)
        rates = {row.word: row.cases / (_span(row, now).total_seconds() or 1.0) for row in rows}
        return sorted(hashes, key=lambda tokens: sum(rates[token] for token in tokens))

    def _latest(self, word: int) -> Select[Any]:
        """Return the query for how many cases of a word there are, of some, and when the oldest of these was opened."""
        s = search_words.c
        latest = select(s.opened_at).where(s.organisation_id == self._work.organisation_id, s.word == _inlined(word))
        some = latest.order_by(s.opened_at.desc(), s.case_id.desc()).limit(ROUGHLY).subquery()
        counted = (func.count().label("cases"), func.min(some.c.opened_at).label("since"))
        columns: list[ColumnElement[Any]] = [_inlined(word).label("word"), *counted]
        return select(*columns).select_from(some)

    def _shown(self, candidates: Sequence[Candidate]) -> dict[UUID, Case]:
        """Return those of the cases that the reader may know to have the words."""
        ids = [candidate.id for candidate in candidates]
        if not ids:
            return {}
        query = rows_of_cases(self._work.actor).where(
            cases.c.id == any_(literal(ids, ARRAY(Uuid))), cases.c.messages > 0, cases.c.state != "binned"
        )
        return self.allowed(as_cases(self._work, self._work.connection.execute(query).all()))

    def allowed(self, listed: Sequence[Case]) -> dict[UUID, Case]:
        """Return the cases by their ids of which the reader sees the words: not masked, not from before delegation."""
        since = {box: terms.since for box, terms in delegated(self._work).items() if terms.since} if listed else {}
        allowed = {}
        for case in listed:
            if case.recalled or not self._work.actor.may_read_at(case.loa):
                is_told = holds_all(self._terms, case.counterpart, Place.NAME)
            elif case.mailbox_id in since:
                is_told = self._stands_since(case.id, since[case.mailbox_id])
            else:
                is_told = True
            if is_told:
                allowed[case.id] = case
        return allowed

    def _stands_since(self, case_id: UUID, since: datetime | None) -> bool:
        texts = gather(self._work, [case_id], since)
        present = texts[case_id].texts if case_id in texts else []
        return all(any(holds_all([term], text, place) for text, place in present) for term in self._terms)


def count_everywhere(
    searcher: Searcher, work: Work, period: Limits | None = None
) -> tuple[list[tuple[Candidate, Any]], bool]:
    """Return the latest hits with what the limits ask of their cases, and whether there are more than are counted.

    Args:
        searcher: The search.
        work: Its unit of work.
        period: Only hits within these limits.
    """
    candidates = searcher.candidates(period or Limits(), None, MOST_COUNTED + 1)
    by_id = {candidate.id: candidate for candidate in candidates[:MOST_COUNTED]}
    tagged = select(func.array_agg(case_tags.c.tag_id)).where(
        case_tags.c.organisation_id == cases.c.organisation_id, case_tags.c.case_id == cases.c.id
    )
    columns = (cases.c.id, cases.c.mailbox_id, cases.c.state, cases.c.channel, cases.c.holder_id, cases.c.opened_at)
    query = select(*columns, tagged.scalar_subquery().label("tags")).where(
        cases.c.organisation_id == work.organisation_id,
        cases.c.id == any_(literal(list(by_id), ARRAY(Uuid))),
        cases.c.messages > 0,
        cases.c.state != "binned",
        cases.c.loa <= int(work.actor.loa),
        ~before_delegation(work.actor),
    )
    rows = work.connection.execute(query).all() if by_id else []
    return [(by_id[row.id], row) for row in rows], len(candidates) > MOST_COUNTED


@contextmanager
def _walking(work: Work) -> Iterator[None]:
    """Let the index be walked: past restricted cases too, and given up by the server after a while.

    What the walk gives are ids and moments; who takes one further reads its case anew, where the policy drops those
    that the reader must not meet. To let the policy judge each row on the way costs twenty times the walk.

    Raises:
        Invalid: It took too long.
    """
    c = work.connection
    settings = {"statement_timeout": str(MILLISECONDS), READER: ALL_CASES}
    before = c.execute(select(func.current_setting("statement_timeout"), *_set(settings))).scalar_one()
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, QueryCanceled):
            raise Invalid(TOO_SLOW) from error
        raise
    finally:
        if not driver(c).has_failed:  # else the transaction ends here, and the settings with it
            c.execute(select(*_set({"statement_timeout": before, READER: work.reader})))


def _set(settings: Mapping[str, str]) -> list[ColumnElement[str]]:
    return [func.set_config(name, value, _TRUE) for name, value in settings.items()]


def _span(row: Any, now: datetime) -> timedelta:
    """Return in which time so many cases were opened: where there are few, in all the time that there has been."""
    return LONG if row.cases < ROUGHLY else now - row.since


def _candidate(row: Any, count: int) -> Candidate:
    places = [Place(row[3 + number] or 0) for number in range(count)]
    everywhere, anywhere = places[0], Place(0)
    for of_word in places:
        everywhere &= of_word
        anywhere |= of_word
    return Candidate(row.case_id, row.mailbox_id, row.opened_at, everywhere, anywhere)


def _inlined(word: int) -> ColumnElement[int]:
    """Write the word into the statement: a plan that is made once for all words fits none of them."""
    return literal(word, BigInteger, literal_execute=True)
