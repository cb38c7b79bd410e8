"""The words by which entries are found without being opened: keyed hashes of names and of the texts of notes.

Of a name, whole words and their beginnings from three letters; of a text, whole words. The two are hashed differently,
so the table does not show that a name and a text share a word, nor a file and a case.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, all_, delete, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Host, Work
from budkavle_files.tables import entries, search_words

SHORTEST_BEGINNING: Final = 3
LONGEST_BEGINNING: Final = 16
MOST_WORDS: Final = 5_000
"""Different words of a text that are kept."""
BATCH: Final = 500
_WORD: Final = re.compile(r"\w+")


def split(text: str) -> list[str]:
    """Return the words of a text, each once, folded to one case."""
    return list(dict.fromkeys(_WORD.findall(unicodedata.normalize("NFC", text).casefold())))


def name_hash(work: Work, words: Sequence[str]) -> list[int]:
    """Return the keyed hashes of words, or beginnings of words, of names."""
    return work.vault.word_hashes(work.organisation_id, [f"files-name/{word}" for word in words])


def text_hash(work: Work, words: Sequence[str]) -> list[int]:
    """Return the keyed hashes of words of texts."""
    return work.vault.word_hashes(work.organisation_id, [f"files-text/{word}" for word in words])


def index_name(host: Host, work: Work, entry_id: UUID, name: str) -> None:
    """Let an entry be found by its name, and no longer by the one before."""
    words = {""}  # what every entry has, so that those without can be found and indexed
    for word in split(name):
        words.add(word)
        words.update(word[:length] for length in range(SHORTEST_BEGINNING, min(len(word), LONGEST_BEGINNING) + 1))
    _store(host, work, entry_id, name_hash(work, sorted(words)), in_text=False)


def index_text(host: Host, work: Work, entry_id: UUID, text: str) -> None:
    """Let a note be found by what it says now, and no longer by what it said before."""
    words = [word for word in split(text) if len(word) > 1][:MOST_WORDS]
    _store(host, work, entry_id, text_hash(work, words), in_text=True)


def copy_text(host: Host, work: Work, entry_id: UUID, copy_id: UUID) -> None:
    """Let the copy of a note be found by its text."""
    c = search_words.c
    theirs = select(c.organisation_id, literal(copy_id), c.word, c.in_text).where(
        c.organisation_id == work.organisation_id, c.entry_id == entry_id, c.in_text
    )
    with host.tables(work) as connection:
        connection.execute(upsert(search_words).from_select([*c.keys()], theirs).on_conflict_do_nothing())


def without_words(host: Host, work: Work) -> list[UUID]:
    """Return entries that were made before there was an index, a batch of them."""
    c = search_words.c
    has = select(c.word).where(c.organisation_id == entries.c.organisation_id, c.entry_id == entries.c.id).exists()
    query = select(entries.c.id).where(entries.c.organisation_id == work.organisation_id, ~has).limit(BATCH)
    with host.tables(work) as connection:
        return list(connection.execute(query).scalars())


def _store(host: Host, work: Work, entry_id: UUID, hashes: Iterable[int], *, in_text: bool) -> None:
    c, words = search_words.c, literal(sorted(set(hashes)), ARRAY(BigInteger))
    mine = (c.organisation_id == work.organisation_id, c.entry_id == entry_id, c.in_text.is_(in_text))
    new = select(literal(work.organisation_id), literal(entry_id), func.unnest(words), literal(in_text))
    with host.tables(work) as connection:
        connection.execute(delete(search_words).where(*mine, c.word != all_(words)))
        connection.execute(upsert(search_words).from_select([*c.keys()], new).on_conflict_do_nothing())
