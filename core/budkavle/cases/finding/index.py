"""Writing the words of cases into the index: a job does it after the commit, many cases at a time.

A trigger marks each case that changes (`search_cases`), and removes its words at once if part of its content is
deleted. The job reads the texts outside of any transaction, and writes only cases that have not changed meanwhile. So
it may be killed at any moment, and two of them do no harm.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import Any, Final, TypeAlias
from uuid import UUID

import structlog

from budkavle.cases import attachments
from budkavle.cases.finding.files import texts_of_files
from budkavle.cases.finding.texts import CaseTexts, gather
from budkavle.cases.finding.words import Place, tokens
from budkavle.logs import describe
from budkavle.model.errors import Unavailable
from budkavle.model.people import CORE_NAME, ActorScope, SystemActor
from budkavle.plugins.protocols.job import Job
from budkavle.storage.pipeline import QueryFile, ResultRow, Statement
from budkavle.storage.platform import Platform, Work, run_for_each

BATCH: Final = 25
"""Cases that are read and written in one batch."""
OLD_BATCH: Final = 500
"""Old cases that are marked in one batch."""
MOST_TOKENS: Final = 8_000
"""The most tokens of one case; a longer one is found by its first tokens."""
AGAIN: Final = timedelta(minutes=10)
"""How long a case waits that could not be read."""
EVERY: Final = timedelta(seconds=1)
log = structlog.get_logger("budkavle.cases.finding")


class _Queries(QueryFile):
    find_organisations: Statement
    list_waiting: Statement
    lock_cases: Statement
    delete_words: Statement
    write_words: Statement
    change_places: Statement
    postpone: Statement
    mark_case: Statement
    mark_old: Statement
    end_backfill: Statement
    is_unfinished: Statement


QUERIES = _Queries.load()
_Word: TypeAlias = tuple[int, int, int]
"""A hash, the number of its case, and the places where it occurs."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A case that has been read: the mark that it had, and its hashes with their places."""

    id: UUID
    mark: int
    places: Mapping[int, int]


def jobs(platform: Platform) -> list[Job]:
    """Return the periodic job."""
    return [Job("search-index", partial(_fill, platform), EVERY)]


def _fill(platform: Platform) -> int:
    """Write a batch. Ask to run again at once only after a full batch, so that single cases gather into batches."""
    done = index_cases(platform)
    return done if done >= BATCH else 0


def index_cases(platform: Platform) -> int:
    """Index the waiting cases of every organisation, one batch in each; return how many."""
    with platform.database.transaction(None) as connection:
        rows = QUERIES.find_organisations.all(connection, {})
    return run_for_each((row.id for row in rows), lambda one: index_waiting(platform, one, BATCH))


def index_waiting(platform: Platform, organisation_id: UUID, limit: int) -> int:
    """Index waiting cases; if there are none, mark old ones. Return how many."""
    actor = SystemActor(organisation_id, CORE_NAME, frozenset({ActorScope.READ, ActorScope.RESTRICTED}))
    parameters = {"organisation": organisation_id, "limit": limit}
    with platform.work(actor) as work:
        waiting = QUERIES.list_waiting.all(work.connection, parameters)
        if not waiting:
            return _mark_old(work)
    try:
        _index(platform, actor, waiting)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one case that cannot be read must not stop the others
        if len(waiting) > 1:
            return sum(_index_alone(platform, actor, row) for row in waiting)
        _put_off(platform, actor, waiting[0], error)
    return len(waiting)


def mark_case_changed(work: Work, case_id: UUID, *, forget: bool = False) -> None:
    """Mark a case after a plugin's content in it has changed, so that it is indexed again.

    Args:
        work: The unit of work of the change.
        case_id: The case.
        forget: Whether content was deleted: the case is then not found until it has been indexed again.
    """
    QUERIES.mark_case.enqueue(
        work.connection, {"organisation": work.organisation_id, "case": case_id, "forgets": forget}
    )


def is_unfinished(work: Work) -> bool:
    """Tell whether cases are still missing from the index."""
    return bool(QUERIES.is_unfinished.one(work.connection, {"organisation": work.organisation_id}).unfinished)


def places_of(
    case: CaseTexts, file_texts: Sequence[str], cut: Callable[[str, Place], Iterable[str]], most: int = MOST_TOKENS
) -> dict[str, int]:
    """Return the tokens that the index stores for a case, not yet hashed, each with its places.

    Args:
        case: The case's texts.
        file_texts: The texts of its files.
        cut: Splits a text into tokens.
        most: The most tokens; the first ones are kept.
    """
    places: dict[str, int] = {}
    for text, place in sorted(case.texts, key=lambda pair: pair[1]) + [(text, Place.FILE) for text in file_texts]:
        place_bit = place.value
        for token in cut(text, place):
            if token in places:
                places[token] |= place_bit
            elif len(places) < most:
                places[token] = place_bit
    return places


def _index_alone(platform: Platform, actor: SystemActor, row: ResultRow) -> int:
    try:
        _index(platform, actor, [row])
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        _put_off(platform, actor, row, error)
    return 1


def _put_off(platform: Platform, actor: SystemActor, row: ResultRow, error: Exception) -> None:
    log.error("search.not_indexed", case=str(row.id), **describe(error))
    parameters = {"organisation": actor.organisation_id, "case": row.id, "mark": row.mark, "pause": AGAIN}
    with platform.work(actor) as work:
        QUERIES.postpone.enqueue(work.connection, parameters)


def _index(platform: Platform, actor: SystemActor, waiting: Sequence[ResultRow]) -> None:
    with platform.work(actor) as work:
        gathered = gather(work, [row.id for row in waiting])
    files = [file for case in gathered.values() for file in case.files]
    in_files, _ = texts_of_files(files, partial(attachments.open_file, platform, actor.organisation_id))
    # Names occur in many cases of a batch: they are split once, and shared tokens are hashed once.
    cut = cache(lambda text, place: tuple(tokens(text, place)))
    places = {}
    for row in waiting:
        case = gathered.get(row.id, CaseTexts())
        places[row.id] = places_of(case, [in_files[file.id] for file in case.files if file.id in in_files], cut)
    distinct = list(dict.fromkeys(token for of_case in places.values() for token in of_case))
    with platform.work(actor) as work:
        hashes = dict(zip(distinct, work.vault.word_hashes(actor.organisation_id, distinct), strict=True))
    cases = [
        _Read(row.id, row.mark, {hashes[token]: place for token, place in places[row.id].items()}) for row in waiting
    ]
    # Cases lost in a crash are still marked, so they are written again.
    with platform.work(actor, durable=False) as work:
        _write(work, {case.id: case for case in cases})


def _write(work: Work, read: Mapping[UUID, _Read]) -> None:
    organisation = {"organisation": work.organisation_id}
    keys = {**organisation, "ids": list(read), "marks": [case.mark for case in read.values()]}
    locked = QUERIES.lock_cases.all(work.connection, keys)
    lost = [(word, row.id, row.opened_at) for row in locked for word in row.words if word not in read[row.id].places]
    if lost:
        stale, of, opened = (list(column) for column in zip(*lost, strict=True))
        QUERIES.delete_words.enqueue(work.connection, {**organisation, "words": stale, "ids": of, "opened": opened})
    if locked:
        added, known = _split(locked, read)
        if known:
            QUERIES.change_places.enqueue(work.connection, {**organisation, **_columns(locked, known)})
        QUERIES.write_words.enqueue(
            work.connection, {**organisation, **_columns(locked, added + known), "new": len(added)}
        )


def _split(locked: Sequence[ResultRow], read: Mapping[UUID, _Read]) -> tuple[list[_Word], list[_Word]]:
    """Return the words of cases that are not in the table yet, and those that are; the case's row tells which."""
    new_words, known_words = list[_Word](), list[_Word]()
    for number, row in enumerate(locked, 1):
        present = set(row.words)
        for word, places in read[row.id].places.items():
            (known_words if word in present else new_words).append((word, number, places))
    return new_words, known_words


def _columns(locked: Sequence[ResultRow], words: Sequence[_Word]) -> dict[str, list[Any]]:
    """Return cases and words as arrays; a word refers to its case by number, so that ids are sent once."""
    return {
        "ids": [row.id for row in locked],
        "opened": [row.opened_at for row in locked],
        "mailboxes": [row.mailbox_id for row in locked],
        "words": [word for word, _, _ in words],
        "numbers": [number for _, number, _ in words],
        "places": [places for _, _, places in words],
    }


def _mark_old(work: Work) -> int:
    parameters = {"organisation": work.organisation_id, "limit": OLD_BATCH}
    number = int(QUERIES.mark_old.one(work.connection, parameters).number)
    if not number:
        QUERIES.end_backfill.enqueue(work.connection, {"organisation": work.organisation_id})
    return number
