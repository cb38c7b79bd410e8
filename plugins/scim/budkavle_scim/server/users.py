"""Users: stored sealed as the directory sends them, with searchable columns beside; each has an account."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from scim2_models import Context, PatchOp, UniquenessException
from sqlalchemy import Uuid, any_, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError

from budkavle import Invalid
from budkavle.identification import DirectoryAccounts
from budkavle_scim import linking
from budkavle_scim.documents import opened
from budkavle_scim.rules.applying import SOURCE, apply_rules, lock
from budkavle_scim.server import people
from budkavle_scim.server.context import Operation, not_found
from budkavle_scim.server.resources import DirectoryUser, compared, type_of
from budkavle_scim.tables import groups, members, users

KIND = "User"
_ELSEWHERE = ("id", "meta", "groups", "password")
"""Attributes that are not part of the stored document."""


def read(operation: Operation, user_id: UUID) -> tuple[DirectoryUser, int]:
    """Return a user and its version.

    Raises:
        NotFoundException: There is no such user here.
    """
    row = _row(operation, user_id)
    return loaded(operation, [row])[0], row.version


def create(operation: Operation, user: DirectoryUser) -> tuple[DirectoryUser, int]:
    """Store a new user, and create their account or take over the one with their address.

    Raises:
        UniquenessException: The user name or the address is taken.
    """
    user_id, active = uuid4(), user.active is not False
    user.active = active
    account_id, made = _account(operation, user, active=active)
    values = {"id": user_id, "account_id": account_id, "made": made, "version": 1}
    row = {"organisation_id": operation.organisation_id, **values, **_columns(operation, user_id, user, active)}
    with operation.host.tables(operation.work) as connection:
        try:
            times = {"created_at": func.now(), "modified_at": func.now()}
            stored = connection.execute(insert(users).values(**row, **times).returning(users)).one()
        except IntegrityError as error:
            raise UniquenessException(detail="The user name or the e-mail address is taken.") from error
    linking.follow(operation.host, operation.work, stored, user.user_name or "")
    return _complete(operation, stored, _document(user)), 1


def replace(operation: Operation, user_id: UUID, payload: Any) -> tuple[DirectoryUser, int]:
    """Replace a user by PUT; without `active`, that stays as it is.

    Raises:
        NotFoundException: There is no such user here.
        UniquenessException: The user name or the address is taken.
    """
    row = _row(operation, user_id, locked=True)
    (old,) = loaded(operation, [row])
    new = DirectoryUser.model_validate(payload, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    new.replace(old)
    if new.active is None:
        new.active = row.active
    return _store(operation, row, new)


def change(operation: Operation, user_id: UUID, payload: Any) -> tuple[DirectoryUser, int]:
    """Change a user by PATCH.

    Raises:
        NotFoundException: There is no such user here.
        UniquenessException: The user name or the address is taken.
    """
    row = _row(operation, user_id, locked=True)
    (user,) = loaded(operation, [row])
    patch = type_of(PatchOp, DirectoryUser).model_validate(payload, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    if not patch.patch(user):
        return user, row.version
    return _store(operation, row, user)


def remove(operation: Operation, user_id: UUID) -> None:
    """Delete a user, take back what rules gave, and close the account.

    Raises:
        NotFoundException: There is no such user here.
        Conflict: The account is the organisation's last administrator.
        Forbidden: The account administers the installation.
    """
    # Lock the rules before the row, in the same order as changes of groups: a deleted row blocks new members of groups.
    lock(operation.host, operation.work)
    row = _row(operation, user_id, locked=True)
    linking.forget(operation.host, operation.work, user_id)
    with operation.host.tables(operation.work) as connection:
        connection.execute(delete(users).where(*_this(operation, user_id)))
    if row.account_id:
        apply_rules(operation.host, operation.work, [row.account_id])
        DirectoryAccounts(operation.work, SOURCE).let_go(row.account_id)


def loaded(operation: Operation, rows: Sequence[Any], *, with_groups: bool = True) -> list[DirectoryUser]:
    """Return the users of rows, in the same order, with their groups."""
    inside = _groups(operation, [row.id for row in rows]) if with_groups and rows else {}
    return [_loaded(operation, row, inside.get(row.id, [])) for row in rows]


def _loaded(operation: Operation, row: Any, inside: Sequence[Mapping[str, str]]) -> DirectoryUser:
    document = opened(operation.work, row)
    return _complete(operation, row, document | ({"groups": list(inside)} if inside else {}))


def _complete(operation: Operation, row: Any, document: Mapping[str, Any]) -> DirectoryUser:
    whole = {**document, "id": str(row.id), "meta": operation.meta(KIND, row)}
    return DirectoryUser.model_validate(whole)


def _store(operation: Operation, row: Any, user: DirectoryUser) -> tuple[DirectoryUser, int]:
    active = row.active if user.active is None else user.active
    turns = active is not row.active
    if turns:
        lock(operation.host, operation.work)
    account_id, made = row.account_id, row.made
    if account_id is None:
        account_id, made = _account(operation, user, active=active)
    else:
        _update_account(operation, account_id, user, active=active if turns else None)
    values = {"account_id": account_id, "made": made, "version": row.version + 1, "modified_at": func.now()}
    values |= _columns(operation, row.id, user, active)
    with operation.host.tables(operation.work) as connection:
        try:
            changed = update(users).where(*_this(operation, row.id)).values(values).returning(users)
            stored = connection.execute(changed).one()
        except IntegrityError as error:
            raise UniquenessException(detail="The user name or the e-mail address is taken.") from error
    linking.follow(operation.host, operation.work, stored, user.user_name or "")
    if turns or account_id != row.account_id:
        apply_rules(operation.host, operation.work, [account_id] if account_id else [])
    return loaded(operation, [stored])[0], stored.version


def _account(operation: Operation, user: DirectoryUser, *, active: bool) -> tuple[UUID | None, bool]:
    """Return the account of a user, and whether it was created now; None if the user has no address yet."""
    person = people.person_of(user, active=active)
    if not person.email:
        return None, False
    accounts = DirectoryAccounts(operation.work, SOURCE)
    account = accounts.find(person.email)
    if account is not None:
        return accounts.update(account.id, person).id, False
    try:
        return accounts.create(person).id, True
    except Invalid as error:
        raise _of_address(error) from error


def _update_account(operation: Operation, account_id: UUID, user: DirectoryUser, *, active: bool | None) -> None:
    try:
        DirectoryAccounts(operation.work, SOURCE).update(account_id, people.person_of(user, active=active))
    except Invalid as error:
        raise _of_address(error) from error


def _of_address(error: Invalid) -> Exception:
    return UniquenessException(detail="The e-mail address is taken.") if "email" in error.fields else error


def _columns(operation: Operation, user_id: UUID, user: DirectoryUser, active: bool) -> dict[str, Any]:
    plain = json.dumps(_document(user), ensure_ascii=False).encode()
    return {
        "active": active,
        "user_key": compared(user.user_name or ""),
        "external_id": user.external_id,
        "work_email": people.work_email(user),
        "sealed": operation.work.vault.seal_small(operation.organisation_id, f"scim-user:{user_id}", plain),
    }


def _document(user: DirectoryUser) -> dict[str, Any]:
    document: dict[str, Any] = user.model_dump(mode="json", exclude_none=True, by_alias=True)
    return {name: value for name, value in document.items() if name not in _ELSEWHERE}


def _groups(operation: Operation, user_ids: Collection[UUID]) -> dict[UUID, list[dict[str, str]]]:
    organisation = operation.organisation_id
    same = (groups.c.organisation_id == organisation) & (groups.c.id == members.c.group_id)
    chosen = members.c.user_id == any_(literal(list(user_ids), ARRAY(Uuid)))
    query = select(members.c.user_id, groups.c.id, groups.c.display_name).select_from(members.join(groups, same))
    query = query.where(members.c.organisation_id == organisation, chosen).order_by(groups.c.id)
    inside: dict[UUID, list[dict[str, str]]] = {}
    with operation.host.tables(operation.work) as connection:
        for user_id, group_id, name in connection.execute(query):
            group = {
                "value": str(group_id),
                "display": name,
                "type": "direct",
                "$ref": operation.url("Group", group_id),
            }
            inside.setdefault(user_id, []).append(group)
    return inside


def _row(operation: Operation, user_id: UUID, *, locked: bool = False) -> Any:
    query = select(users).where(*_this(operation, user_id))
    with operation.host.tables(operation.work) as connection:
        row = connection.execute(query.with_for_update(key_share=True) if locked else query).one_or_none()
    if row is None:
        raise not_found(user_id)
    if locked:
        operation.require_version(row.version)
    return row


def _this(operation: Operation, user_id: UUID) -> tuple[Any, Any]:
    return users.c.organisation_id == operation.organisation_id, users.c.id == user_id
