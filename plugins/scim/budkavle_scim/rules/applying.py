"""Updates accounts by the rules of groups, and takes away no more than rules have given."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, any_, delete, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Conflict, Host, Role, Work, record
from budkavle.accounts import mailbox_exists
from budkavle.identification import DirectoryAccounts
from budkavle_scim.tables import grants, members, rules, users

SOURCE = "scim"
ROLE = UUID(int=0)
"""Used instead of a mailbox's id: the rule gives the role of an administrator of the organisation."""
MOST_ROWS = 1_000


class Level(StrEnum):
    """An account's level in a mailbox, or in the organisation for the role."""

    NONE = "none"
    MEMBER = "member"
    ADMINISTRATOR = "administrator"


_RANK = {Level.NONE: 0, Level.MEMBER: 1, Level.ADMINISTRATOR: 2}


@dataclass(frozen=True, slots=True)
class Change:
    """A change for one account.

    Attributes:
        account_id: The account.
        mailbox_id: The mailbox; `ROLE` for the role.
        before: The account's current level.
        after: Its new level.
        kept: Whether it stays unchanged anyway, because it is the organisation's last administrator.
    """

    account_id: UUID
    mailbox_id: UUID
    before: Level
    after: Level
    kept: bool = False


@dataclass(frozen=True, slots=True)
class _Grant:
    level: Level
    before: Level


def lock(host: Host, work: Work) -> None:
    """Lock the rules of an organisation until the commit, so that changes of them and their effects are serial.

    Take it before reading the rules, when changing members of a group with rules, or closing or opening an account.
    """
    with host.tables(work) as connection:
        key = func.hashtext(f"scim_rules {work.organisation_id}")
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def have_rules(host: Host, work: Work, group_ids: Collection[UUID]) -> bool:
    """Tell whether any of the groups has a rule."""
    if not group_ids:
        return False
    query = select(rules.c.id).where(rules.c.organisation_id == work.organisation_id, rules.c.group_id.in_(group_ids))
    with host.tables(work) as connection:
        return connection.execute(query.limit(1)).first() is not None


def apply_rules(
    host: Host, work: Work, account_ids: Collection[UUID] | None = None, *, mailbox_id: UUID | None = None
) -> list[Change]:
    """Give what rules give, and take back what they no longer give.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor has ADMINISTER and ACCOUNTS.
        account_ids: Only for these accounts; None: for all.
        mailbox_id: Only in this mailbox, or `ROLE`; access that was removed by hand is given again.

    Returns:
        The changes made.
    """
    lock(host, work)
    levels_by_rule = _levels_by_rule(host, work, account_ids, mailbox_id)
    held = _held(host, work, account_ids, mailbox_id)
    applying, changes = _Applying(host, work, again=mailbox_id is not None), list[Change]()
    for place in sorted({place for _, place in (*levels_by_rule, *held)}):
        ruled = {account: level for (account, of), level in levels_by_rule.items() if of == place}
        had = {account: grant for (account, of), grant in held.items() if of == place}
        changes += applying.role(ruled, had) if place == ROLE else applying.mailbox(place, ruled, had)
    return changes


def _levels_by_rule(
    host: Host, work: Work, account_ids: Collection[UUID] | None, mailbox_id: UUID | None
) -> dict[tuple[UUID, UUID], Level]:
    """Return the levels that rules give, by account and mailbox."""
    organisation = work.organisation_id
    in_group = and_(members.c.organisation_id == organisation, members.c.group_id == rules.c.group_id)
    is_user = and_(users.c.organisation_id == organisation, users.c.id == members.c.user_id)
    query = (
        select(users.c.account_id, rules.c.mailbox_id, func.bool_or(rules.c.administrator))
        .select_from(rules.join(members, in_group).join(users, is_user))
        .where(
            rules.c.organisation_id == organisation,
            users.c.account_id.is_not(None),
            _among(users.c.account_id, account_ids),
            true() if mailbox_id is None else rules.c.mailbox_id == mailbox_id,
        )
        .group_by(users.c.account_id, rules.c.mailbox_id)
    )
    with host.tables(work) as connection:
        return {
            (account, mailbox): Level.ADMINISTRATOR if administers or mailbox == ROLE else Level.MEMBER
            for account, mailbox, administers in connection.execute(query)
        }


def _held(
    host: Host, work: Work, account_ids: Collection[UUID] | None, mailbox_id: UUID | None
) -> dict[tuple[UUID, UUID], _Grant]:
    query = select(grants).where(
        grants.c.organisation_id == work.organisation_id,
        _among(grants.c.account_id, account_ids),
        true() if mailbox_id is None else grants.c.mailbox_id == mailbox_id,
    )
    with host.tables(work) as connection:
        return {
            (row.account_id, row.mailbox_id): _Grant(
                Level.ADMINISTRATOR if row.administrator else Level.MEMBER, Level(row.before)
            )
            for row in connection.execute(query)
        }


def _among(column: ColumnElement[UUID], account_ids: Collection[UUID] | None) -> ColumnElement[bool]:
    return true() if account_ids is None else column == any_(literal(list(account_ids), ARRAY(Uuid)))


def _plan(
    ruled: Mapping[UUID, Level], had: Mapping[UUID, _Grant], now: Mapping[UUID, Level], open_ids: Collection[UUID]
) -> tuple[dict[UUID, _Grant | None], dict[UUID, Level]]:
    """Return the new grants (None: ended) and the new levels, for accounts that change."""
    becoming: dict[UUID, _Grant | None] = {}
    after: dict[UUID, Level] = {}
    for account, level in ruled.items():
        grant = had.get(account)
        if account not in open_ids and (grant is None or account not in now):
            continue  # a closed account gets nothing until it is opened
        before = grant.before if grant else now.get(account, Level.NONE)
        if grant is None or grant.level is not level:
            becoming[account] = _Grant(level, before)
            after[account] = max(level, before, key=_RANK.__getitem__)
    for account, grant in had.items():
        if account not in ruled:
            becoming[account] = None
            if account in now:
                after[account] = grant.before
    return becoming, after


class _Applying:
    """Updates accounts as planned, one mailbox at a time.

    Args:
        host: The plugin's host.
        work: The unit of work.
        again: Whether access that was removed by hand is given again.
    """

    def __init__(self, host: Host, work: Work, *, again: bool) -> None:
        self._host, self._work, self._again = host, work, again
        self._accounts = DirectoryAccounts(work, SOURCE)

    def mailbox(self, place: UUID, ruled: Mapping[UUID, Level], had: Mapping[UUID, _Grant]) -> list[Change]:
        """Give and take back access to a mailbox; if it no longer exists, delete the grants."""
        if not mailbox_exists(self._work, place):
            _store(self._host, self._work, place, dict.fromkeys(had))
            return []
        touched = {*ruled, *had}
        now = {
            account: Level.ADMINISTRATOR if administers else Level.MEMBER
            for account, administers in self._accounts.access(place, touched).items()
        }
        if self._again:
            had = {account: grant for account, grant in had.items() if account in now or account not in ruled}
        open_ids = {account for account, person in self._accounts.users(touched).items() if person.active}
        becoming, after = _plan(ruled, had, now, open_ids)
        changes = [
            Change(account, place, now.get(account, Level.NONE), level)
            for account, level in sorted(after.items())
            if now.get(account, Level.NONE) is not level
        ]
        levels = {Level.NONE: None, Level.MEMBER: False, Level.ADMINISTRATOR: True}
        self._accounts.set_access(place, {change.account_id: levels[change.after] for change in changes})
        _store(self._host, self._work, place, becoming)
        return changes

    def role(self, ruled: Mapping[UUID, Level], had: Mapping[UUID, _Grant]) -> list[Change]:
        """Give and take back the role; the organisation's last administrator keeps it."""
        people = self._accounts.users({*ruled, *had})
        now = {
            account: Level.MEMBER if person.role is Role.USER else Level.ADMINISTRATOR
            for account, person in people.items()
        }
        becoming, after = _plan(ruled, had, now, {account for account, person in people.items() if person.active})
        changes = []
        for account, level in sorted(after.items()):
            if now.get(account, level) is level:
                continue
            kept = not self._set_role(account, level)
            if kept:
                becoming.pop(account, None)  # the next change tries again
            changes.append(Change(account, ROLE, now[account], level, kept))
        _store(self._host, self._work, ROLE, becoming)
        return changes

    def _set_role(self, account: UUID, level: Level) -> bool:
        try:
            self._accounts.set_role(account, Role.ADMIN if level is Level.ADMINISTRATOR else Role.USER)
        except Conflict:
            record(self._work, "scim.administrator-kept", account)
            return False
        return True


def _store(host: Host, work: Work, place: UUID, becoming: Mapping[UUID, _Grant | None]) -> None:
    organisation = work.organisation_id
    over = [account for account, grant in becoming.items() if grant is None]
    rows: list[dict[str, object]] = [
        {
            "organisation_id": organisation,
            "account_id": account,
            "mailbox_id": place,
            "administrator": grant.level is Level.ADMINISTRATOR,
            "before": grant.before.value,
        }
        for account, grant in becoming.items()
        if grant is not None
    ]
    with host.tables(work) as connection:
        if over:
            mine = (grants.c.organisation_id == organisation, grants.c.mailbox_id == place)
            connection.execute(delete(grants).where(*mine, grants.c.account_id == any_(literal(over, ARRAY(Uuid)))))
        for some in _parts(rows):
            new = upsert(grants).values(some)
            keys = ["organisation_id", "account_id", "mailbox_id"]
            set_ = {"administrator": new.excluded.administrator, "before": new.excluded.before}
            connection.execute(new.on_conflict_do_update(index_elements=keys, set_=set_))


def _parts(rows: Sequence[dict[str, object]]) -> list[Sequence[dict[str, object]]]:
    return [rows[start : start + MOST_ROWS] for start in range(0, len(rows), MOST_ROWS)]
