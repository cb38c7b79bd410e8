"""Searching without reading: keyed hashes of words find cases whose texts stay sealed.

What people search for is found by `finding`, which a job fills after the commit. Besides there is an older index of
subjects, names and references, whole words only, that is written with the case itself: placing an incoming message
asks it, and so do the functions for systems. It also finds what the job has not come to.
"""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

import structlog
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Uuid,
    any_,
    func,
    literal,
    select,
)

from budkavle.accounts.permissions import my_mailboxes, require_member, require_reader
from budkavle.cases.finding.index import is_unfinished
from budkavle.cases.finding.limits import Limits
from budkavle.cases.finding.query import PAGE, Hit, HitPage, Searcher
from budkavle.cases.finding.words import Place, Term, terms
from budkavle.cases.inbox import as_cases, rows_of_cases
from budkavle.cases.tokens import words as split
from budkavle.logs import describe
from budkavle.model.errors import Invalid
from budkavle.model.mailboxes import Case
from budkavle.model.states import CaseState
from budkavle.storage import case_log
from budkavle.storage.events.traces import record_once
from budkavle.storage.pipeline import savepoint
from budkavle.storage.platform import Work
from budkavle.storage.tables import case_words, cases, mailboxes, search_cases

SCOPE = (
    "Sökningen går i ämnen, texter, bilagor och anteckningar, med hela ord i alla böjningar. I ämnen, namn, referenser "
    "och ärendenummer räcker början av ordet, minst tre tecken. Inskannade sidor, papperskorgen och ärenden som "
    "du inte har behörighet till genomsöks inte."
)
"""What a page of results says about itself."""
UNFINISHED = "Alla ärenden har inte kommit med i sökningen än, så träffar kan saknas. Sök igen om en stund."
FEW = 500
"""So many cases are looked up by their keys; the planner would rather read all of them than thousands."""
MOST_EVERYWHERE = 5_000
"""So many cases that have the words are put in order, where the whole organisation is searched."""
NO_WORD = "Skriv minst ett ord att söka efter."
BY_NUMBER = "budkavle_cases_by_number"
log = structlog.get_logger("budkavle.cases.search")


def search(work: Work, words: str, *, mailbox_id: UUID | None = None, limit: int = 50) -> list[Case]:
    """Return the cases that have all the words, the latest first; never those in the bin.

    One whose subject this reader sees masked is found by its number and by whom it is with, and by nothing else.

    Args:
        work: The unit of work; its actor is who searches; only mailboxes that the actor is a member of are searched.
        words: Words in any order and form, beginnings of words, a case number, or a number that a plugin knows the
            case by.
        mailbox_id: Only in this mailbox.
        limit: At most so many.

    Raises:
        Invalid: There is no word to search for, or it takes too long.
        NotFound: The actor is no member of the mailbox.
    """
    if mailbox_id is not None:
        require_member(work, mailbox_id)
    limits = Limits(mailboxes=frozenset([mailbox_id] if mailbox_id else []))
    searcher = Searcher(work, terms_of(words))
    return [hit.case for hit in find_hits(work, searcher, words, limits, limit=limit).hits]


def find_hits(
    work: Work, searcher: Searcher, words: str, limits: Limits, cursor: str = "", limit: int = PAGE
) -> HitPage:
    """Return a page of hits; the first also has what is found by a number, and what is not in the index yet.

    Args:
        work: The unit of work of the search.
        searcher: Made with `terms_of` the words.
        words: As they were typed.
        limits: Which hits are shown.
        cursor: The `after` of the page before; empty for the first.
        limit: The most hits.
    """
    page = searcher.page(limits, cursor, limit)
    if cursor:
        return page
    _note_search(work, words)
    within = [box for box in searcher.mailboxes if not limits.mailboxes or box in limits.mailboxes]
    numbered = {*_numbered(work, within, words.strip()), *cases_by_number(work, words.strip())}
    new = {*_not_indexed(work, within, words)} if limits == Limits(mailboxes=limits.mailboxes) else set[UUID]()
    missing = list((numbered | new) - {hit.case.id for hit in page.hits})
    if not missing:
        _note_try(work, words, page.hits)
        return page
    conditions = (_one_of(cases.c.id, missing), _one_of(cases.c.mailbox_id, within), cases.c.messages > 0)
    query = rows_of_cases(work.actor).where(*conditions, cases.c.state != CaseState.BINNED.value).limit(limit)
    listed = as_cases(work, work.connection.execute(query).all())
    allowed = searcher.allowed([case for case in listed if case.id not in numbered])
    first = [
        Hit(case, Place.NAME if case.id in numbered else Place.SUBJECT)
        for case in listed
        if case.id in numbered or case.id in allowed
    ]
    first.sort(key=lambda hit: (hit.case.opened_at, hit.case.id), reverse=True)
    both = sorted([*first, *page.hits], key=lambda hit: (hit.case.opened_at, hit.case.id), reverse=True)
    _note_try(work, words, both)
    return HitPage(both if page.after else both[:limit], page.after)


def _note_search(work: Work, words: str) -> None:
    """Record that a user searched, without the words; other limits of the same search are not recorded."""
    if (user_id := work.actor.user_id) is not None:
        # One hash of them all: it fits an index, and says of no word whether it was searched for.
        (mark,) = work.vault.word_hashes(work.organisation_id, [" ".join(sorted(split(words)))], work.connection)
        record_once(work, "user.searched", user_id, str(mark))


def _note_try(work: Work, words: str, hits: Sequence[Hit]) -> None:
    """Record that a user searched for the number of a case that is restricted to others."""
    if not hits and any(character.isdigit() for character in words):
        case_log.note_refused(work, number=words.strip())


def terms_of(words: str) -> list[Term]:
    """Return the search words.

    Raises:
        Invalid: There is none.
    """
    searched = terms(words)
    if not searched:
        raise Invalid(NO_WORD, fields={"words": "Ett ord har minst två tecken."})
    return searched


def _not_indexed(work: Work, within: Sequence[UUID], words: str) -> list[UUID]:
    """Return cases that wait to be written into the index, and have all the words whole in what was there before."""
    hashes = work.vault.word_hashes(work.organisation_id, sorted(split(words)), work.connection)
    if not hashes or not within:
        return []
    c = search_cases.c
    waiting = select(c.case_id).where(c.organisation_id == work.organisation_id, c.mark != c.done)
    ids = list(work.connection.execute(waiting.order_by(c.marked_at.desc()).limit(FEW)).scalars())
    new = _having(work, within, ids, hashes) if ids else []
    return [*new, *with_words(work, within, hashes, FEW)] if is_unfinished(work) else new


def search_everything(work: Work, words: str, *, also: Collection[UUID] = (), limit: int = 50) -> list[Case]:
    """Return the cases of a whole organisation that have all the words, also those in the bin.

    For who judges all that there is, such as what must not be destroyed, or what there is about a person. Cases of a
    deleted mailbox are left out, unless the actor has READ_DELETED too.

    Args:
        work: In the organisation.
        words: Whole words in any order, a case number, or a number that a plugin knows the case by.
        also: Cases that are returned all the same, such as those that `search_texts` has found.
        limit: At most so many, the latest first.

    Raises:
        Forbidden: The actor is no system actor with READ.
        Invalid: There is no word to search for.
    """
    require_reader(work.actor)
    searched, number = _searched(words), words.strip()
    hashes = work.vault.word_hashes(work.organisation_id, sorted(searched), work.connection)
    places = _mine(work)
    ids = with_words(work, places, hashes, MOST_EVERYWHERE)
    ids += [*_numbered(work, places, number), *cases_by_number(work, number), *also]
    within = (_one_of(cases.c.id, ids), _one_of(cases.c.mailbox_id, places), cases.c.messages > 0)
    query = rows_of_cases(work.actor).where(*within)
    return as_cases(work, work.connection.execute(query.limit(limit)).all())


def cases_by_number(work: Work, number: str) -> list[UUID]:
    """Return cases that plugins know by a number, such as that of a register; the caller checks who may see them.

    A plugin that fails is logged and passed over.
    """
    plugins, ids = work.platform.plugins, list[UUID]()
    for name in plugins.implementing(BY_NUMBER):
        try:
            with savepoint(work.connection):
                answers: list[Iterable[UUID]] = plugins.ask_one(name, BY_NUMBER, work=work, number=number)
                ids += [case_id for answer in answers for case_id in answer]
        except Exception as error:  # noqa: BLE001 - a plugin fails alone
            log.warning("plugin.failed", plugin=name, hook=BY_NUMBER, **describe(error))
    return ids[:FEW]


def with_words(work: Work, places: Sequence[UUID], hashes: Sequence[int], limit: int) -> list[UUID]:
    """Return cases of these mailboxes that have all the words, in no order.

    Args:
        work: The unit of work.
        places: The mailboxes.
        hashes: The words (`Vault.word_hashes`), at least one.
        limit: At most so many.
    """
    first, *others = [case_words.alias(f"word_{number}") for number in range(len(hashes))]
    joined: FromClause = first
    for table in others:
        joined = joined.join(table, (table.c.mailbox_id == first.c.mailbox_id) & (table.c.case_id == first.c.case_id))
    query = select(first.c.case_id).select_from(joined).where(_one_of(first.c.mailbox_id, places))
    for table, word in zip((first, *others), hashes, strict=True):
        query = query.where(table.c.organisation_id == work.organisation_id, table.c.word == _inlined(word))
    return list(work.connection.execute(query.limit(limit)).scalars())


def cases_with_words(work: Work, mailbox_ids: Collection[UUID], case_ids: Collection[UUID], words: str) -> set[UUID]:
    """Return those of some cases that have all the words, by the blind index: no content is opened.

    Args:
        work: In the organisation whose cases they are.
        mailbox_ids: The mailboxes that they lie in.
        case_ids: The cases.
        words: Whole words, such as a name. Without a word no case has them.

    Raises:
        Forbidden: The actor is no system actor with READ.
    """
    require_reader(work.actor)
    hashes = work.vault.word_hashes(work.organisation_id, sorted(split(words)), work.connection)
    if not hashes or not case_ids:
        return set()
    return set(_having(work, list(mailbox_ids), list(case_ids), hashes))


def _having(work: Work, within: Sequence[UUID], ids: Sequence[UUID], hashes: Sequence[int]) -> list[UUID]:
    """Return those of some cases that have all the words, by what was written with them."""
    query = select(case_words.c.case_id).where(
        case_words.c.organisation_id == work.organisation_id,
        case_words.c.word.in_(hashes),
        _one_of(case_words.c.mailbox_id, within),
        _one_of(case_words.c.case_id, ids),
    )
    query = query.group_by(case_words.c.case_id).having(func.count() == len(hashes))
    return list(work.connection.execute(query).scalars())


def _searched(words: str) -> set[str]:
    searched = split(words)
    if not searched:
        raise Invalid(NO_WORD, fields={"words": "Ett ord har minst två tecken."})
    return searched


def _mine(work: Work) -> list[UUID]:
    return list(work.connection.execute(select(mailboxes.c.id).where(my_mailboxes(work.actor))).scalars())


def _numbered(work: Work, places: Sequence[UUID], number: str) -> list[UUID]:
    conditions = (cases.c.organisation_id == work.organisation_id, _one_of(cases.c.mailbox_id, places))
    return list(work.connection.execute(select(cases.c.id).where(*conditions, cases.c.number == number)).scalars())


def _inlined(word: int) -> ColumnElement[int]:
    """Write the word into the statement: a plan that is made once for all words fits none of them."""
    return literal(word, BigInteger, literal_execute=True)


def _one_of(column: ColumnElement[UUID], ids: Sequence[UUID]) -> ColumnElement[bool]:
    return column == any_(literal(ids, ARRAY(Uuid)))
