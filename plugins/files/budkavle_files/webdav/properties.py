"""Properties that WebDAV clients set: stored encrypted with the entry, and returned unchanged.

The product itself reads none of them. They are destroyed with the entry, and a copy starts without them.
"""

import json
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from wsgidav.dav_error import DAVError

from budkavle import Work, as_uuid, record
from budkavle_files.tables import entries
from budkavle_files.tree import rights
from budkavle_files.tree.store import lock
from budkavle_files.tree.things import AccessRole
from budkavle_files.webdav.tables import properties
from budkavle_files.webdav.visits import Visit, refusing, visit_now

MOST_CHARACTERS: Final = 20_000
"""The most characters of all properties of an entry, with their names."""
FORBIDDEN, NO_ROOM = 403, 507


class PropertyRows:
    """The property storage of wsgidav; its methods are those that the library calls."""

    def get_properties(self, norm_url: str, environ: Any = None) -> list[str]:  # noqa: ARG002 - the library passes it
        """Return the names of an entry's properties."""
        return list(_read(norm_url))

    def get_property(self, norm_url: str, name: str, environ: Any = None) -> str | None:  # noqa: ARG002
        """Return a property as XML; None if there is none."""
        return _read(norm_url).get(name)

    def write_property(
        self,
        norm_url: str,
        name: str,
        property_value: bytes,
        dry_run: bool = False,
        environ: Any = None,  # noqa: ARG002
    ) -> None:
        """Store a property.

        Raises:
            DAVError: The visitor may only read the entry, it is not an entry, or there is too much.
        """
        _change(norm_url, name, property_value.decode(), dry_run=dry_run)

    def remove_property(
        self,
        norm_url: str,
        name: str,
        dry_run: bool = False,
        environ: Any = None,  # noqa: ARG002
    ) -> None:
        """Delete a property, if there is one.

        Raises:
            DAVError: The visitor may only read the entry, or it is not an entry.
        """
        _change(norm_url, name, None, dry_run=dry_run)

    def remove_properties(self, norm_url: str, environ: Any = None) -> None:
        """Do nothing: a deleted entry keeps its properties in the bin, and they are destroyed with it."""

    def copy_properties(self, src_url: str, dest_url: str, environ: Any = None) -> None:
        """Do nothing: a copy starts without properties."""

    def move_properties(self, src_url: str, dest_url: str, with_children: bool, environ: Any = None) -> None:
        """Do nothing: a moved entry stays the same entry."""


def _line(url: str) -> list[UUID]:
    """Return the ids in a URL of the library's, the top first; none if it is not an entry's."""
    ids = [as_uuid(part) for part in url.strip("/").split("/")]
    return [each for each in ids if each is not None] if all(ids) else []


def _read(url: str) -> dict[str, str]:
    line = _line(url)
    if not line:
        return {}
    visit = visit_now()
    parent = line[-2] if len(line) > 1 else line[-1]
    if parent not in visit.properties:
        with visit.work() as work:
            visit.properties[parent] = _load(visit, work, parent, line[-1])
    return visit.properties[parent].get(line[-1], {})


def _load(visit: Visit, work: Work, parent_id: UUID, entry_id: UUID) -> dict[UUID, dict[str, str]]:
    """Return the properties of all entries in a catalogue: a listing asks for each entry's."""
    same_entry = (entries.c.organisation_id == properties.c.organisation_id) & (entries.c.id == properties.c.entry_id)
    query = (
        select(properties)
        .join(entries, same_entry)
        .where(
            properties.c.organisation_id == work.organisation_id,
            or_(entries.c.parent_id == parent_id, entries.c.id == entry_id),
        )
    )
    with visit.host.tables(work) as connection:
        rows = connection.execute(query).all()
    return {row.entry_id: _opened(work, row.entry_id, row.properties) for row in rows}


def _change(url: str, name: str, value: str | None, *, dry_run: bool) -> None:
    line, visit = _line(url), visit_now()
    if not line:
        raise DAVError(FORBIDDEN)
    entry_id = line[-1]
    with refusing(), visit.work() as work:
        rights.require(visit.host, work, entry_id, AccessRole.AUTHOR)
        of_entry = (properties.c.organisation_id == work.organisation_id, properties.c.entry_id == entry_id)
        with visit.host.tables(work) as connection:
            lock(connection, work, entry_id)
            sealed = connection.execute(select(properties.c.properties).where(*of_entry)).scalar_one_or_none()
        stored = _opened(work, entry_id, sealed) if sealed else {}
        changed = {**stored, name: value} if value is not None else {key: stored[key] for key in stored if key != name}
        text = json.dumps(changed, ensure_ascii=False)
        if len(text) > MOST_CHARACTERS:
            raise DAVError(NO_ROOM)
        if dry_run or changed == stored:
            return
        sealed = work.vault.seal_small(work.organisation_id, _label(entry_id), text.encode(), work.connection)
        row = upsert(properties).values(organisation_id=work.organisation_id, entry_id=entry_id, properties=sealed)
        with visit.host.tables(work) as connection:
            at = ["organisation_id", "entry_id"]
            connection.execute(row.on_conflict_do_update(index_elements=at, set_={"properties": sealed}))
        record(work, "files.properties-changed", entry_id)
    visit.properties.clear()


def _opened(work: Work, entry_id: UUID, sealed: bytes) -> dict[str, str]:
    properties_by_name: dict[str, str] = json.loads(
        work.vault.open_small(work.organisation_id, _label(entry_id), sealed, work.connection)
    )
    return properties_by_name


def _label(entry_id: UUID) -> str:
    return f"files-properties:{entry_id}"
