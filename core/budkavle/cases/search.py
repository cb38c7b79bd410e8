"""Search without reading: keyed hashes of words find cases whose texts stay encrypted.

`finding` answers users' searches from an index that a job fills after the commit. There is also an older index of
subjects, names and references, with whole words only, which is written together with the case. It is used to place
incoming messages and by the functions for systems. It also finds cases that the job has not reached yet.
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
"""The description on a page of results."""
UNFINISHED = "Alla ärenden har inte kommit med i sökningen än, så träffar kan saknas. Sök igen om en stund."
FEW = 500
"""How many cases are looked up by key; for thousands the planner would read them all instead."""
MOST_EVERYWHERE = 5_000
"""The most matching cases that are sorted when the whole organisation is searched."""
NO_WORD = "Skriv minst ett ord att söka efter."
BY_NUMBER = "budkavle_cases_by_number"
log = structlog.get_logger("budkavle.cases.search")


def search(work: Work, words: str, *, mailbox_id: UUID | None = None, limit: int = 50) -> list[Case]:
    """Return the cases that have all the words, the latest first; never those in the bin.

    A case with a masked subject for this reader is found by its number and its counterpart, and by nothing else.

    Args:
        work: The unit of work; only mailboxes that its actor is a member of are searched.
        words: Words in any order and form, beginnings of words, a case number, or a number that a plugin knows the
            case by.
        mailbox_id: Only in this mailbox.
        limit: The most cases.

    Raises:
        Invalid: There is no word to search for, or it takes too long.
        NotFound: The actor is not a member of the mailbox.
    """
    if mailbox_id is not None:
        require_member(work, mailbox_id)
    limits = Limits(mailboxes=frozenset([mailbox_id] if mailbox_id else []))
    searcher = Searcher(work, terms_of(words))
    return [hit.case for hit in find_hits(work, searcher, words, limits, limit=limit).hits]


def find_hits(
    work: Work, searcher: Searcher, words: str, limits: Limits, cursor: str = "", limit: int = PAGE
) -> HitPage:
    """Return a page of hits; the first page also has cases found by number, and cases not indexed yet.

    Args:
        work: The unit of work of the search.
        searcher: Made with `terms_of` the words.
        words: As typed.
        limits: Which hits are shown.
        cursor: The `after` of the previous page; empty for the first.
        limit: The most hits.
    """
    page = searcher.page(limits, cursor, limit)
    if cursor:
        return page
    _note_search(work, words)
    within = [box for box in searcher.mailboxes if not limits.mailboxes or box in limits.mailboxes]
    numbered = {*_numbered(work, within, words.strip()), *cases_by_number(work, words.strip())}
    unindexed = {*_not_indexed(work, within, words)} if limits == Limits(mailboxes=limits.mailboxes) else set[UUID]()
    missing = list((numbered | unindexed) - {hit.case.id for hit in page.hits})
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
    merged = sorted([*first, *page.hits], key=lambda hit: (hit.case.opened_at, hit.case.id), reverse=True)
    _note_try(work, words, merged)
    return HitPage(merged if page.after else merged[:limit], page.after)


def _note_search(work: Work, words: str) -> None:
    """Record that a user searched, without the words; the same search with other filters is not recorded again."""
    if (user_id := work.actor.user_id) is not None:
        # One hash of all words: it fits an index, and does not reveal whether a single word was searched for.
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
    """Return cases that wait to be indexed, and have all the words as whole words in the older index."""
    hashes = work.vault.word_hashes(work.organisation_id, sorted(split(words)), work.connection)
    if not hashes or not within:
        return []
    c = search_cases.c
    waiting = select(c.case_id).where(c.organisation_id == work.organisation_id, c.mark != c.done)
    ids = list(work.connection.execute(waiting.order_by(c.marked_at.desc()).limit(FEW)).scalars())
    new = _having(work, within, ids, hashes) if ids else []
    return [*new, *with_words(work, within, hashes, FEW)] if is_unfinished(work) else new


def search_everything(work: Work, words: str, *, also: Collection[UUID] = (), limit: int = 50) -> list[Case]:
    """Return the cases of a whole organisation that have all the words, including those in the bin.

    For actors that need everything, such as what must not be destroyed, or what concerns a person. Cases of a deleted
    mailbox are left out, unless the actor has READ_DELETED too.

    Args:
        work: In the organisation.
        words: Whole words in any order, a case number, or a number that a plugin knows the case by.
        also: Cases to return in any case, such as those that `search_texts` has found.
        limit: The most cases, the latest first.

    Raises:
        Forbidden: The actor is not a system actor with READ.
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
    """Return cases that plugins know by a number, such as a register's; the caller checks who may see them.

    A plugin that fails is logged and skipped.
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
        limit: The most cases.
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
    """Return those of some cases that have all the words, by the blind index: no content is decrypted.

    Args:
        work: In the organisation of the cases.
        mailbox_ids: Their mailboxes.
        case_ids: The cases.
        words: Whole words, such as a name. Without words, no case matches.

    Raises:
        Forbidden: The actor is not a system actor with READ.
    """
    require_reader(work.actor)
    hashes = work.vault.word_hashes(work.organisation_id, sorted(split(words)), work.connection)
    if not hashes or not case_ids:
        return set()
    return set(_having(work, list(mailbox_ids), list(case_ids), hashes))


def _having(work: Work, within: Sequence[UUID], ids: Sequence[UUID], hashes: Sequence[int]) -> list[UUID]:
    """Return those of some cases that have all the words in the older index."""
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
    """Write the word into the statement as a literal: one plan for all words would fit none of them."""
    return literal(word, BigInteger, literal_execute=True)


def _one_of(column: ColumnElement[UUID], ids: Sequence[UUID]) -> ColumnElement[bool]:
    return column == any_(literal(ids, ARRAY(Uuid)))
