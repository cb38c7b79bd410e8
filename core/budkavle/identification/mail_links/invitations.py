"""Invitations: a link by mail with which a person identifies, or chooses a password, to open their account.

The link contains a secret of 32 bytes, of which only the hash is stored. It is valid once, for a week, and a new
invitation ends the previous one. Opening the link only shows a page, since mail scanners open links too.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import i18n
from budkavle.accounts import passwords, users
from budkavle.accounts.closed_accounts.refusing import require_kept
from budkavle.accounts.organisations import organisation
from budkavle.identification import identities, providers
from budkavle.identification.identities import PERSONNUMMER
from budkavle.model.errors import Conflict, Invalid, NotFound
from budkavle.model.notices import Notice, NoticeKind, NoticeLink
from budkavle.model.people import CORE_NAME, Organisation, SystemActor, User
from budkavle.notices.asking import notice_kinds, notify
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.storage import audit
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import invitations as table
from budkavle.storage.tables import users as users_table

LASTS = timedelta(days=7)
PATH = "/invitation/"
OVER = (
    "Inbjudan gäller inte längre. Den kan vara använd, återtagen eller äldre än en vecka. Be den som bjöd in dig att "
    "skicka en ny."
)
SUBJECT = "Du är inbjuden till Budkavle hos {organisation}"
TEXT = "{name} har lagt upp ett konto för dig hos {organisation} i Budkavle, för säkra meddelanden."
WHAT_NEXT = (
    "Öppna inbjudan och visa vem du är, eller välj ett lösenord. Länken gäller i sju dagar och kan användas en gång."
)
FOOTNOTE = "Väntade du dig inte det här? Då behöver du inte göra något."


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that has not been used yet.

    Attributes:
        user: The account that it opens.
        organisation: The organisation of the account.
        needs_number: Whether the person must have the account's personal number.
        ways: The identity providers that can open it.
        takes_password: Whether choosing a password can open it too.
        mark: Identifies it among invitations to the same person; it gives no access.
    """

    user: User
    organisation: Organisation
    needs_number: bool
    ways: tuple[IdentityProvider, ...]
    takes_password: bool
    mark: str


def can_invite(platform: Platform) -> bool:
    """Tell whether this installation can send mail, which invitations need."""
    return NoticeKind.MAIL in notice_kinds(platform)


def invite(work: Work, user: User) -> None:
    """Send an invitation to the owner of a closed account; their previous invitation ends.

    Args:
        work: The unit of work; the caller has checked that its actor may change the account.
        user: The account.

    Raises:
        Conflict: The account is open, or its data has been destroyed.
        Invalid: No mail can be sent from here, or to that address.
    """
    row = users.user_row(work, user.id, lock=True)
    if row["active"]:
        raise Conflict("Kontot är redan öppet.")
    require_kept(users.as_user(row))
    secret = secrets.token_urlsafe(32)
    sent = {
        "hash": _hash(secret),
        "invited_by": work.actor.user_id,
        "sent_at": func.now(),
        "expires_at": func.now() + LASTS,
    }
    write = upsert(table).values(organisation_id=work.organisation_id, user_id=user.id, **sent)
    work.connection.execute(write.on_conflict_do_update(index_elements=["organisation_id", "user_id"], set_=sent))
    # Its retention time starts again when the invitation ends; a job about to erase it sees that the row has changed.
    this = (users_table.c.organisation_id == work.organisation_id, users_table.c.id == user.id)
    work.connection.execute(update(users_table).where(*this).values(closed_at=None))
    notify(work, _notice(work, user, f"{work.organisation_id}.{secret}"))
    audit.record(work, "user.invited", user.id)


def withdraw(work: Work, user_id: UUID) -> None:
    """Withdraw an invitation: its link is no longer valid, and the account stays closed.

    Raises:
        NotFound: There is no invitation for the account.
    """
    statement = delete(table).where(table.c.organisation_id == work.organisation_id, table.c.user_id == user_id)
    if not work.connection.execute(statement).rowcount:
        raise NotFound("Det finns ingen inbjudan att ta tillbaka.")
    audit.record(work, "user.invitation-withdrawn", user_id)


def find_invitation(platform: Platform, token: str) -> Invitation:
    """Return the invitation of a link, without using it.

    Args:
        platform: The installation.
        token: The secret part of the link's URL.

    Raises:
        NotFound: It is used, withdrawn, replaced, expired, or not valid at all.
    """
    organisation_id, hashed = _parts(token)
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        query = select(users_table).select_from(users_table.join(table, users_table.c.id == table.c.user_id))
        query = query.where(users_table.c.organisation_id == organisation_id, *_waits(organisation_id, hashed))
        row = work.connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(OVER)
        user, home = users.as_user(row), organisation(work)
    with platform.work(user.acting()) as work:
        has_number = any(linked.provider == PERSONNUMMER for linked in identities.linked(work))
    return _invitation(platform, user, home, hashed.hex(), has_number=has_number)


def use(work: Work, user: User, mark: str) -> User:
    """Use up an invitation and open its account.

    Args:
        work: The unit of work; its actor is the invited person.
        user: The account.
        mark: The mark of the invitation.

    Raises:
        NotFound: It is used, withdrawn, replaced or expired.
    """
    gone = delete(table).where(table.c.user_id == user.id, *_waits(work.organisation_id, bytes.fromhex(mark)))
    if not work.connection.execute(gone).rowcount:
        raise NotFound(OVER)
    old = users.as_user(users.user_row(work, user.id, lock=True))
    audit.record(work, "user.invitation-used", user.id)
    return users.replace_user(work, old, replace(old, active=True))


def choose_password(platform: Platform, invitation: Invitation, password: str) -> User:
    """Open the account with a password that the invited person chooses.

    Raises:
        Conflict: This account can be opened only by identifying.
        Invalid: The password breaks a rule.
        NotFound: The invitation is used, withdrawn, replaced or expired.
    """
    if not invitation.takes_password:
        raise Conflict("Det här kontot öppnas av den som legitimerar sig.")
    with platform.work(invitation.user.acting()) as work:
        if sentence := passwords.fault_for(work, invitation.user, password):
            raise Invalid("Lösenordet kunde inte sparas.", fields={"password": sentence})
        user = use(work, invitation.user, invitation.mark)
        users.keep_password(work, user.id, password)
    return user


def _invitation(platform: Platform, user: User, home: Organisation, mark: str, *, has_number: bool) -> Invitation:
    allowed = providers.staff_providers(platform, home)
    ways = [way for way in allowed if not way.traits.opens_account_by_address and not way.traits.frame]
    if has_number:
        ways = [way for way in ways if way.traits.asserts_personnummer]
    takes_password = not has_number and any(way.traits.asks_for_password for way in allowed)
    return Invitation(user, home, has_number, tuple(ways), takes_password, mark)


def _notice(work: Work, user: User, token: str) -> Notice:
    words = i18n.translations(user.language, dict(work.platform.plugins.folders("locale")))
    facts = {"organisation": organisation(work).name, "name": work.actor.name}
    url = f"{work.platform.settings.base_url.rstrip('/')}{PATH}{token}"
    return Notice(
        NoticeKind.MAIL,
        user.email,
        "budkavle.invitation",
        subject=i18n.say(SUBJECT, words, **facts),
        text="\n\n".join((i18n.say(TEXT, words, **facts), i18n.say(WHAT_NEXT, words))),
        language=user.language,
        about=user.id,
        link=NoticeLink(i18n.say("Öppna inbjudan", words), url),
        footnote=i18n.say(FOOTNOTE, words),
        expires_at=datetime.now(UTC) + LASTS,
        is_secret=True,
    )


def _parts(token: str) -> tuple[UUID, bytes]:
    organisation_id, _, secret = token.partition(".")
    try:
        return UUID(organisation_id), _hash(secret)
    except ValueError as error:
        raise NotFound(OVER) from error


def _waits(organisation_id: UUID, hashed: bytes) -> tuple[ColumnElement[bool], ...]:
    return (table.c.organisation_id == organisation_id, table.c.hash == hashed, table.c.expires_at > func.now())


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
