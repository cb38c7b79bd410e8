"""Searching without reading: keyed hashes of words find cases whose texts stay sealed.

The index holds subjects, names of senders and recipients, references and persons, whole words only; the texts of
messages are not in it, and the pages say so with `SCOPE`.

It costs the same at any size of the organisation. Words that few cases have are looked up, and the cases by their
keys; where many have them, the latest cases are gone through until there are enough.
"""

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

import structlog
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
    select,
    text,
    true,
)

from budkavle.accounts.permissions import delegated, my_mailboxes, require_member, require_reader
from budkavle.cases import message_store
from budkavle.cases.inbox import as_cases, before_delegation, rows_of_cases
from budkavle.cases.tokens import words as split
from budkavle.logs import describe
from budkavle.model.errors import Invalid
from budkavle.model.mailboxes import Case
from budkavle.model.people import Actor
from budkavle.storage.pipeline import savepoint
from budkavle.storage.platform import Work
from budkavle.storage.tables import case_words, cases, mailboxes

SCOPE = (
    "Sökningen går i ämnen, namn, referenser och ärendenummer, med hela ord. "
    "Meddelandenas text och bilagor är krypterade och genomsöks inte."
)
"""What a page of results says about itself."""
FEW = 500
"""So many cases are looked up by their keys; the planner would rather read all of them than thousands."""
MOST_EVERYWHERE = 5_000
"""So many cases that have the words are put in order, where the whole organisation is searched."""
_LIVE = text("cases.messages > 0 AND cases.state <> 'binned'")
"""In the very words of the index `cases_active`."""
BY_NUMBER = "budkavle_cases_by_number"
log = structlog.get_logger("budkavle.cases.search")


def search(work: Work, words: str, *, mailbox_id: UUID | None = None, limit: int = 50) -> list[Case]:
    """Return the cases that have all the words, the latest first; never those in the bin.

    One whose subject this reader sees masked is found by its number and by whom it is with, and by nothing else.

    Args:
        work: The unit of work; its actor is who searches; only mailboxes that the actor is a member of are searched.
        words: Whole words in any order, a case number, or a number that a plugin knows the case by.
        mailbox_id: Only in this mailbox.
        limit: At most so many.

    Raises:
        Invalid: There is no word to search for.
        NotFound: The actor is no member of the mailbox.
    """
    searched, number = _searched(words), words.strip()
    hashes = work.vault.word_hashes(work.organisation_id, sorted(searched))
    if mailbox_id is not None:
        require_member(work, mailbox_id)
    places = [mailbox_id] if mailbox_id else _mine(work)
    numbered = {*_numbered(work, places, number), *cases_by_number(work, number)}
    ids = [*numbered, *_latest(work, places, hashes, limit)]
    within = (_one_of(cases.c.id, ids), _one_of(cases.c.mailbox_id, places), _LIVE)
    rows = work.connection.execute(rows_of_cases(work.actor).where(*within).limit(limit)).all()
    results = _visible(work, as_cases(work, rows), frozenset(hashes), numbered)
    return [
        case for case in results if not _masked(work.actor, case) or case.id in numbered or _shows_words(case, searched)
    ]


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
    """Return cases that plugins know by a number, such as that of a register; whoever asks judges who may see them.

    A plugin that fails is logged and passed over.
    """
    plugins, ids = work.platform.plugins, list[UUID]()
    for name in plugins.implementing(BY_NUMBER):
        try:
            with savepoint(work.connection):
                answers: list[Iterable[UUID]] = plugins.call_one(name, BY_NUMBER, work=work, number=number)
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
    query = select(case_words.c.case_id).where(
        case_words.c.organisation_id == work.organisation_id,
        case_words.c.word.in_(hashes),
        _one_of(case_words.c.mailbox_id, list(mailbox_ids)),
        _one_of(case_words.c.case_id, list(case_ids)),
    )
    query = query.group_by(case_words.c.case_id).having(func.count() == len(hashes))
    return set(work.connection.execute(query).scalars())


def _searched(words: str) -> set[str]:
    searched = split(words)
    if not searched:
        raise Invalid("Skriv minst ett ord att söka efter.", fields={"words": "Ett ord har minst två tecken."})
    return searched


def _mine(work: Work) -> list[UUID]:
    return list(work.connection.execute(select(mailboxes.c.id).where(my_mailboxes(work.actor))).scalars())


def _numbered(work: Work, places: Sequence[UUID], number: str) -> list[UUID]:
    conditions = (cases.c.organisation_id == work.organisation_id, _one_of(cases.c.mailbox_id, places))
    return list(work.connection.execute(select(cases.c.id).where(*conditions, cases.c.number == number)).scalars())


def _latest(work: Work, places: Sequence[UUID], hashes: Sequence[int], limit: int) -> list[UUID]:
    """Return the latest cases that have all the words."""
    few = with_words(work, places, hashes, FEW)
    if len(few) < FEW:
        query = _in_order(work.actor).where(_one_of(cases.c.id, few)).limit(limit)
        return list(work.connection.execute(query).scalars())
    place = func.unnest(literal(places, ARRAY(Uuid))).table_valued("id", name="place").render_derived()
    each = _in_order(work.actor).add_columns(cases.c.active_at).where(cases.c.mailbox_id == place.c.id)
    latest = each.where(*(_has(word) for word in hashes)).limit(limit).correlate(place).lateral("latest")
    query = select(latest.c.id).select_from(place.join(latest, true()))
    query = query.order_by(latest.c.active_at.desc(), latest.c.id.desc()).limit(limit)
    return list(work.connection.execute(query).scalars())


def _in_order(actor: Actor) -> Select[UUID]:
    query = select(cases.c.id).where(cases.c.organisation_id == actor.organisation_id, _LIVE, ~before_delegation(actor))
    return query.order_by(cases.c.active_at.desc(), cases.c.id.desc())


def _has(word: int) -> ColumnElement[bool]:
    """Return the condition that a case has the word, as a value: the planner asks it of one case after the other."""
    columns = case_words.c
    key = (columns.organisation_id == cases.c.organisation_id, columns.mailbox_id == cases.c.mailbox_id)
    return select(true()).where(*key, columns.case_id == cases.c.id, columns.word == _inlined(word)).scalar_subquery()


def _inlined(word: int) -> ColumnElement[int]:
    """Write the word into the statement: a plan that is made once for all words fits none of them."""
    return literal(word, BigInteger, literal_execute=True)


def _one_of(column: ColumnElement[UUID], ids: Sequence[UUID]) -> ColumnElement[bool]:
    return column == any_(literal(ids, ARRAY(Uuid)))


def _visible(work: Work, candidates: list[Case], hashes: AbstractSet[int], numbered: AbstractSet[UUID]) -> list[Case]:
    """Return the cases that are found by what the actor may see, where only new messages are shown."""
    since = (
        {mailbox_id: terms.since for mailbox_id, terms in delegated(work).items() if terms.since} if candidates else {}
    )

    def shown(case: Case) -> bool:
        if case.mailbox_id not in since or case.id in numbered:
            return True
        words = message_store.case_words(work, case.id, since[case.mailbox_id])
        return hashes <= set(words)

    return [case for case in candidates if shown(case)]


def _masked(actor: Actor, case: Case) -> bool:
    return case.recalled or not actor.may_read_at(case.loa)


def _shows_words(case: Case, searched: Collection[str]) -> bool:
    """Tell whether the words stand in what the reader sees of a masked case: with whom it is."""
    return split(case.counterpart).issuperset(searched)
