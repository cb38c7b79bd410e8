"""Copies of all wrapped keys for a recovery key, for the case that the master key is lost.

The copies are stored beside the keys in the database. `budkavle keys renew` creates and removes them by the setting;
`recover` opens them with the private half, and lets another provider wrap the keys.
"""

from typing import Final

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from budkavle.model.errors import Damaged, NotFound
from budkavle.model.people import INSTALLATION
from budkavle.storage import installation_key, master_key
from budkavle.storage.database import Database
from budkavle.storage.key_wrapping import keeper, key_rows
from budkavle.storage.key_wrapping.hybrid import PrivateKey, PublicKey
from budkavle.storage.keys import Keys
from budkavle.storage.outside import notes
from budkavle.storage.tables import organisation_keys, organisations

_NAME: Final = "installation-key-recovery"
_NONE = "Databasen har inga kopior för en återställningsnyckel, så huvudnyckeln kan inte återskapas."


def keep_installation_copy(connection: Connection, key: bytes, public: PublicKey | None) -> None:
    """Renew the copy of the installation's key, or remove it if there is no recovery key."""
    if public is None:
        notes.remove(connection, _NAME)
    else:
        notes.store(connection, _NAME, public.wrap(key, installation_key.AAD))


def is_behind(connection: Connection, public: PublicKey | None) -> bool:
    """Tell whether copies of the transaction's organisation do not match the setting."""
    c = organisation_keys.c
    if public is None:
        behind: ColumnElement[bool] = c.recovery.is_not(None)
    else:
        head = func.substring(c.recovery, 1, len(public.head))
        behind = or_(c.recovery.is_(None), head != public.head)
    return connection.execute(select(func.count()).where(behind)).scalar_one() > 0


def has_copies(connection: Connection, public: PublicKey | None) -> bool:
    """Tell whether the copy of the installation's key matches the setting."""
    copy = notes.load(connection, _NAME, bytes)
    return copy is None if public is None else copy is not None and copy.startswith(public.head)


def recover(database: Database, private: PrivateKey, target: Keys) -> tuple[int, int]:
    """Open all copies with the private half, and let another provider wrap the keys, in one transaction.

    Nothing of the installation may run. Keys without a copy for this recovery key stay unchanged: a renewal for another
    recovery key may have been interrupted. Call it again with that key's private half to recover the rest.

    Args:
        database: The database of the installation whose master key is lost.
        private: The private half.
        target: The provider that wraps from now on.

    Returns:
        How many keys of organisations were recovered, and how many have no copy for it and are not recovered.

    Raises:
        NotFound: There are no copies.
        Damaged: They were made for another recovery key, or altered. Nothing has changed.
        KeysUnavailable: The provider does not answer. Nothing has changed.
    """
    done = left = 0
    with database.transaction(None) as connection:
        copy = notes.load(connection, _NAME, bytes)
        if copy is None:
            raise NotFound(_NONE)
        key = _installation_key(connection, copy, private, target)
        check = master_key.load_fingerprint(connection)
        if check is not None and master_key.fingerprint(key) != check:
            raise Damaged("Kopian hör inte till den här installationen.")
        installation_key.replace(connection, key_rows.wrap_tried(target, key, installation_key.AAD))
        keeper.change(connection, target.name)
        notes.remove(connection, keeper.MOVE)
        c = organisation_keys.c
        for organisation_id in (*connection.execute(select(organisations.c.id)).scalars(), INSTALLATION):
            connection.execute(select(func.set_config("budkavle.organisation", str(organisation_id), True)))
            for row in connection.execute(select(c.organisation_id, c.version, c.recovery, c.wrapped)).all():
                aad = key_rows.organisation_aad(row.organisation_id, row.version)
                if row.recovery is None or not row.recovery.startswith(private.public.head):
                    left += not _is_open(target, row.wrapped, aad)
                    continue
                wrapped = key_rows.wrap_tried(target, private.unwrap(row.recovery, aad), aad)
                this_key = (c.organisation_id == row.organisation_id, c.version == row.version)
                values = {"wrapped": wrapped, "provider": target.name}
                connection.execute(update(organisation_keys).where(*this_key).values(**values))
                done += 1
    return done, left


def _installation_key(connection: Connection, copy: bytes, private: PrivateKey, target: Keys) -> bytes:
    """Return the installation's key: from the copy, or, if another recovery key came first, as the target wrapped it.

    Raises:
        Damaged: The copy was made for another recovery key, or altered.
    """
    wrapped, aad = installation_key.load(connection).wrapped, installation_key.AAD
    if not copy.startswith(private.public.head) and wrapped is not None and _is_open(target, wrapped, aad):
        return target.unwrap(wrapped, aad)
    return private.unwrap(copy, aad)


def _is_open(target: Keys, wrapped: bytes, aad: bytes) -> bool:
    try:
        target.unwrap(wrapped, aad)
    except Damaged:
        return False
    return True
