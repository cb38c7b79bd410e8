"""Queries of the index: cases that have all the words, the latest first, page by page, as far as the reader may see."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, func, literal, select

from budkavle.accounts.permissions import delegated, my_mailboxes
from budkavle.cases.finding.limits import Limits, Start
from budkavle.cases.finding.texts import gather
from budkavle.cases.finding.walk import Candidate, existing, rarest_first, walk
from budkavle.cases.finding.words import NOWHERE, Place, Term, holds_all
from budkavle.cases.inbox import as_cases, before_delegation, rows_of_cases
from budkavle.model.mailboxes import Case
from budkavle.storage.platform import Work
from budkavle.storage.tables import case_tags, cases, mailboxes

PAGE: Final = 25
MOST_COUNTED: Final = 300
"""The most hits that are counted by mailbox; beyond that, the page says that there are more."""
ROUNDS: Final = 5
"""How many times a page is filled up with hits that the reader may see."""
_NIL: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that has the words.

    Attributes:
        places: Where all the words occur; if nowhere, where some of them do.
    """

    case: Case
    places: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class HitPage:
    """A page of hits.

    Attributes:
        after: The cursor of the next page; empty at the end.
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
        query = select(mailboxes.c.id).where(my_mailboxes(work.actor))
        self.mailboxes: Sequence[UUID] = list(work.connection.execute(query).scalars())
        self._words = rarest_first(work, _hashes(work, terms))
        self._first: tuple[Limits, Sequence[Candidate], bool] | None = None

    def page(self, limits: Limits, cursor: str = "", limit: int = PAGE) -> HitPage:
        """Return a page of hits, the latest opened first.

        Raises:
            Invalid: It takes too long, or the cursor is not valid.
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
        # If none of these may be shown, the address does not reveal the last case.
        return HitPage(hits, str(last if hits else Start(place.opened_at, _NIL)) if place else "")

    def among(self, limits: Limits, case_ids: Collection[UUID]) -> list[Hit]:
        """Return those of some cases that are hits, the latest opened first.

        Raises:
            Invalid: It takes too long.
        """
        condition = cases.c.id == any_(literal(list(case_ids), ARRAY(Uuid)))
        opened = select(cases.c.opened_at).where(cases.c.organisation_id == self._work.organisation_id, condition)
        moments = frozenset(self._work.connection.execute(opened).scalars()) if case_ids else frozenset()
        within = replace(limits, cases=frozenset(case_ids), moments=moments)
        return list(self.page(within, limit=len(case_ids)).hits) if moments else []

    def candidates(self, limits: Limits, place: Start | None, limit: int) -> Sequence[Candidate]:
        """Return cases that have all the words, the latest opened first; reuses what counting has already read."""
        if place is None and self._first is not None:
            same, met, is_whole = self._first
            if same == limits and (is_whole or len(met) >= limit):
                return met[:limit]
        within = [box for box in self.mailboxes if not limits.mailboxes or box in limits.mailboxes]
        if not within or not self._words:
            return []
        met = walk(self._work, self._words, within, limits, place, limit)
        if place is None:
            self._first = limits, met, len(met) < limit
        return met

    def _shown(self, candidates: Sequence[Candidate]) -> dict[UUID, Case]:
        """Return those of the cases that the reader may know to match."""
        ids = [candidate.id for candidate in candidates]
        if not ids:
            return {}
        query = rows_of_cases(self._work.actor).where(
            cases.c.id == any_(literal(ids, ARRAY(Uuid))), cases.c.messages > 0, cases.c.state != "binned"
        )
        return self.allowed(as_cases(self._work, self._work.connection.execute(query).all()))

    def allowed(self, listed: Sequence[Case]) -> dict[UUID, Case]:
        """Return the cases by id where the reader sees the words: not masked, and not from before the delegation."""
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


def _hashes(work: Work, terms: Sequence[Term]) -> list[list[int]]:
    """Return the index's hashes of each word; any of them means that a case has the word."""

    def hashed(tokens: Iterable[str]) -> list[int]:
        return work.vault.word_hashes(work.organisation_id, tokens, work.connection)

    longer = [hashed(term.longer_tokens) for term in terms]
    present = existing(work, [word_hash for of_term in longer for word_hash in of_term])
    return [
        hashed(term.tokens) + [word_hash for word_hash in of_term if word_hash in present]
        for term, of_term in zip(terms, longer, strict=True)
    ]


def count_everywhere(
    searcher: Searcher, work: Work, period: Limits | None = None
) -> tuple[list[tuple[Candidate, Any]], bool]:
    """Return the latest hits with the columns that the filters need, and whether there are more than are counted.

    Hits that the reader may not know of are not counted.

    Args:
        searcher: The search.
        work: Its unit of work.
        period: Only hits within these limits.
    """
    counted: list[tuple[Candidate, Any]] = []
    place: Start | None = None
    for _ in range(ROUNDS):
        candidates = searcher.candidates(period or Limits(), place, MOST_COUNTED + 1)
        rows = _countable(work, [candidate.id for candidate in candidates])
        counted += [(candidate, rows[candidate.id]) for candidate in candidates if candidate.id in rows]
        if len(counted) > MOST_COUNTED or len(candidates) <= MOST_COUNTED:
            break
        place = Start(candidates[-1].opened_at, candidates[-1].id)
    return counted[:MOST_COUNTED], len(counted) > MOST_COUNTED


def _countable(work: Work, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Return the columns that the filters need, by id, of the cases that the reader may know to match."""
    if not ids:
        return {}
    tagged = select(func.array_agg(case_tags.c.tag_id)).where(
        case_tags.c.organisation_id == cases.c.organisation_id, case_tags.c.case_id == cases.c.id
    )
    columns = (cases.c.id, cases.c.mailbox_id, cases.c.state, cases.c.channel, cases.c.holder_id, cases.c.opened_at)
    query = select(*columns, tagged.scalar_subquery().label("tags")).where(
        cases.c.organisation_id == work.organisation_id,
        cases.c.id == any_(literal(list(ids), ARRAY(Uuid))),
        cases.c.messages > 0,
        cases.c.state != "binned",
        cases.c.loa <= int(work.actor.loa),
        ~before_delegation(work.actor),
    )
    return {row.id: row for row in work.connection.execute(query).all()}
