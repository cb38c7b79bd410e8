"""What an administrator does with others' accounts: closing, roles, and how they are signed in to.

Whoever can change how an account is opened can become its person. So it takes the highest level that the
organisation's ways to sign in can give; nobody does it for themselves; the person is told; a personnummer waits before
it opens anything; and another administrator's word counts where the level does not. The system itself, which the
command line is, may do it all at once.
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
from budkavle.model.loa import Loa
from budkavle.model.people import Actor, ActorScope, NewIdentity, Role, User
from budkavle.model.swedish_numbers import personal_number
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
        user_id: Whose account.
        other: Whether it must be somebody else's than the administrator's own.

    Raises:
        Forbidden: The actor is no administrator, the account is above them, or their own.
        NotFound: There is no such account here.
        StepUp: They have not shown surely enough who they are.
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
    """Let only administrators through who have shown as surely as the organisation's ways can who they are.

    Raises:
        Forbidden: The actor is no administrator.
        StepUp: They have not.
    """
    require_admin(work.actor)
    if not _is_sure(work.actor, required := account_methods.required_loa(work)):
        raise StepUp("Visa säkrare vem du är, innan du ändrar någon annans konto.", wanted=required)


def set_personnummer(work: Work, user_id: UUID, number: str, reason: str | None = None) -> None:
    """Say whose account it is, so that an e-identification opens it; only a keyed hash is kept.

    A number that the person has added already is confirmed by it. Any other takes the place of what was there, and
    opens the account after the waiting time. By an administrator below level 3 it is worth no more than their own
    level, until another one confirms it.

    Args:
        work: The unit of work; its actor is an administrator of the organisation, or a system actor with
            ADMINISTER and ACCOUNTS.
        user_id: Whose account.
        number: A personnummer or samordningsnummer.
        reason: Why, which stands in the event log; None where nobody is asked, as for a new account.

    Raises:
        Invalid: The number is none, or the reason is empty.
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
        Forbidden: It was this administrator who entered it: another one confirms it.
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
    """Return what waits for an administrator's confirmation in the organisation, oldest first."""
    could, by_number = _confirmable(work)
    return _lacking(identities.unconfirmed(work, could, by_number), could)


def lacking(work: Work, linked: Sequence[Linked]) -> list[Linked]:
    """Return what does not open its account yet, or gives it less than its provider could, of all that one has."""
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
        user_id: Whose account.
        successors: Who takes over, by the function mailbox.

    Raises:
        Invalid: Somebody who takes over has no open account here.
        Conflict: It is the organisation's last administrator.
    """
    require_authority(work, user_id, other=False)
    succession.close_account(work, user_id, successors)


def reopen(work: Work, user_id: UUID) -> None:
    """Open a closed account again, with the identities that it had.

    Raises:
        Conflict: Another active account of the organisation has its personnummer by now.
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
        Forbidden: The role is above the actor.
        Conflict: It is the organisation's last administrator.
    """
    require_authority(work, user_id, other=False)
    if role not in set(Role):
        raise Invalid("Rollen kunde inte ändras.", fields={"role": "Välj en roll ur listan."})
    users.update_user(work, user_id, role=Role(role))


def reset_password(work: Work, user_id: UUID, *, by_mail: bool = True) -> str:
    """Let a user who has no password, or has lost it, choose one; it signs them out everywhere.

    They get a link by mail, and no administrator ever knows a password of theirs (ASVS 5.0, 6.4.6). Where none is sent
    there is a password that holds for a day: whoever signs in with it has to choose another at once. A code beside the
    password stays on (6.4.1).

    Args:
        work: The unit of work.
        user_id: Whose it is.
        by_mail: Whether a link is sent where mail is; False where mail is known not to come through.

    Returns:
        That password, shown this once; empty where a link is sent.

    Raises:
        Conflict: The account is closed, or nobody signs in with a password here.
    """
    user = require_authority(work, user_id)
    providers.require_password(work.platform)
    if not user.active:
        raise Conflict("Kontot är stängt. Öppna det först.")
    users.user_row(work, user_id, lock=True)
    if by_mail and new_passwords.can_send(work):
        users.keep_password(work, user_id, secrets.token_urlsafe())  # nobody's, so that the old one opens nothing
        new_passwords.send(work, user_id)
        audit.record(work, "user.password-link-sent", user_id)
        return ""
    password = "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3))
    users.keep_password(work, user_id, password, passwords.ONCE_FOR)
    audit.record(work, "user.password-reset", user_id)
    users.announce_change(work, user_id, "password-reset")
    return password


def find_by_email(work: Work, email: str) -> User:
    """Return the account of the organisation with this address, also a closed one.

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
    """Whether the actor has shown surely enough who they are; a system actor with the scope ACCOUNTS need not."""
    return actor.may(ActorScope.ACCOUNTS) or actor.loa.meets(required)


def _confirmable(work: Work) -> tuple[dict[str, Loa], set[str]]:
    """Return what each provider could give once it is confirmed, and which of them go by the account's number.

    A device of which one may have several says nobody's name, so there is nothing about it to confirm.
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
