"""The search words of entries: keyed hashes of names and of the texts of notes, so that search decrypts nothing.

For a name, whole words and their prefixes of at least three letters; for a text, whole words. The two are hashed
differently, so the table does not show that a name and a text share a word, nor a file and a case.
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
"""The most different words of a text that are stored."""
BATCH: Final = 500
_WORD: Final = re.compile(r"\w+")


def split(text: str) -> list[str]:
    """Return the words of a text, each once, case-folded."""
    return list(dict.fromkeys(_WORD.findall(unicodedata.normalize("NFC", text).casefold())))


def name_hash(work: Work, words: Sequence[str]) -> list[int]:
    """Return the keyed hashes of words, or of their prefixes, in names."""
    return work.vault.word_hashes(work.organisation_id, [f"files-name/{word}" for word in words])


def text_hash(work: Work, words: Sequence[str]) -> list[int]:
    """Return the keyed hashes of words in texts."""
    return work.vault.word_hashes(work.organisation_id, [f"files-text/{word}" for word in words])


def index_name(host: Host, work: Work, entry_id: UUID, name: str) -> None:
    """Index an entry by its name, replacing the earlier one."""
    words = {""}  # every entry has this, so that entries not yet indexed can be found
    for word in split(name):
        words.add(word)
        words.update(word[:length] for length in range(SHORTEST_BEGINNING, min(len(word), LONGEST_BEGINNING) + 1))
    _store(host, work, entry_id, name_hash(work, sorted(words)), in_text=False)


def index_text(host: Host, work: Work, entry_id: UUID, text: str) -> None:
    """Index a note by its present text, replacing the earlier one."""
    words = [word for word in split(text) if len(word) > 1][:MOST_WORDS]
    _store(host, work, entry_id, text_hash(work, words), in_text=True)


def copy_text(host: Host, work: Work, entry_id: UUID, copy_id: UUID) -> None:
    """Index the copy of a note by its text."""
    c = search_words.c
    words_of_original = select(c.organisation_id, literal(copy_id), c.word, c.in_text).where(
        c.organisation_id == work.organisation_id, c.entry_id == entry_id, c.in_text
    )
    with host.tables(work) as connection:
        connection.execute(upsert(search_words).from_select([*c.keys()], words_of_original).on_conflict_do_nothing())


def without_words(host: Host, work: Work) -> list[UUID]:
    """Return a batch of entries that were created before there was an index."""
    c = search_words.c
    is_indexed = (
        select(c.word).where(c.organisation_id == entries.c.organisation_id, c.entry_id == entries.c.id).exists()
    )
    query = select(entries.c.id).where(entries.c.organisation_id == work.organisation_id, ~is_indexed).limit(BATCH)
    with host.tables(work) as connection:
        return list(connection.execute(query).scalars())


def _store(host: Host, work: Work, entry_id: UUID, hashes: Iterable[int], *, in_text: bool) -> None:
    c, words = search_words.c, literal(sorted(set(hashes)), ARRAY(BigInteger))
    mine = (c.organisation_id == work.organisation_id, c.entry_id == entry_id, c.in_text.is_(in_text))
    new = select(literal(work.organisation_id), literal(entry_id), func.unnest(words), literal(in_text))
    with host.tables(work) as connection:
        connection.execute(delete(search_words).where(*mine, c.word != all_(words)))
        connection.execute(upsert(search_words).from_select([*c.keys()], new).on_conflict_do_nothing())
