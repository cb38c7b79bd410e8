"""Finding entries by words, within the searching user's reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle import ActorScope, Host, Invalid, Work
from budkavle.cases import readable_mailboxes
from budkavle_files.notes.content import read_text
from budkavle_files.tables import entries, search_words, shares
from budkavle_files.tree import rights
from budkavle_files.tree.search_words import index_name, index_text, name_hash, split, text_hash, without_words
from budkavle_files.tree.sharing import my_owners
from budkavle_files.tree.store import LEVEL, as_entries, entries_query, find_entries
from budkavle_files.tree.things import Entry, EntryKind, ShareKind
from budkavle_files.tree.versions import find_version

MOST_WORDS: Final = 8
"""The most words of a search that are used."""
MOST_COUNTED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """A page of results.

    Attributes:
        total: How many there are in all, up to `MOST_COUNTED`.
    """

    entries: Sequence[Entry]
    total: int


def search(host: Host, work: Work, words: str, offset: int = 0, limit: int = 50) -> Found:
    """Return the entries within the actor's reach that have all the words, the latest changed first.

    A name is found by whole words and by prefixes of at least three letters, a note also by whole words of its text. An
    entry that requires a higher level than the actor's session has is found by its name alone, as lists show it.
    Entries in the bin are not found.

    Args:
        host: The plugin's host.
        work: Its actor is the searching user.
        words: In any order.
        offset: How many to skip.
        limit: The most entries.

    Raises:
        Invalid: There is no word to search for.
    """
    searched = [word for word in split(words) if len(word) > 1][:MOST_WORDS]
    if not searched:
        raise Invalid("Skriv minst ett ord att söka efter.", fields={"q": "Ett ord har minst två tecken."})
    matching = (_within_reach(work), entries.c.binned_at.is_(None), _having(work, searched))
    query = entries_query(work, *matching).order_by(entries.c.changed_at.desc(), entries.c.id)
    some = select(entries.c.id).where(entries.c.organisation_id == work.organisation_id, *matching).limit(MOST_COUNTED)
    with host.tables(work) as connection:
        rows = connection.execute(query.offset(offset).limit(limit)).all()
        total = connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()
    return Found(as_entries(work, rows), total)


def places(host: Host, work: Work, hits: Sequence[Entry]) -> dict[UUID, str]:
    """Return the names of the entries' catalogues, by catalogue id, as far as the actor has access."""
    ids = {entry.parent_id for entry in hits if entry.parent_id}
    above = find_entries(host, work, ids) if ids else []
    return {entry.id: entry.name for entry in above if rights.role_in(host, work, entry) is not None}


def index_old(host: Host) -> int:
    """Index entries that were created before there was an index; a job. Return how many it has indexed."""
    return host.platform.in_each_organisation(partial(_index_old, host))


def _index_old(host: Host, organisation_id: UUID) -> int:
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        old = find_entries(host, work, without_words(host, work))
        for entry in old:
            index_name(host, work, entry.id, entry.name)
            if entry.kind is EntryKind.NOTE:
                index_text(host, work, entry.id, read_text(work, find_version(host, work, entry)))
    return len(old)


def _having(work: Work, searched: Sequence[str]) -> ColumnElement[bool]:
    names, texts = name_hash(work, searched), text_hash(work, searched)
    by_name = [_has(work, name) for name in names]
    by_either = [_has(work, name, text) for name, text in zip(names, texts, strict=True)]
    return or_(and_(*by_name), and_(int(work.actor.loa) >= LEVEL, *by_either))


def _has(work: Work, *words: int) -> ColumnElement[bool]:
    c = search_words.c
    return entries.c.id.in_(select(c.entry_id).where(c.organisation_id == work.organisation_id, c.word.in_(words)))


def _within_reach(work: Work) -> ColumnElement[bool]:
    """Return the condition that an entry is the actor's own, or within what is shared with the actor."""
    boxes = [box for box in readable_mailboxes(work) if box.owner_id is None]  # nothing is shared with an inbox
    owners = [owner.id for owner in my_owners(work, boxes)]
    subjects = [(ShareKind.PERSON.value, work.actor.user_id), *((ShareKind.MAILBOX.value, box.id) for box in boxes)]
    shared = select(shares.c.entry_id).where(
        shares.c.organisation_id == work.organisation_id,
        tuple_(shares.c.kind, shares.c.subject_id).in_(subjects),
        rights.IN_FORCE,
    )
    lent = func.coalesce(
        select(func.array_agg(shared.subquery().c.entry_id)).scalar_subquery(), literal([], ARRAY(Uuid))
    )
    return or_(entries.c.owner_id.in_(owners), entries.c.id.in_(shared), entries.c.path.op("&&")(lent))
