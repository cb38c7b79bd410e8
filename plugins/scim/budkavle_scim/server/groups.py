"""Groups: a name, and members as rows; changes of members by id go directly to the rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from scim2_models import Context, PatchOp
from sqlalchemy import Uuid, any_, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import as_uuid, record
from budkavle_scim.rules.applying import apply_rules, have_rules, lock
from budkavle_scim.server.context import Operation, not_found
from budkavle_scim.server.patches import member_changes
from budkavle_scim.server.resources import Group, compared, type_of
from budkavle_scim.tables import groups, members, users

KIND = "Group"


def read(operation: Operation, group_id: UUID, *, with_members: bool = True) -> tuple[Group, int]:
    """Return a group and its version.

    Raises:
        NotFoundException: There is no such group here.
    """
    row = _row(operation, group_id)
    return loaded(operation, [row], with_members=with_members)[0], row.version


def create(operation: Operation, group: Group) -> tuple[Group, int]:
    """Store a new group with its members; unknown ids are left out."""
    group_id = uuid4()
    row = {"organisation_id": operation.organisation_id, "id": group_id, "version": 1, **_columns(group)}
    with operation.host.tables(operation.work) as connection:
        times = {"created_at": func.now(), "modified_at": func.now()}
        stored = connection.execute(insert(groups).values(**row, **times).returning(groups)).one()
    if group.members:
        _add(operation, group_id, _ids(group))
    record(operation.work, "scim.group-added", group_id, name=stored.display_name)
    return loaded(operation, [stored])[0], 1


def replace(operation: Operation, group_id: UUID, payload: Any) -> tuple[Group, int]:
    """Replace a group by PUT.

    Raises:
        NotFoundException: There is no such group here.
    """
    row = _row(operation, group_id, locked=True)
    (old,) = loaded(operation, [row])
    new = Group.model_validate(payload, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    new.replace(old)
    return _store(operation, row, old, new)


def change(operation: Operation, group_id: UUID, payload: Any) -> int:
    """Change a group by PATCH, and return its version.

    Raises:
        NotFoundException: There is no such group here.
    """
    row = _row(operation, group_id, locked=True)
    if isinstance(payload, Mapping) and (changes := member_changes(payload)) is not None:
        added, removed = set[UUID](), set[UUID]()
        ruled = _prepare(operation, group_id)
        for change in changes:
            moved = (_add if change.adds else _remove)(operation, group_id, change.ids)
            (added if change.adds else removed).update(moved)
        if added or removed:
            _touch(operation, row)
            _follow(operation, row, added, removed, ruled=ruled)
        return int(row.version) + bool(added or removed)
    (group,) = loaded(operation, [row])
    old = group.model_copy(deep=True)
    patch = type_of(PatchOp, Group).model_validate(payload, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    return _store(operation, row, old, group)[1] if patch.patch(group) else int(row.version)


def remove(operation: Operation, group_id: UUID) -> None:
    """Delete a group, with its rules and what they gave.

    Raises:
        NotFoundException: There is no such group here.
    """
    row = _row(operation, group_id, locked=True)
    ruled = _prepare(operation, group_id)
    before = _members(operation, [group_id]).get(group_id, [])
    with operation.host.tables(operation.work) as connection:
        connection.execute(delete(groups).where(*_this(operation, group_id)))
    if ruled:
        apply_rules(operation.host, operation.work, _accounts(operation, before))
    record(operation.work, "scim.group-removed", group_id, name=row.display_name)


def loaded(operation: Operation, rows: Sequence[Any], *, with_members: bool = True) -> list[Group]:
    """Return the groups of rows, in the same order."""
    inside = _members(operation, [row.id for row in rows]) if with_members else {}
    return [_loaded(operation, row, inside.get(row.id, [])) for row in rows]


def _loaded(operation: Operation, row: Any, inside: Iterable[UUID]) -> Group:
    document: dict[str, Any] = {
        "schemas": [Group.__schema__],
        "id": str(row.id),
        "displayName": row.display_name,
        "externalId": row.external_id,
        "meta": operation.meta(KIND, row),
        "members": [{"value": str(user), "type": "User", "$ref": operation.url("User", user)} for user in inside],
    }
    return Group.model_validate({name: value for name, value in document.items() if value not in (None, [])})


def _store(operation: Operation, row: Any, old: Group, new: Group) -> tuple[Group, int]:
    old_ids, new_ids = _ids(old), _ids(new)
    ruled = old_ids != new_ids and _prepare(operation, row.id)
    removed = set(_remove(operation, row.id, old_ids - new_ids)) if old_ids - new_ids else set[UUID]()
    added = set(_add(operation, row.id, new_ids - old_ids)) if new_ids - old_ids else set[UUID]()
    stored = _touch(operation, row, **_columns(new))
    if stored.display_name != row.display_name:
        record(operation.work, "scim.group-renamed", row.id, name=stored.display_name)
    _follow(operation, row, added, removed, ruled=ruled)
    return loaded(operation, [stored])[0], stored.version


def _prepare(operation: Operation, group_id: UUID) -> bool:
    """Tell whether the group has rules; if so, lock them, so that one such change is made at a time."""
    ruled = have_rules(operation.host, operation.work, [group_id])
    if ruled:
        lock(operation.host, operation.work)
    return ruled


def _follow(operation: Operation, row: Any, added: Collection[UUID], removed: Collection[UUID], *, ruled: bool) -> None:
    """Apply the rules to the accounts of added and removed members, and log the change."""
    if not added and not removed:
        return
    record(
        operation.work,
        "scim.members-changed",
        row.id,
        name=row.display_name,
        added=len(added),
        removed=len(removed),
    )
    if ruled:
        apply_rules(operation.host, operation.work, _accounts(operation, {*added, *removed}))


def _touch(operation: Operation, row: Any, **values: Any) -> Any:
    changed = update(groups).where(*_this(operation, row.id))
    changed = changed.values(version=groups.c.version + 1, modified_at=func.now(), **values)
    with operation.host.tables(operation.work) as connection:
        return connection.execute(changed.returning(groups)).one()


def _add(operation: Operation, group_id: UUID, user_ids: Collection[UUID]) -> Collection[UUID]:
    """Add members, and return those that are new; unknown ids are left out, and existing members are no error."""
    new = select(literal(operation.organisation_id, Uuid), literal(group_id, Uuid), users.c.id)
    new = new.where(users.c.organisation_id == operation.organisation_id, _among(users.c.id, user_ids))
    statement = upsert(members).from_select(["organisation_id", "group_id", "user_id"], new)
    with operation.host.tables(operation.work) as connection:
        return connection.execute(statement.on_conflict_do_nothing().returning(members.c.user_id)).scalars().all()


def _remove(operation: Operation, group_id: UUID, user_ids: Collection[UUID]) -> Collection[UUID]:
    mine = (members.c.organisation_id == operation.organisation_id, members.c.group_id == group_id)
    gone = delete(members).where(*mine, _among(members.c.user_id, user_ids))
    with operation.host.tables(operation.work) as connection:
        return connection.execute(gone.returning(members.c.user_id)).scalars().all()


def _members(operation: Operation, group_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    query = select(members.c.group_id, members.c.user_id).where(
        members.c.organisation_id == operation.organisation_id, _among(members.c.group_id, group_ids)
    )
    inside: dict[UUID, list[UUID]] = {}
    with operation.host.tables(operation.work) as connection:
        for group_id, user_id in connection.execute(query.order_by(members.c.group_id, members.c.user_id)):
            inside.setdefault(group_id, []).append(user_id)
    return inside


def _accounts(operation: Operation, user_ids: Collection[UUID]) -> list[UUID]:
    mine = (users.c.organisation_id == operation.organisation_id, users.c.account_id.is_not(None))
    query = select(users.c.account_id).where(*mine, _among(users.c.id, user_ids))
    with operation.host.tables(operation.work) as connection:
        return list(connection.execute(query).scalars())


def _columns(group: Group) -> dict[str, Any]:
    name = group.display_name or ""
    return {"display_name": name, "name_key": compared(name), "external_id": group.external_id}


def _ids(group: Group) -> set[UUID]:
    ids = (as_uuid(str(member.value)) for member in group.members or [] if member.value)
    return {identifier for identifier in ids if identifier is not None}


def _among(column: Any, ids: Collection[UUID]) -> Any:
    return column == any_(literal(list(ids), ARRAY(Uuid)))


def _row(operation: Operation, group_id: UUID, *, locked: bool = False) -> Any:
    query = select(groups).where(*_this(operation, group_id))
    with operation.host.tables(operation.work) as connection:
        row = connection.execute(query.with_for_update() if locked else query).one_or_none()
    if row is None:
        raise not_found(group_id)
    if locked:
        operation.require_version(row.version)
    return row


def _this(operation: Operation, group_id: UUID) -> tuple[Any, Any]:
    return groups.c.organisation_id == operation.organisation_id, groups.c.id == group_id
