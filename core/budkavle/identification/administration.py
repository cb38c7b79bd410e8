"""Administration of others' accounts: closing, roles, and sign-in methods.

Anybody who can change how an account is opened can impersonate its owner. So it takes the highest level that the
organisation's sign-in methods can give. Administrators cannot do it for themselves, and the owner is notified. A
personnummer opens the account only after a waiting time. If the level is too low, another administrator must confirm
it. A system actor, such as the command line, may do all this at once.
"""

import secrets
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts import passwords, users
from budkavle.accounts.organisations import organisation
from budkavle.accounts.permissions import require_admin, require_rank
from budkavle.identification import account_methods, identities, providers, succession
from budkavle.identification.identities import PERSONNUMMER, Linked
from budkavle.identification.mail_links import invitations, new_passwords
from budkavle.identification.second_factor import ALPHABET
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound, StepUp
from budkavle.model.input_rules.swedish_numbers import personal_number
from budkavle.model.loa import Loa
from budkavle.model.people import Actor, ActorScope, NewIdentity, Role, User
from budkavle.storage import audit
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import users as table

LONGEST_REASON = 200
NO_NUMBER = "Numret stämmer inte. Kontrollera det och skriv tolv siffror, som ÅÅÅÅMMDD-NNNN."
NO_REASON = "Skriv varför, till exempel vilken legitimation du har sett."


def require_authority(work: Work, user_id: UUID, *, other: bool = True) -> User:
    """Return the account that an administrator may change.

    Args:
        work: The unit of work; its actor is an administrator, or a system actor with ADMINISTER and ACCOUNTS.
        user_id: The account.
        other: Whether the administrator's own account is refused.

    Raises:
        Forbidden: The actor is not an administrator, or the account has a higher role, or is their own.
        NotFound: There is no such account here.
        StepUp: They have not identified at the required level.
    """
    require_admin(work.actor)
    account = users.user(work, user_id)
    require_rank(work.actor, account.role)
    if other and user_id == work.actor.user_id:
        raise Forbidden(
            "Det här gör en annan administratör för ditt konto. Det du själv kan ändra står under Mitt konto."
        )
    require_sure(work)
    return account


def require_sure(work: Work) -> None:
    """Require an administrator who has identified at the highest level of the organisation's sign-in methods.

    Raises:
        Forbidden: The actor is not an administrator.
        StepUp: They have not identified at that level.
    """
    require_admin(work.actor)
    if not _is_sure(work.actor, required := account_methods.required_loa(work)):
        raise StepUp("Visa säkrare vem du är, innan du ändrar någon annans konto.", wanted=required)


def set_personnummer(work: Work, user_id: UUID, number: str, reason: str | None = None) -> None:
    """Set the number of an account's owner, so that an e-identification opens it; only a keyed hash is stored.

    If the owner has already added the number, this confirms it. Any other number replaces the old one, and opens the
    account after the waiting time. If set by an administrator below level 3, it gives no more than that administrator's
    level until another administrator confirms it.

    Args:
        work: The unit of work; its actor is an administrator of the organisation, or a system actor with
            ADMINISTER and ACCOUNTS.
        user_id: The account.
        number: A personnummer or samordningsnummer.
        reason: The reason, recorded in the event log; None if no reason is required, as for a new account.

    Raises:
        Invalid: The number is not valid, or the reason is empty.
        Conflict: Another active account of the organisation has it.
    """
    user = require_authority(work, user_id)
    digits, why = personal_number(number), None if reason is None else reason.strip()
    fields = {} if digits else {"personnummer": NO_NUMBER}
    if fields or why == "":
        raise Invalid("Personnumret kunde inte sparas.", fields=fields | ({"reason": NO_REASON} if why == "" else {}))
    if identities.taken(work, user.id, digits):
        raise Conflict(identities.TAKEN)
    same = identities.has(work, PERSONNUMMER, digits, user_id)
    for number_before in _of_another_number(work.platform, identities.linked(work, user_id), same):
        identities.unlink(work, number_before.id, user_id=user_id)
    number_way = NewIdentity(PERSONNUMMER, digits, "Personnummer")
    if why:
        identities.link(work, number_way, user_id=user_id, reason=why[:LONGEST_REASON])
    else:
        identities.link(work, number_way, user_id=user_id)


def confirm(work: Work, user_id: UUID, identity_id: UUID) -> None:
    """Confirm that an identity belongs to the account's owner; it opens the account from now on.

    Raises:
        NotFound: The account has no such identity.
        Forbidden: This administrator has entered it: another one must confirm it.
        StepUp: It takes level 3, since no other administrator has entered it.
    """
    require_authority(work, user_id)
    linked_by_id = {identity.id: identity for identity in identities.linked(work, user_id)}
    if identity_id not in linked_by_id:
        raise NotFound("Inloggningssättet finns inte på kontot.")
    by = linked_by_id[identity_id].bound_by
    if by is not None and by == work.actor.user_id:
        raise Forbidden("Du har själv skrivit in det. En annan administratör bekräftar det.")
    if not (by is not None or _is_sure(work.actor, Loa.THREE)):
        raise StepUp("Det krävs tillitsnivå 3 för att bekräfta det.", wanted=Loa.THREE)
    identities.confirm(work, user_id, identity_id)


def waiting(work: Work) -> list[Linked]:
    """Return the identities in the organisation that wait for an administrator's confirmation, oldest first."""
    could, by_number = _confirmable(work)
    return _lacking(identities.unconfirmed(work, could, by_number), could)


def lacking(work: Work, linked: Sequence[Linked]) -> list[Linked]:
    """Return which of a user's identities do not open the account yet, or give less than their provider could."""
    could, by_number = _confirmable(work)
    numbered = any(identity.provider == PERSONNUMMER for identity in linked)
    return _lacking([identity for identity in linked if not (numbered and identity.provider in by_number)], could)


def remove_method(work: Work, user_id: UUID, identity_id: UUID) -> None:
    """Remove an identity of a user who has lost the phone or the key; it ends all their sessions."""
    require_authority(work, user_id)
    identities.unlink(work, identity_id, user_id=user_id)


def close(work: Work, user_id: UUID, successors: Mapping[UUID, UUID] = MappingProxyType({})) -> None:
    """Close an account: no one can sign in to it, and its sessions end; its data stays or is handed over.

    Args:
        work: The unit of work.
        user_id: The account.
        successors: The successors, by function mailbox.

    Raises:
        Invalid: A successor has no open account here.
        Conflict: It is the organisation's last administrator.
    """
    require_authority(work, user_id, other=False)
    succession.close_account(work, user_id, successors)


def reopen(work: Work, user_id: UUID) -> None:
    """Open a closed account again, with the identities that it had.

    Raises:
        Conflict: Another active account of the organisation now has its personnummer.
    """
    user = require_authority(work, user_id)
    if identities.shares_number(work.platform, user):
        raise Conflict("Kontots personnummer hör nu till ett annat konto i organisationen. Ta bort det från det ena.")
    users.update_user(work, user_id, active=True)


def invite_again(work: Work, user_id: UUID) -> None:
    """Send an invitation to a user whose account is closed; the previous one ends.

    Raises:
        Conflict: The account is open.
        Invalid: No mail can be sent.
    """
    invitations.invite(work, require_authority(work, user_id))


def withdraw_invitation(work: Work, user_id: UUID) -> None:
    """End an invitation.

    Raises:
        NotFound: There is none.
    """
    require_authority(work, user_id)
    invitations.withdraw(work, user_id)


def reset_methods(work: Work, user_id: UUID) -> None:
    """Remove all of a user's sign-in methods, the password too; it signs them out everywhere."""
    require_authority(work, user_id)
    for linked in identities.linked(work, user_id):
        identities.unlink(work, linked.id, user_id=user_id)
    users.keep_password(work, user_id, None)
    audit.record(work, "user.methods-reset", user_id)


def end_sessions(work: Work, user_id: UUID) -> None:
    """Sign a user out everywhere."""
    require_authority(work, user_id, other=False)
    users.end_sessions(work, user_id)
    audit.record(work, "user.sessions-ended", user_id)


def change_role(work: Work, user_id: UUID, role: str) -> None:
    """Change a user's role, by its name.

    Raises:
        Invalid: There is no such role.
        Forbidden: The role is higher than the actor's.
        Conflict: It is the organisation's last administrator.
    """
    require_authority(work, user_id, other=False)
    if role not in set(Role):
        raise Invalid("Rollen kunde inte ändras.", fields={"role": "Välj en roll ur listan."})
    users.update_user(work, user_id, role=Role(role))


def reset_password(work: Work, user_id: UUID, *, by_mail: bool = True) -> str:
    """Let a user who has no password, or has lost it, choose one; it signs them out everywhere.

    They get a link by mail, so that no administrator ever knows their password (ASVS 5.0, 6.4.6). If no link can be
    sent, they get a one-time password, valid for a day, and must choose another when they sign in. A code in addition
    to the password stays on (6.4.1).

    Args:
        work: The unit of work.
        user_id: The account.
        by_mail: Whether to send a link if mail can be sent; False if mail is known not to arrive.

    Returns:
        The one-time password, shown only once; empty if a link is sent.

    Raises:
        Conflict: The account is closed, or passwords are not used for sign-in here.
    """
    user = require_authority(work, user_id)
    providers.require_password(work.platform)
    if not user.active:
        raise Conflict("Kontot är stängt. Öppna det först.")
    users.user_row(work, user_id, lock=True)
    if by_mail and new_passwords.can_send(work):
        users.keep_password(work, user_id, secrets.token_urlsafe())  # random, to invalidate the old one
        new_passwords.send(work, user_id)
        audit.record(work, "user.password-link-sent", user_id)
        return ""
    password = "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3))
    users.keep_password(work, user_id, password, passwords.ONCE_FOR)
    audit.record(work, "user.password-reset", user_id)
    users.announce_change(work, user_id, "password-reset")
    return password


def find_by_email(work: Work, email: str) -> User:
    """Return the account of the organisation with this address, even if it is closed.

    Raises:
        NotFound: There is none.
    """
    require_admin(work.actor)
    query = select(table).where(table.c.organisation_id == work.organisation_id, table.c.email == email.strip().lower())
    row = work.connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("Det finns ingen användare {missing} i organisationen.", missing=email)
    return users.as_user(row)


def _is_sure(actor: Actor, required: Loa) -> bool:
    """Tell whether the actor has identified at the required level; a system actor with the scope ACCOUNTS need not."""
    return actor.may(ActorScope.ACCOUNTS) or actor.loa.meets(required)


def _confirmable(work: Work) -> tuple[dict[str, Loa], set[str]]:
    """Return the level of each provider once confirmed, and which providers use the account's number.

    A key on a device, of which an account may have several, names nobody, so there is nothing to confirm.
    """
    offered = [
        provider
        for provider in providers.staff_providers(work.platform, organisation(work))
        if not provider.traits.several_per_account
    ]
    by_number = {provider.name for provider in offered if provider.traits.asserts_personnummer}
    could = {provider.name: provider.traits.max_loa for provider in offered}
    could[PERSONNUMMER] = max((could[name] for name in by_number), default=Loa.NONE)
    return could, by_number


def _lacking(linked: Sequence[Linked], could: Mapping[str, Loa]) -> list[Linked]:
    return [
        identity
        for identity in linked
        if identity.opens_at is not None or could.get(identity.provider, Loa.NONE) > identity.loa
    ]


def _of_another_number(platform: Platform, linked: list[Linked], same: UUID | None) -> list[Linked]:
    """Return the identities to remove when an account's number changes: the old one, and what came with it."""
    if not any(identity.provider == PERSONNUMMER and identity.id != same for identity in linked):
        return []
    by_number = {
        name for name, provider in providers.providers(platform).items() if provider.traits.asserts_personnummer
    }
    return [identity for identity in linked if identity.id != same and identity.provider in by_number | {PERSONNUMMER}]
