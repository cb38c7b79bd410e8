"""Users of an organisation: creating, finding and changing them; each has a personal mailbox."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, RowMapping, Update, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from budkavle.accounts import passwords
from budkavle.accounts.closed_accounts.refusing import require_kept
from budkavle.accounts.mailboxes import insert_mailbox, insert_members, personal_id, personal_mailbox
from budkavle.accounts.organisations import domain_faults
from budkavle.accounts.permissions import lock_administrators, record_installation_role, require_admin, require_rank
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.input_rules.email_addresses import is_email
from budkavle.model.input_rules.names import name_fault, one_line
from budkavle.model.people import ActorScope, Role, User
from budkavle.storage import audit
from budkavle.storage.database import Database
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import invitations, mailboxes, memberships, saved_searches, sessions, users

LANGUAGES = ("sv", "en")


def create_user(
    work: Work,
    *,
    email: str,
    name: str,
    password: str | None = None,
    role: Role = Role.USER,
    language: str = "sv",
) -> User:
    """Create an account and its personal mailbox.

    Without a password the person signs in by another method, or an administrator gives a one-time password.

    Args:
        work: The unit of work; its actor is an administrator of the organisation.
        email: Unique in the installation; stored in lower case.
        name: The name that colleagues and recipients see.
        password: The first password; None means that there is none yet.
        role: The role, at most the actor's own.
        language: `sv` or `en`.

    Raises:
        Forbidden: The actor is not an administrator of the organisation, or gives a role above their own.
        Invalid: A field is invalid, or the e-mail address is already taken.
    """
    made = User(uuid4(), work.organisation_id, email.strip().lower(), one_line(name), language, role)
    return insert_user(work, made, password)


def insert_user(work: Work, made: User, password: str | None = None) -> User:
    """Store a new account with its personal mailbox; see `create_user`."""
    require_admin(work.actor)
    require_rank(work.actor, made.role)
    _check(work, made, passwords.fault_for(work, made, password) if password is not None else None)
    hashed = passwords.hashed(password) if password is not None else None
    try:
        _insert(work, made, hashed)
        audit.record(work, "user.created", made.id, role=made.role.value)
        record_installation_role(work, None, made)
    except IntegrityError as error:
        raise _taken() from error
    return made


def search_users(
    work: Work, words: str, *, outside: UUID | None = None, limit: int = 20, active: bool = True
) -> Sequence[User]:
    """Return colleagues whose name or address contains all the words.

    Args:
        work: The unit of work; any actor in the organisation.
        words: Parts of names or addresses; if empty, the first users by name.
        outside: A mailbox whose members are left out.
        limit: The most users to return.
        active: True for open accounts; False for closed ones, which only administrators may search.
    """
    if not active:
        require_admin(work.actor)
    query = select(users).where(users.c.organisation_id == work.organisation_id, users.c.active.is_(active))
    for word in words.split():
        query = query.where(or_(_holds(users.c.name, word), _holds(users.c.email, word)))
    if outside is not None:
        inside = select(memberships.c.user_id).where(
            memberships.c.organisation_id == work.organisation_id, memberships.c.mailbox_id == outside
        )
        query = query.where(users.c.id.not_in(inside))
    rows = work.connection.execute(query.order_by(users.c.name, users.c.id).limit(limit)).mappings()
    return [as_user(row) for row in rows]


def user(work: Work, user_id: UUID) -> User:
    """Return one account of the organisation.

    Args:
        work: The unit of work.
        user_id: The user.

    Raises:
        NotFound: There is no such user here.
    """
    return as_user(user_row(work, user_id))


def account(platform: Platform, email: str) -> User | None:
    """Return the active account with this e-mail address, in any organisation, or None.

    Only for signing in, when there is no actor yet. An unknown address takes as long.
    """
    with platform.database.transaction(None) as connection:
        matches = func.find_account(email.strip()).table_valued("organisation_id", "user_id")
        match = connection.execute(select(matches)).one_or_none()
    organisation_id, user_id = (match.organisation_id, match.user_id) if match else (uuid4(), uuid4())
    with platform.database.transaction(organisation_id) as connection:
        query_row = select(users).where(users.c.organisation_id == organisation_id, users.c.id == user_id)
        row = connection.execute(query_row).mappings().one_or_none()
    return as_user(row) if row else None


def update_user(
    work: Work,
    user_id: UUID,
    *,
    name: str | None = None,
    language: str | None = None,
    role: Role | None = None,
    active: bool | None = None,
) -> User:
    """Change an account: the actor's own name and language, or as an administrator anybody's account.

    Raises:
        Forbidden: The actor may not change this.
        Invalid: A field is invalid.
        Conflict: The organisation would be left without an administrator.
    """
    if user_id != work.actor.user_id or role is not None or active is not None:
        require_admin(work.actor)
    if role is not None or active is not None:
        lock_administrators(work)
    old = as_user(user_row(work, user_id, lock=True))
    if user_id != work.actor.user_id:
        require_rank(work.actor, old.role)
    new = replace(
        old,
        name=old.name if name is None else one_line(name),
        language=language or old.language,
        role=role or old.role,
        active=old.active if active is None else active,
    )
    return replace_user(work, old, new)


def replace_user(work: Work, old: User, new: User) -> User:
    """Store a changed account; the caller has checked the actor's rights, and has locked its row.

    Raises:
        Forbidden: The actor gives or removes a role above their own.
        Invalid: A field is invalid, or the e-mail address is already taken.
        Conflict: The organisation would be left without an administrator, or the account's data has been destroyed.
    """
    require_kept(old)
    if new.role is not old.role:
        require_rank(work.actor, old.role, new.role)
    _check(work, new, None, old)
    _require_an_administrator(work.connection, old, new)
    try:
        _update(work, new)
    except IntegrityError as error:
        raise _taken() from error
    is_told = new.active and new.role is not old.role
    audit.record(work, _kind(old, new), new.id, role=new.role.value, active=new.active, told=is_told)
    record_installation_role(work, old, new)
    if is_told:
        announce_change(work, new.id, "role-changed")
    return new


def set_password(work: Work, user_id: UUID, password: str, *, old: str | None = None) -> None:
    """Set the actor's own password, which needs the old one, if any. Ends all sessions of the user.

    Nobody can choose another user's password: an administrator sends a link or a one-time password (see
    `administration.reset_password`). Only a system actor with the scope ACCOUNTS can set a lasting one.

    Raises:
        Forbidden: It is another user's password.
        Conflict: The account's data has been destroyed.
        Invalid: The new password breaks a rule, or the old one is wrong.
    """
    is_own = user_id == work.actor.user_id
    if not (is_own or work.actor.may(ActorScope.ACCOUNTS)):
        raise Forbidden("Ingen väljer någon annans lösenord. Ge ett engångslösenord i stället.")
    row = user_row(work, user_id, lock=True)
    require_kept(as_user(row))
    if sentence := passwords.fault_for(work, as_user(row), password):
        raise Invalid("Lösenordet kunde inte sparas.", fields={"password": sentence})
    if is_own and row["password_hash"] is not None and not passwords.matches(row["password_hash"], old or ""):
        raise Invalid("Lösenordet kunde inte sparas.", fields={"old": "Det gamla lösenordet stämmer inte."})
    keep_password(work, user_id, password)
    audit.record(work, "user.password-set", user_id, told=True)
    announce_change(work, user_id, "password-set")


def keep_password(work: Work, user_id: UUID, password: str | None, once_for: timedelta | None = None) -> None:
    """Store a password that has been checked, and sign the user out everywhere.

    Args:
        work: The unit of work.
        user_id: The user.
        password: The password; None removes the present one.
        once_for: How long a one-time password is valid; None for a lasting password.
    """
    until = func.now() + once_for if once_for else None
    hashed = passwords.hashed(password) if password is not None else None
    work.connection.execute(_change(work.organisation_id, user_id, password_hash=hashed, password_until=until))
    end_sessions(work, user_id)


@dataclass(frozen=True, slots=True)
class PasswordKept:
    """The state of a user's password, without the password itself.

    Attributes:
        mark: Identifies the password; it gives no access.
        once: Whether it is a one-time password.
        over: Whether it has expired.
    """

    mark: str
    once: bool
    over: bool


def password_kept(platform: Platform, user: User) -> PasswordKept:
    """Return the state of the user's password; with an empty mark if there is none."""
    with platform.work(user.acting()) as work:
        return _kept(user_row(work, user.id))


def replace_one_time_password(platform: Platform, user: User, mark: str, password: str) -> None:
    """Store the password that a user has chosen to replace a one-time password.

    Raises:
        NotFound: The one-time password has expired, or has been replaced.
        Invalid: The new password is the same.
    """
    with platform.work(user.acting()) as work:
        row = user_row(work, user.id, lock=True)
        current = _kept(row)
        if not current.once or current.over or current.mark != mark:
            raise NotFound("Engångslösenordet gäller inte längre.")
        if passwords.matches(row["password_hash"], password):
            sentence = "Välj ett annat lösenord än det du fick."
            raise Invalid("Lösenordet kunde inte sparas.", fields={"password": sentence})
        keep_password(work, user.id, password)
        audit.record(work, "user.password-set", user.id)
        announce_change(work, user.id, "password-set")


def _kept(row: RowMapping) -> PasswordKept:
    mark, is_once = passwords.mark(row["password_hash"]), row["password_until"] is not None
    return PasswordKept(mark, is_once, bool(row["password_is_over"]))


def end_sessions(work: Work, user_id: UUID, *, kept: bytes = b"") -> int:
    """Sign a user out everywhere, but not in the session whose hash is `kept`; returns how many sessions ended.

    What was begun or granted before, such as a sign-in under way, gives no access any more.
    """
    where = (sessions.c.organisation_id == work.organisation_id, sessions.c.user_id == user_id, sessions.c.hash != kept)
    ended = work.connection.execute(delete(sessions).where(*where)).rowcount
    Database.notify(work.connection, {"o": work.organisation_id, "u": user_id, "k": "access"})
    work.connection.execute(_change(work.organisation_id, user_id, ended_at=func.now()))
    return ended


def ended_since(platform: Platform, user: User, moment: datetime) -> bool:
    """Tell whether the user has been signed out everywhere after a given time."""
    query = select(users.c.id).where(users.c.organisation_id == user.organisation_id, users.c.id == user.id)
    with platform.database.transaction(user.organisation_id) as connection:
        return connection.execute(query.where(users.c.ended_at > moment)).first() is not None


def announce_change(work: Work, user_id: UUID, kind: str) -> None:
    """Announce to plugins, after the commit, how an account has changed; they notify its owner."""
    changed = {"organisation_id": work.organisation_id, "user_id": user_id, "kind": kind}
    work.after_commit(lambda: work.platform.plugins.emit("account_changed", **changed))


def user_row(work: Work, user_id: UUID, *, lock: bool = False) -> RowMapping:
    """Return the row of a user of the actor's organisation.

    Raises:
        NotFound: There is no such user here.
    """
    is_over = (users.c.password_until <= func.now()).label("password_is_over")
    query = select(users, is_over).where(users.c.organisation_id == work.organisation_id, users.c.id == user_id)
    row = work.connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise NotFound("Användaren finns inte.")
    return row


def as_user(row: RowMapping) -> User:
    """Return a user from its row."""
    return User(
        id=row["id"],
        organisation_id=row["organisation_id"],
        email="" if row["destroyed_at"] else row["email"],
        name=row["name"],
        language=row["language"],
        role=Role(row["role"]),
        active=row["active"],
        source=row["source"],
        destroyed=row["destroyed_at"] is not None,
        signed_out_at=row["ended_at"],
    )


def _holds(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    return func.lower(column).contains(word.lower(), autoescape=True)


def _change(organisation_id: UUID, user_id: UUID, **values: object) -> Update:
    where = (users.c.organisation_id == organisation_id, users.c.id == user_id)
    return update(users).where(*where).values(**values)


def _check(work: Work, user: User, password_sentence: str | None, old: User | None = None) -> None:
    fields = domain_faults(work, user, old)
    # An older account may have a name or an address that is refused today, and is closed and opened all the same.
    is_renamed, is_moved = (not old or user.name != old.name, not old or user.email != old.email)
    if is_renamed and (fault := name_fault(user.name, "Skriv namnet.")):
        fields["name"] = fault
    if is_moved and not is_email(user.email):
        fields["email"] = "Skriv en e-postadress, som namn@exempel.se."
    if user.language not in LANGUAGES:
        fields["language"] = "Välj svenska eller engelska."
    if password_sentence:
        fields["password"] = password_sentence
    if fields:
        raise Invalid("Kontot kunde inte sparas.", fields=fields)


def _kind(old: User, new: User) -> str:
    """Return the event log's kind for a change of an account."""
    if new.active is not old.active:
        return "user.opened" if new.active else "user.closed"
    return "user.changed" if new.role is old.role else "user.role-changed"


def _taken() -> Invalid:
    return Invalid("Kontot kunde inte sparas.", fields={"email": "Det finns redan ett konto med den e-postadressen."})


def _insert(work: Work, user: User, password_hash: str | None) -> None:
    row = {"organisation_id": user.organisation_id, "id": user.id, "active": user.active, **_values(user)}
    work.connection.execute(insert(users).values(**row, password_hash=password_hash, created_at=func.now()))
    insert_mailbox(work.connection, personal_mailbox(user))
    insert_members(work, personal_mailbox(user).id, [user.id], administrator=True)


def _values(user: User) -> dict[str, str]:
    words = {"email": user.email, "name": user.name, "language": user.language}
    return {**words, "role": user.role.value, "source": user.source}


def _update(work: Work, new: User) -> None:
    work.connection.execute(_change(new.organisation_id, new.id, active=new.active, **_values(new)))
    own_mailbox = (mailboxes.c.organisation_id == new.organisation_id, mailboxes.c.id == personal_id(new.id))
    work.connection.execute(update(mailboxes).where(*own_mailbox).values(name=new.name, language=new.language))
    # An invitation is only for a closed account; its link must not open the account again later.
    here = (invitations.c.organisation_id == new.organisation_id, invitations.c.user_id == new.id)
    if new.active:
        work.connection.execute(delete(invitations).where(*here))
    else:
        end_sessions(work, new.id)
        of_organisation = delete(saved_searches).where(saved_searches.c.organisation_id == new.organisation_id)
        work.connection.execute(of_organisation.where(saved_searches.c.user_id == new.id))


def _require_an_administrator(connection: Connection, old: User, new: User) -> None:
    administers = {Role.ADMIN, Role.PLATFORM}
    if old.role not in administers or (new.role in administers and new.active):
        return
    query = select(users.c.id).where(
        users.c.organisation_id == old.organisation_id,
        users.c.role.in_([role.value for role in administers]),
        users.c.active,
    )
    # Under `lock_administrators`, so that two administrators who remove each other's role cannot both succeed.
    if set(connection.execute(query.limit(2)).scalars()) <= {old.id}:
        raise Conflict("Organisationen behöver minst en administratör. Gör någon annan till administratör först.")
