"""Names of entries: checked, encrypted, hashed so that each is unique in its catalogue, and ordered.

The database sees no name. It sees a keyed hash of each name in its catalogue, which finds a name and keeps it unique,
and a rank, which allows one page of a long list to be read without decrypting the other names.
"""

import re
import unicodedata
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, func, literal, select

from budkavle import Invalid, Sentence, Work
from budkavle_files.tables import entries, list_range
from budkavle_files.tree.things import Owner

LONGEST = 200
_PART = "files-entry"
_ALPHABET = str.maketrans({"å": "\ue000", "ä": "\ue001", "ö": "\ue002", "é": "e", "ü": "y"})
_DIGITS = re.compile(r"\d+")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of what follows: `exe.jpg` may really end in `gpj.exe`."""
_STEP = Decimal(1)


def checked(name: str) -> str:
    """Return a valid name for an entry; å is one letter in it, however the name was typed, and no direction is turned.

    Raises:
        Invalid: It is empty, too long, or has a slash or a control character; `fields["name"]` says which.
    """
    name = unicodedata.normalize("NFC", " ".join(_TURNING.sub("", name).split()))
    if not name or name in {".", ".."}:
        raise Invalid("Namnet kunde inte sparas.", fields={"name": "Skriv ett namn."})
    if len(name) > LONGEST:
        fault = Sentence("Namnet får ha högst {longest} tecken.", longest=LONGEST)
        raise Invalid("Namnet kunde inte sparas.", fields={"name": fault})
    if _FORBIDDEN.search(name):
        raise Invalid(
            "Namnet kunde inte sparas.", fields={"name": "Namnet får inte ha snedstreck eller tecken som inte syns."}
        )
    return name


def seal(work: Work, entry_id: UUID, name: str) -> bytes:
    """Encrypt the name of a new entry under a key slot of its own, which is destroyed with the entry."""
    slot = work.vault.slots.take()
    key = work.vault.new_key()
    work.vault.store_keys(work.connection, work.organisation_id, [(entry_id, _PART, key)], {entry_id: slot})
    return work.vault.seal_small(work.organisation_id, _label(entry_id), name.encode(), work.connection, slot)


def seal_again(work: Work, entry_id: UUID, sealed: bytes, name: str) -> bytes:
    """Encrypt a new name of an entry under its existing slot."""
    slot = work.vault.slots.beside(sealed)
    return work.vault.seal_small(work.organisation_id, _label(entry_id), name.encode(), slot=slot)


def opened(work: Work, entry_id: UUID, sealed: bytes) -> str:
    """Decrypt a name."""
    return work.vault.open_small(work.organisation_id, _label(entry_id), sealed).decode()


def place_hash(work: Work, parent_id: UUID | None, owner: Owner, name: str) -> int:
    """Return the keyed hash of a name in its catalogue, or at the top of its owner's tree."""
    (hashed,) = work.vault.word_hashes(work.organisation_id, [f"{parent_id or owner.id}/{name.casefold()}"])
    return hashed


def order(name: str) -> str:
    """Return the sort key of a name: Swedish letters after z, numbers by value."""
    return _DIGITS.sub(lambda digits: digits.group().zfill(12), name.casefold().translate(_ALPHABET))


class Ranks:
    """The order of names of one kind in one catalogue. The catalogue's row must be locked while a rank is chosen.

    Args:
        work: The unit of work; it opens names.
        connection: To the plugin's tables.
        parent_id: The catalogue.
        catalogues: Whether the order is that of the catalogues in it, or that of its files and notes.
    """

    def __init__(self, work: Work, connection: Connection, parent_id: UUID, *, catalogues: bool) -> None:
        self._work = work
        self._connection = connection
        self._mine: ColumnElement[bool] = and_(
            entries.c.organisation_id == work.organisation_id,
            entries.c.parent_id == parent_id,
            list_range == (0 if catalogues else 1),
        )

    def choose(self, name: str) -> Decimal:
        """Return the rank of a name between its neighbours."""
        count = self._connection.execute(select(func.count()).select_from(entries).where(self._mine)).scalar_one()
        if count == 0:
            return Decimal(0)
        place = order(name)
        # Names mostly arrive in order, as when a folder is uploaded, so check the last one first.
        last, rank = self._at(count - 1)
        if last <= place:
            return rank + _STEP
        low, high, above = 0, count - 1, rank
        while low < high:
            middle = (low + high) // 2
            key, rank = self._at(middle)
            if key <= place:
                low = middle + 1
            else:
                high, above = middle, rank
        if low == 0:
            return above - _STEP
        _, below = self._at(low - 1)
        # Computed by the database, whose numbers have as many digits as needed.
        return self._connection.execute(
            select((literal(below) + literal(above)) * literal(Decimal("0.5")))
        ).scalar_one()

    def _at(self, position: int) -> tuple[str, Decimal]:
        query = select(entries.c.id, entries.c.name, entries.c.rank).where(self._mine)
        query = query.order_by(entries.c.rank, entries.c.id).offset(position).limit(1)
        row = self._connection.execute(query).one()
        return order(opened(self._work, row.id, row.name)), row.rank


def _label(entry_id: UUID) -> str:
    return f"files-name:{entry_id}"
