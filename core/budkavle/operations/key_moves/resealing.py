"""Resealing what was sealed under earlier versions of an organisation's key, so that a renewal covers old data.

A renewal (`budkavle keys renew`) gives each organisation a new version of its key; older data stays sealed under the
version of its time. Resealing opens it and seals it under the newest version, in batches, while everything runs:
content keys are wrapped again, and small sealed values are sealed again under their existing slot. A row that is
changed meanwhile is skipped, and so is an organisation that is being moved. It may be stopped at any point: what has
been resealed is under the newest version, and is skipped when it is started again.

Data that lives only for minutes or days is not resealed: orders in outboxes, sessions of guests, signals of a meeting.
The first version is needed as long as the organisation exists, for the word index and the signatures of the event log
(ADR 089).

Source: ASVS 5.0, 11.2.2.
"""

import base64
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, func, select, text, true, tuple_, update

from budkavle.accounts.stored_settings import all_sections
from budkavle.model.errors import Damaged
from budkavle.model.people import CORE_NAME, INSTALLATION, Actor
from budkavle.model.settings_sections import SettingsSection, fields_of
from budkavle.model.states import OrganisationState
from budkavle.organisation.archive import QUERIES, SMALL
from budkavle.organisation.removal import QUERIES as CATALOG
from budkavle.storage.database import ALL_CASES
from budkavle.storage.key_slots import sealing
from budkavle.storage.key_wrapping.renewing import alone, note
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform
from budkavle.storage.tables import content_keys, metadata, organisation_keys, organisations, settings
from budkavle.storage.vault import Destroyed


class _Queries(QueryFile):
    list_plugins: Statement


PLUGINS = _Queries.load()
BATCH: Final = 200
"""Rows of one transaction."""
_NOT_EXPORTED: Final = {
    "identities": {"secret": "identity-secret:{id}"},
    "notices": {"sealed": "notice:{id}"},
    "sessions": {"provider_kept": "provider-session:{user_id}"},
}
"""Sealed columns of the core that an organisation's archive never contains."""
_REFUSED: Final = {"receipts": {"evidence": "refusal:{id}"}}
"""Evidence of refused messages is in the same column as receipts' evidence, under a separate label."""
_OLDER: Final = """octet_length("{name}") > 2
 AND (get_byte(substring("{name}" FOR 2), 0) & 127) * 256 + get_byte(substring("{name}" FOR 2), 1) < :newest"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of small sealed values.

    Attributes:
        table: Its table.
        name: Its name.
        labels: The labels they may be sealed under, with the row's columns in braces.
        key: The columns of the table's primary key.
        role: The role that reads and writes the table; empty for the working role itself.
    """

    table: str
    name: str
    labels: tuple[str, ...]
    key: tuple[str, ...]
    role: str


def reseal(platform: Platform, by: Actor) -> Generator[int, None, None]:
    """Reseal everything that is sealed under earlier versions, organisation by organisation.

    Args:
        platform: The installation; it may be running.
        by: Who reseals, for the installation's event log.

    Returns:
        After each batch, how many values were resealed in it.

    Raises:
        Conflict: A renewal, a move or another resealing is running.
        Damaged: Something does not open. What has been resealed stays so.
        KeysUnavailable: The provider, or the key store, does not answer. What has been resealed stays so.
    """
    with alone(platform):
        platform.vault.forget()
        columns, whole, count = _columns(platform), False, 0
        left = _plugins_off(platform)
        note(platform, by, "keys.resealing-begun")
        try:
            for organisation_id in _at_home(platform):
                for done in _organisation(platform, organisation_id, columns, left):
                    count += done
                    yield done
            whole = True
        finally:
            kind = "keys.resealed" if whole else "keys.resealing-stopped"
            note(platform, by, kind, count=count, left=", ".join(sorted(left)))


def _at_home(platform: Platform) -> list[UUID]:
    """Return the organisations that work here, and the installation; rows of one being moved must not change twice."""
    states = (OrganisationState.ACTIVE, OrganisationState.PAUSED)
    with platform.database.transaction(None) as connection:
        query = select(organisations.c.id).where(organisations.c.state.in_(states)).order_by(organisations.c.id)
        return [*connection.execute(query).scalars(), INSTALLATION]


def _plugins_off(platform: Platform) -> set[str]:
    """Return plugins that have tables here and are switched off, so that the labels of their columns are unknown."""
    (rows,) = platform.database.at_once(None, (PLUGINS.list_plugins, {}))
    return {row.name for row in rows} - set(platform.plugins.names)


def _organisation(
    platform: Platform, organisation_id: UUID, columns: Sequence[Column], left: set[str]
) -> Iterator[int]:
    c = organisation_keys.c
    with platform.database.transaction(organisation_id) as connection:
        query = select(func.max(c.version)).where(c.organisation_id == organisation_id)
        newest = connection.execute(query).scalar_one_or_none() or 1
    if newest > 1:
        yield from _content_keys(platform, organisation_id, newest)
        for column in columns:
            yield from _small(platform, organisation_id, newest, column)
        if secrets := _secrets(platform, organisation_id, newest, left):
            yield secrets


def _content_keys(platform: Platform, organisation_id: UUID, newest: int) -> Iterator[int]:
    """Wrap content keys again, each with its existing slot; those whose slot is destroyed can no longer be opened."""
    c, vault = content_keys.c, platform.vault
    last: tuple[Any, Any] | None = None
    while True:
        after = tuple_(c.owner_id, c.part) > tuple_(*last) if last else true()
        older = (c.organisation_id == organisation_id, c.version < newest, after)
        query = select(c.owner_id, c.part, c.slot).where(*older).order_by(c.owner_id, c.part).limit(BATCH)
        with platform.database.transaction(organisation_id, reader=ALL_CASES) as connection:
            rows = connection.execute(query.with_for_update()).all()
            keys = vault.content_keys(connection, organisation_id, [(row.owner_id, row.part) for row in rows])
            slots = vault.slots.read({row.slot for row in rows})
            opened = [(row.owner_id, row.part, key) for row, key in zip(rows, keys, strict=True) if key is not None]
            vault.store_keys(connection, organisation_id, opened, {row.owner_id: slots.get(row.slot) for row in rows})
        if not rows:
            return
        last = (rows[-1].owner_id, rows[-1].part)
        yield len(opened)


def _small(platform: Platform, organisation_id: UUID, newest: int, column: Column) -> Iterator[int]:
    key = ", ".join(f'"{name}"' for name in column.key)
    where = f"organisation_id = :organisation AND {_OLDER.format(name=column.name)}"
    older = f'SELECT * FROM "{column.table}" WHERE {where}'  # noqa: S608 - names of the catalog
    end = f" ORDER BY {key} LIMIT {BATCH}"
    after = f" AND ({key}) > ({', '.join(f':k{number}' for number in range(len(column.key)))})"
    query, parameters = text(older + end), dict[str, Any](organisation=organisation_id, newest=newest)
    while True:
        with _transaction(platform, organisation_id, column.role) as connection:
            rows = [dict(row) for row in connection.execute(query, parameters).mappings()]
        changes = [(row, value) for row in rows if (value := _row_again(platform, organisation_id, column, row))]
        with _transaction(platform, organisation_id, column.role) as connection:
            count = sum(connection.execute(*_change(column, row, value)).rowcount for row, value in changes)
        if rows:
            yield count
        if len(rows) < BATCH:
            return
        query = text(older + after + end)
        parameters |= {f"k{number}": rows[-1][name] for number, name in enumerate(column.key)}


def _transaction(platform: Platform, organisation_id: UUID, role: str) -> AbstractContextManager[Connection]:
    return platform.database.transaction(organisation_id, role=role, reader=ALL_CASES)


def _row_again(platform: Platform, organisation_id: UUID, column: Column, row: Mapping[str, Any]) -> bytes | None:
    labels = [label.format_map(row) for label in column.labels]
    return _again(platform, organisation_id, labels, bytes(row[column.name]))


def _again(platform: Platform, organisation_id: UUID, labels: Sequence[str], sealed: bytes) -> bytes | None:
    """Return a value resealed under the newest version and its existing slot; None if the slot is destroyed."""
    vault = platform.vault
    for number, label in enumerate(labels, 1):
        try:
            plain = vault.open_small(organisation_id, label, sealed)
        except Destroyed:
            return None
        except Damaged:
            if number == len(labels):
                raise
            continue
        return vault.seal_small(organisation_id, label, plain, slot=vault.slots.beside(sealed))
    return None


def _change(column: Column, row: Mapping[str, Any], value: bytes) -> tuple[Any, dict[str, Any]]:
    """Return the statement that replaces a value, unless it has changed since it was read."""
    this_row = " AND ".join(f'"{name}" = :k{number}' for number, name in enumerate(column.key))
    change = f'UPDATE "{column.table}" SET "{column.name}" = :value WHERE {this_row} AND "{column.name}" = :before'  # noqa: S608
    keys = {f"k{number}": row[name] for number, name in enumerate(column.key)}
    return text(change), {"value": value, "before": bytes(row[column.name]), **keys}


def _secrets(platform: Platform, organisation_id: UUID, newest: int, left: set[str]) -> int:
    """Reseal secret settings, which are stored as text among the other settings; return how many.

    Plugins that are switched off, so that their sections are unknown, are added to `left`.
    """
    count, c = 0, settings.c
    secrets = {key: _secret_names(section) for key, section in all_sections(platform).items()}
    with platform.database.transaction(organisation_id) as connection:
        rows = connection.execute(select(settings).where(c.organisation_id == organisation_id)).all()
    unknown = {row.section.partition(".")[0] for row in rows if row.section not in secrets}
    left |= unknown - {CORE_NAME, *platform.plugins.names}
    for row in rows:
        chosen = dict(row.chosen)
        for name in secrets.get(row.section, set()) & {name for name, value in chosen.items() if value}:
            sealed = base64.b64decode(str(chosen[name]))
            label = f"setting:{row.section}:{row.mailbox_id}:{name}"
            if sealing.key_version(sealed) < newest and (value := _again(platform, organisation_id, [label], sealed)):
                chosen[name] = base64.b64encode(value).decode("ascii")
        place = (c.organisation_id == organisation_id, c.section == row.section, c.mailbox_id == row.mailbox_id)
        if chosen != row.chosen:
            change = update(settings).where(*place, c.chosen == row.chosen).values(chosen=chosen)
            with platform.database.transaction(organisation_id) as connection:
                count += connection.execute(change).rowcount
    return count


def _secret_names(section: SettingsSection[Any]) -> set[str]:
    return {field.name for field in fields_of(section.type) if field.kind == "secret"}


def _columns(platform: Platform) -> list[Column]:
    """Return the columns of the core, and those registered by active plugins."""
    labels: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for named in (SMALL, _NOT_EXPORTED, _REFUSED):
        for table, of_table in named.items():
            for name, label in of_table.items():
                labels[table, name].append(label)
    for registered in platform.plugins.registered("sealed_columns"):
        labels[registered.thing.table, registered.thing.column].append(registered.thing.label)
    (tables,) = platform.database.at_once(None, (CATALOG.list_tables, {}))
    (keys,) = platform.database.at_once(None, (QUERIES.list_keys, {}))
    role_of = {row.name: "" if row.name in metadata.tables else row.role for row in tables}
    key_of = {row.table_name: tuple(row.key_columns) for row in keys}
    return [
        Column(table, name, tuple(of_column), key_of[table], role_of[table])
        for (table, name), of_column in labels.items()
    ]
