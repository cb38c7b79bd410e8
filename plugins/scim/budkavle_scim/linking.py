"""Links the directory's users at a sign-in method to their accounts, so that nobody has to do it by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Actor, ActorScope, Conflict, Forbidden, Host, Invalid, NotFound, Work, record
from budkavle.accounts import find_organisation, require_admin
from budkavle.identification import DirectoryAccounts
from budkavle_scim.documents import opened
from budkavle_scim.link_summary import tell_administrators
from budkavle_scim.rules.applying import SOURCE
from budkavle_scim.tables import linking, links, users

ATTRIBUTES = ("externalId", "userName", "id")
BATCH = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """The sign-in method that knows the directory's users, and by which attribute; none: nothing is linked."""

    way: str = ""
    attribute: str = "externalId"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many users are linked, refused, and still to be processed."""

    linked: int
    refused: int
    waiting: int


def ways(host: Host, actor: Actor) -> Mapping[str, str]:
    """Return the labels of the sign-in methods available to the organisation's staff, by name."""
    with host.work(actor) as work:
        slug = find_organisation(work).slug
    return {
        name: provider.label
        for name, provider in host.platform.plugins.identity_providers.items()
        if "staff" in provider.traits.audiences
        and not provider.traits.opens_account_by_address
        and (not provider.traits.organisations or slug in provider.traits.organisations)
    }


def chosen(host: Host, work: Work) -> Choice:
    """Return the organisation's choice."""
    query = select(linking.c.way, linking.c.attribute).where(linking.c.organisation_id == work.organisation_id)
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    return Choice(row.way, row.attribute) if row else Choice()


def choose(host: Host, actor: Actor, choice: Choice) -> None:
    """Choose the sign-in method; a job links and unlinks users, and retries those that were refused.

    Raises:
        Forbidden: The actor does not administer the organisation.
        Invalid: The method is not available to the organisation, or there is no such attribute.
    """
    require_admin(actor)
    faults = {}
    if choice.way and choice.way not in ways(host, actor):
        faults["way"] = "Välj ett av sätten."
    if choice.attribute not in ATTRIBUTES:
        faults["attribute"] = "Välj en av uppgifterna."
    if faults:
        raise Invalid("Valet kunde inte sparas.", fields=faults)
    with host.work(actor) as work:
        with host.tables(work) as connection:
            values = {"way": choice.way, "attribute": choice.attribute}
            new = upsert(linking).values(organisation_id=work.organisation_id, **values)
            connection.execute(new.on_conflict_do_update(index_elements=["organisation_id"], set_=values))
            mine = links.c.organisation_id == work.organisation_id
            connection.execute(delete(links).where(mine, links.c.refused, links.c.identity_id.is_(None)))
        record(work, "scim.linking-changed", None, way=choice.way or "-", attribute=choice.attribute)


def counts(host: Host, actor: Actor) -> Counts:
    """Count the organisation's users by the state of their link."""
    with host.work(actor) as work:
        return _counts(host, work)


def _counts(host: Host, work: Work) -> Counts:
    choice, mine = chosen(host, work), links.c.organisation_id == work.organisation_id
    with host.tables(work) as connection:
        of_links = select(func.count(links.c.identity_id), func.count().filter(links.c.refused)).where(mine)
        linked, refused = connection.execute(of_links).one()
        waiting = connection.execute(_pending(work, choice).with_only_columns(func.count())).scalar_one()
        return Counts(linked, refused, waiting)


def follow(host: Host, work: Work, row: Any, user_name: str, *, tell: bool = True) -> None:
    """Update the link of a user to the organisation's choice.

    Args:
        host: The plugin's host.
        work: The unit of work, of the directory or the job.
        row: The stored row of the user.
        user_name: The user name as the directory spells it.
        tell: Whether to tell the owner of an account in use; the job tells the administrators instead.
    """
    choice, old = chosen(host, work), _link_of(host, work, row.id)
    if not choice.way and old is None:
        return
    subject = {"externalId": row.external_id, "userName": user_name, "id": str(row.id)}[choice.attribute]
    subject = subject if choice.way and row.account_id else None
    digest = work.vault.subject_hash(choice.way, subject) if subject else b""
    new = {"account_id": row.account_id, "way": choice.way, "attribute": choice.attribute, "subject_hash": digest}
    if old and all(getattr(old, name) == value for name, value in new.items()):
        return
    same = old and (old.account_id, old.way, bytes(old.subject_hash)) == (row.account_id, choice.way, digest)
    identity_id, refused = (old.identity_id, old.refused) if same else (None, False)
    if not same:
        # Link before unlinking: an account without a sign-in method, even for a moment, would count as never used.
        identity_id, refused = _link(work, row.account_id, choice.way, subject, tell) if subject else (None, False)
        _unlink(work, old, tell=tell)
    with host.tables(work) as connection:
        connection.execute(delete(links).where(*_this(work, row.id)))
        if choice.way:
            more = {"organisation_id": work.organisation_id, "user_id": row.id}
            connection.execute(insert(links).values(**more, **new, identity_id=identity_id, refused=refused))


def forget(host: Host, work: Work, user_id: UUID) -> None:
    """Remove the link of a user that the directory removes."""
    _unlink(work, _link_of(host, work, user_id))
    with host.tables(work) as connection:
        connection.execute(delete(links).where(*_this(work, user_id)))


def run(host: Host) -> int:
    """Link and unlink users after a new choice, a batch for each organisation; a job. Return the number of users."""
    return host.platform.in_each_organisation(partial(_batch, host))


def _batch(host: Host, organisation_id: UUID) -> int:
    scopes = (ActorScope.ADMINISTER, ActorScope.ACCOUNTS)
    with host.work(host.system(organisation_id, *scopes, name="SCIM")) as work:
        query = _pending(work, chosen(host, work)).order_by(users.c.id).limit(BATCH)
        with host.tables(work) as connection:
            locked = query.with_for_update(of=users, key_share=True, skip_locked=True)
            rows = connection.execute(locked).all()
        for row in rows:
            follow(host, work, row, str(opened(work, row).get("userName", "")), tell=False)
        if rows:
            _tell_when_done(host, work)
        return len(rows)


def _tell_when_done(host: Host, work: Work) -> None:
    """Tell the administrators once all users are processed: a mail for each of 50,000 would help nobody."""
    choice, now = chosen(host, work), _counts(host, work)
    if now.waiting == 0:
        provider = host.platform.plugins.identity_providers.get(choice.way)
        tell_administrators(host, work, provider.label if provider else choice.way, now.linked, now.refused)


def _pending(work: Work, choice: Choice) -> Any:
    """Return the users that have not been processed under a choice."""
    mine = and_(links.c.organisation_id == users.c.organisation_id, links.c.user_id == users.c.id)
    other = or_(links.c.way != choice.way, links.c.attribute != choice.attribute)
    behind = or_(links.c.user_id.is_(None), other) if choice.way else links.c.user_id.is_not(None)
    query = select(users).select_from(users.outerjoin(links, mine))
    return query.where(users.c.organisation_id == work.organisation_id, behind)


def _link(work: Work, account_id: UUID, way: str, subject: str, tell: bool) -> tuple[UUID | None, bool]:
    """Return the new link, if any, and whether it was refused."""
    try:
        return DirectoryAccounts(work, SOURCE).link(account_id, way, subject, tell=tell), False
    except (Conflict, NotFound, Forbidden) as error:
        record(work, "scim.link-refused", account_id, way=way, reason=str(error))
        return None, True


def _unlink(work: Work, old: Any, *, tell: bool = True) -> None:
    if old is None or old.identity_id is None or old.account_id is None:
        return
    try:
        DirectoryAccounts(work, SOURCE).unlink(old.account_id, old.identity_id, tell=tell)
    except (NotFound, Forbidden) as error:
        record(work, "scim.link-refused", old.account_id, way=old.way, reason=str(error))


def _link_of(host: Host, work: Work, user_id: UUID) -> Any:
    with host.tables(work) as connection:
        return connection.execute(select(links).where(*_this(work, user_id))).one_or_none()


def _this(work: Work, user_id: UUID) -> tuple[Any, Any]:
    return links.c.organisation_id == work.organisation_id, links.c.user_id == user_id
