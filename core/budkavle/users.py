"""Users of an organisation: making, finding and changing them; each has a personal mailbox."""

import re
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, RowMapping, Update, delete, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from budkavle import audit, passwords
from budkavle.boxes import insert_mailbox, insert_member, personal_id, personal_mailbox
from budkavle.errors import Conflict, Invalid, NotFound
from budkavle.people import Actor, Role, User, name_fault
from budkavle.platform import Platform
from budkavle.rights import require_admin, require_platform
from budkavle.tables import mailboxes, memberships, sessions, users

LANGUAGES = ("sv", "en")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def create_user(
    platform: Platform,
    actor: Actor,
    *,
    email: str,
    name: str,
    password: str | None = None,
    role: Role = Role.USER,
    language: str = "sv",
) -> User:
    """Make an account and its personal mailbox (feature O2).

    Without a password the person signs in by another way, or an administrator sets one later.

    Raises:
        Forbidden: The actor does not administer the organisation, or gives more than they have.
        Invalid: A field is wrong, or somebody already has that e-mail address.
    """
    require_admin(actor)
    _check_role(actor, role)
    made = User(uuid4(), actor.organisation_id, email.strip().lower(), name.strip(), language, role)
    _check(made, password)
    hashed = passwords.hashed(password) if password is not None else None
    try:
        with platform.database.transaction(actor.organisation_id) as connection:
            _insert(connection, made, hashed)
            audit.record(connection, actor, "user.created", made.id, role=role.value)
    except IntegrityError as error:
        raise _taken() from error
    return made


def users_of(platform: Platform, actor: Actor) -> list[User]:
    """Return every account of the organisation, also the inactive, by name (feature O2)."""
    require_admin(actor)
    with platform.database.transaction(actor.organisation_id) as connection:
        query = select(users).where(users.c.organisation_id == actor.organisation_id)
        return [as_user(row) for row in connection.execute(query.order_by(users.c.name, users.c.id)).mappings()]


def search_users(
    platform: Platform, actor: Actor, words: str, *, outside: UUID | None = None, limit: int = 20
) -> Sequence[User]:
    """Return active colleagues whose name or address has all the words (feature F10).

    Args:
        platform: What everything stands on.
        actor: Anybody of the organisation.
        words: Parts of names or addresses; none returns the first by name.
        outside: Leaves out those who are members of this mailbox already.
        limit: At most so many.
    """
    query = select(users).where(users.c.organisation_id == actor.organisation_id, users.c.active)
    for word in words.split():
        query = query.where(or_(_holds(users.c.name, word), _holds(users.c.email, word)))
    if outside is not None:
        inside = select(memberships.c.user_id).where(
            memberships.c.organisation_id == actor.organisation_id, memberships.c.mailbox_id == outside
        )
        query = query.where(users.c.id.not_in(inside))
    with platform.database.transaction(actor.organisation_id) as connection:
        rows = connection.execute(query.order_by(users.c.name, users.c.id).limit(limit)).mappings()
        return [as_user(row) for row in rows]


def user(platform: Platform, actor: Actor, user_id: UUID) -> User:
    """Return one account of the organisation.

    Raises:
        NotFound: There is none such here.
    """
    with platform.database.transaction(actor.organisation_id) as connection:
        return as_user(user_row(connection, actor, user_id))


def account(platform: Platform, email: str) -> User | None:
    """Return the active account with this e-mail address, in whichever organisation it is, or None.

    Only for signing in: nobody is known yet. It takes as long for an address that is unknown.
    """
    with platform.database.transaction(None) as connection:
        query = text("SELECT organisation_id, user_id FROM find_account(:address)")
        found = connection.execute(query, {"address": email.strip()}).one_or_none()
    nobody = uuid4()
    organisation_id, user_id = (found.organisation_id, found.user_id) if found else (nobody, nobody)
    with platform.database.transaction(organisation_id) as connection:
        query_row = select(users).where(users.c.organisation_id == organisation_id, users.c.id == user_id)
        row = connection.execute(query_row).mappings().one_or_none()
    return as_user(row) if row else None


def accounts(platform: Platform, emails: Sequence[str]) -> dict[str, tuple[UUID, UUID]]:
    """Return organisation and id of the active accounts with these e-mail addresses, in one question."""
    query = text("SELECT asked, f.* FROM unnest(CAST(:asked AS text[])) AS asked, find_account(asked) f")
    with platform.database.transaction(None) as connection:
        found = connection.execute(query, {"asked": list(emails)}).all()
    return {row.asked: (row.organisation_id, row.user_id) for row in found}


def update_user(
    platform: Platform,
    actor: Actor,
    user_id: UUID,
    *,
    name: str | None = None,
    language: str | None = None,
    role: Role | None = None,
    active: bool | None = None,
) -> User:
    """Change an account: one's own name and language, or as administrator anybody's (features U3, U4).

    Raises:
        Forbidden: The actor may not change this.
        Invalid: A field is wrong.
        Conflict: The organisation would be left without an administrator.
    """
    if user_id != actor.user_id or role is not None or active is not None:
        require_admin(actor)
    with platform.database.transaction(actor.organisation_id) as connection:
        old = as_user(user_row(connection, actor, user_id, lock=True))
        new = replace(
            old,
            name=old.name if name is None else name.strip(),
            language=language or old.language,
            role=role or old.role,
            active=old.active if active is None else active,
        )
        if new.role is not old.role:
            _check_role(actor, old.role, new.role)
        _check(new, None)
        _keep_an_administrator(connection, old, new)
        _update(connection, new)
        audit.record(connection, actor, "user.changed", user_id, role=new.role.value, active=new.active)
    return new


def set_password(platform: Platform, actor: Actor, user_id: UUID, password: str, *, old: str | None = None) -> None:
    """Set a password; one's own needs the old one. Ends every session of the user.

    Raises:
        Forbidden: The actor is neither the user nor an administrator.
        Invalid: The new password breaks a rule, or the old one is wrong.
    """
    own = user_id == actor.user_id
    if not own:
        require_admin(actor)
    if sentence := passwords.fault(password):
        raise Invalid("Lösenordet kunde inte sparas.", fields={"password": sentence})
    with platform.database.transaction(actor.organisation_id) as connection:
        row = user_row(connection, actor, user_id, lock=True)
        if not own:
            _check_role(actor, Role(row["role"]))
        if own and row["password_hash"] is not None and not passwords.matches(row["password_hash"], old or ""):
            raise Invalid("Lösenordet kunde inte sparas.", fields={"old": "Det gamla lösenordet stämmer inte."})
        connection.execute(_change(actor.organisation_id, user_id, password_hash=passwords.hashed(password)))
        end_sessions(connection, actor.organisation_id, user_id)
        audit.record(connection, actor, "user.password-set", user_id)
    changed = {"organisation_id": actor.organisation_id, "user_id": user_id, "kind": "password-set"}
    platform.database.afterwards(lambda: platform.plugins.emit("account_changed", **changed))


def end_sessions(connection: Connection, organisation_id: UUID, user_id: UUID) -> None:
    """Sign a user out everywhere."""
    where = (sessions.c.organisation_id == organisation_id, sessions.c.user_id == user_id)
    connection.execute(delete(sessions).where(*where))


def user_row(connection: Connection, actor: Actor, user_id: UUID, *, lock: bool = False) -> RowMapping:
    """Return the row of a user of the actor's organisation.

    Raises:
        NotFound: There is none such here.
    """
    query = select(users).where(users.c.organisation_id == actor.organisation_id, users.c.id == user_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise NotFound("Användaren finns inte.")
    return row


def as_user(row: RowMapping) -> User:
    """Make a user of its row."""
    return User(
        id=row["id"],
        organisation_id=row["organisation_id"],
        email=row["email"],
        name=row["name"],
        language=row["language"],
        role=Role(row["role"]),
        active=row["active"],
    )


def _holds(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    return func.lower(column).contains(word.lower(), autoescape=True)


def _change(organisation_id: UUID, user_id: UUID, **values: object) -> Update:
    where = (users.c.organisation_id == organisation_id, users.c.id == user_id)
    return update(users).where(*where).values(**values)


def _check(user: User, password: str | None) -> None:
    fields: dict[str, str] = {}
    if fault := name_fault(user.name, "Skriv namnet."):
        fields["name"] = fault
    if not EMAIL.fullmatch(user.email):
        fields["email"] = "Skriv en e-postadress, som namn@exempel.se."
    if user.language not in LANGUAGES:
        fields["language"] = "Välj svenska eller engelska."
    if password is not None and (sentence := passwords.fault(password)):
        fields["password"] = sentence
    if fields:
        raise Invalid("Kontot kunde inte sparas.", fields=fields)


def _check_role(actor: Actor, *roles: Role) -> None:
    if Role.PLATFORM in roles:
        require_platform(actor)


def _taken() -> Invalid:
    sentence = "Det finns redan ett konto med den e-postadressen."
    return Invalid("Kontot kunde inte sparas.", fields={"email": sentence})


def _insert(connection: Connection, user: User, password_hash: str | None) -> None:
    row = {
        "organisation_id": user.organisation_id,
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "language": user.language,
        "role": user.role.value,
        "password_hash": password_hash,
        "created_at": func.now(),
    }
    connection.execute(insert(users).values(row))
    insert_mailbox(connection, personal_mailbox(user))
    insert_member(connection, user.organisation_id, personal_mailbox(user).id, user.id, administrator=True)


def _update(connection: Connection, new: User) -> None:
    values = {"name": new.name, "language": new.language, "role": new.role.value, "active": new.active}
    connection.execute(_change(new.organisation_id, new.id, **values))
    own = update(mailboxes).where(
        mailboxes.c.organisation_id == new.organisation_id, mailboxes.c.id == personal_id(new.id)
    )
    connection.execute(own.values(name=new.name, language=new.language))
    if not new.active:
        end_sessions(connection, new.organisation_id, new.id)


def _keep_an_administrator(connection: Connection, old: User, new: User) -> None:
    administers = {Role.ADMIN, Role.PLATFORM}
    if old.role not in administers or (new.role in administers and new.active):
        return
    query = select(users.c.id).where(
        users.c.organisation_id == old.organisation_id,
        users.c.role.in_([role.value for role in administers]),
        users.c.active,
    )
    # Locked, so that two administrators who take the role from each other at once do not both succeed.
    if set(connection.execute(query.order_by(users.c.id).with_for_update()).scalars()) <= {old.id}:
        raise Conflict("Organisationen behöver minst en administratör. Gör någon annan till administratör först.")
