"""The rules of groups: created and removed by administrators, with a preview of what would change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Uuid, any_, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle import Actor, ActorScope, Conflict, Host, NotFound, SystemActor, Work, record
from budkavle.accounts import require_admin, require_manager
from budkavle.identification import DirectoryAccounts
from budkavle_scim.rules.applying import ROLE, SOURCE, Change, apply_rules
from budkavle_scim.tables import groups, members, rules, users

SHOWN = 100
"""Changes that a preview lists; further ones are only counted."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What membership of a group gives.

    Attributes:
        mailbox_id: Access to this function mailbox; `ROLE`: the role of an administrator of the organisation.
        administrator: Whether it makes people administrators of the mailbox.
    """

    id: UUID
    group_id: UUID
    group_name: str
    mailbox_id: UUID
    administrator: bool


@dataclass(frozen=True, slots=True)
class DirectoryGroup:
    """A group, with its number of members."""

    id: UUID
    name: str
    members: int


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule to create; see `Rule`."""

    group_id: UUID
    mailbox_id: UUID
    administrator: bool = False


class _Undo(Exception):
    """Rolls back a preview."""

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__()
        self.changes = changes


def preview(host: Host, actor: Actor, change: NewRule | UUID) -> Sequence[Change]:
    """Return what a new rule, or the removal of one, would change: it is done and rolled back.

    Args:
        host: The plugin's host.
        actor: An administrator of the organisation.
        change: The rule to create, or the id of the one to remove.

    Raises:
        Forbidden: The actor does not administer the organisation.
        NotFound: There is no such group, mailbox or rule here.
        Conflict: The group already has such a rule.
    """
    try:
        with host.work(_system(host, actor)) as work:
            _take_back(_changed(host, work, actor, change))
    except _Undo as undone:
        return undone.changes


def carry_out(host: Host, actor: Actor, change: NewRule | UUID) -> Sequence[Change]:
    """Create or remove a rule, and apply its changes; later changes by the directory follow it.

    Args:
        host: The plugin's host.
        actor: An administrator of the organisation.
        change: The rule to create, or the id of the one to remove.

    Raises:
        Forbidden: The actor does not administer the organisation.
        NotFound: There is no such group, mailbox or rule here.
        Conflict: The group already has such a rule.
    """
    with host.work(_system(host, actor)) as work:
        return _changed(host, work, actor, change)


def named(host: Host, actor: Actor, changes: Sequence[Change]) -> Mapping[UUID, str]:
    """Return the names of the accounts in some changes, by id."""
    with host.work(_system(host, actor)) as work:
        people = DirectoryAccounts(work, SOURCE).users({change.account_id for change in changes})
        return {user_id: person.name for user_id, person in people.items()}


def rules_of(host: Host, actor: Actor, group_ids: Collection[UUID]) -> list[Rule]:
    """Return the rules of some groups, by the group's name.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    return _rules(host, actor, rules.c.group_id == any_(literal(list(group_ids), ARRAY(Uuid))))


def find_rule(host: Host, actor: Actor, rule_id: UUID) -> Rule:
    """Return a rule of the organisation.

    Raises:
        Forbidden: The actor does not administer the organisation.
        NotFound: There is no such rule here.
    """
    matching = _rules(host, actor, rules.c.id == rule_id)
    if not matching:
        raise NotFound("Regeln finns inte.")
    return matching[0]


def count_all(host: Host, actor: Actor) -> Mapping[str, int]:
    """Return the number of `users`, `groups` and `rules` of the organisation's directory.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    require_admin(actor)
    with host.transaction(actor.organisation_id) as connection:
        return {
            name: connection.execute(
                select(func.count()).where(table.c.organisation_id == actor.organisation_id)
            ).scalar_one()
            for name, table in (("users", users), ("groups", groups), ("rules", rules))
        }


def find_group(host: Host, actor: Actor, group_id: UUID) -> DirectoryGroup:
    """Return a group of the organisation.

    Raises:
        Forbidden: The actor does not administer the organisation.
        NotFound: There is no such group here.
    """
    require_admin(actor)
    query = _group_query(actor).where(groups.c.id == group_id)
    with host.transaction(actor.organisation_id) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("Gruppen finns inte.")
    return DirectoryGroup(*row)


def list_groups(
    host: Host, actor: Actor, words: str, first: int, limit: int, *, ruled: bool = False
) -> tuple[list[DirectoryGroup], int]:
    """Return groups whose name contains all the words, by name, and their total number.

    Args:
        host: The plugin's host.
        actor: An administrator of the organisation.
        words: Parts of the name; if empty, all groups are returned.
        first: Number of groups before the page.
        limit: Page size.
        ruled: Whether to return only groups with rules.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    require_admin(actor)
    fits: list[ColumnElement[bool]] = [
        groups.c.name_key.contains(word.lower(), autoescape=True) for word in words.split()
    ]
    if ruled:
        of_group = (rules.c.organisation_id == groups.c.organisation_id, rules.c.group_id == groups.c.id)
        fits.append(select(rules.c.id).where(*of_group).exists())
    page = _group_query(actor).where(*fits).order_by(groups.c.name_key, groups.c.id).offset(first).limit(limit)
    count = select(func.count()).select_from(groups)
    count = count.where(groups.c.organisation_id == actor.organisation_id, *fits)
    with host.transaction(actor.organisation_id) as connection:
        return [DirectoryGroup(*row) for row in connection.execute(page)], connection.execute(count).scalar_one()


def _rules(host: Host, actor: Actor, which: ColumnElement[bool]) -> list[Rule]:
    require_admin(actor)
    same = (groups.c.organisation_id == rules.c.organisation_id) & (groups.c.id == rules.c.group_id)
    columns = (rules.c.id, rules.c.group_id, groups.c.display_name, rules.c.mailbox_id, rules.c.administrator)
    query = select(*columns).select_from(rules.join(groups, same))
    query = query.where(rules.c.organisation_id == actor.organisation_id, which)
    with host.transaction(actor.organisation_id) as connection:
        rows = connection.execute(query.order_by(groups.c.name_key, rules.c.created_at, rules.c.id))
        return [Rule(*row) for row in rows]


def _group_query(actor: Actor) -> Any:
    inside = (
        select(func.count())
        .where(members.c.organisation_id == groups.c.organisation_id, members.c.group_id == groups.c.id)
        .scalar_subquery()
    )
    return select(groups.c.id, groups.c.display_name, inside).where(groups.c.organisation_id == actor.organisation_id)


def _take_back(changes: Sequence[Change]) -> NoReturn:
    raise _Undo(changes)


def _system(host: Host, actor: Actor) -> SystemActor:
    """Return the actor that gives and takes access: the rules, not the administrator who wrote them."""
    return host.system(actor.organisation_id, ActorScope.ADMINISTER, ActorScope.ACCOUNTS, name="SCIM")


def _changed(host: Host, work: Work, actor: Actor, change: NewRule | UUID) -> list[Change]:
    require_admin(actor)
    if isinstance(change, NewRule):
        mailbox_id = _insert(host, work, actor, change)
    else:
        mailbox_id = _delete(host, work, actor, change)
    return apply_rules(host, work, mailbox_id=mailbox_id)


def _insert(host: Host, work: Work, actor: Actor, new: NewRule) -> UUID:
    if new.mailbox_id != ROLE:
        require_manager(work, new.mailbox_id)
    with host.tables(work) as connection:
        mine = groups.c.organisation_id == work.organisation_id
        # The same lock as for a change of members, so that none can come between the rule and its effects.
        locked = select(groups).where(mine, groups.c.id == new.group_id).with_for_update()
        group = connection.execute(locked).one_or_none()
        if group is None:
            raise NotFound("Gruppen finns inte.")
        same = (rules.c.group_id == new.group_id, rules.c.mailbox_id == new.mailbox_id)
        if connection.execute(select(rules.c.id).where(rules.c.organisation_id == work.organisation_id, *same)).first():
            raise Conflict("Gruppen har redan en sådan regel. Ta bort den först.")
        row: dict[str, Any] = {"organisation_id": work.organisation_id, "id": uuid4(), "group_id": new.group_id}
        row |= {"mailbox_id": new.mailbox_id, "administrator": new.administrator, "created_at": datetime.now(UTC)}
        connection.execute(insert(rules).values(row))
    record(work, "scim.rule-added", new.group_id, actor, name=group.display_name)
    return new.mailbox_id


def _delete(host: Host, work: Work, actor: Actor, rule_id: UUID) -> UUID:
    mine = rules.c.organisation_id == work.organisation_id
    with host.tables(work) as connection:
        gone = delete(rules).where(mine, rules.c.id == rule_id).returning(rules.c.group_id, rules.c.mailbox_id)
        row = connection.execute(gone).one_or_none()
        if row is None:
            raise NotFound("Regeln finns inte.")
        query = select(groups.c.display_name).where(
            groups.c.organisation_id == work.organisation_id, groups.c.id == row.group_id
        )
        name = connection.execute(query).scalar_one()
    record(work, "scim.rule-removed", row.group_id, actor, name=name)
    mailbox_id: UUID = row.mailbox_id
    return mailbox_id
