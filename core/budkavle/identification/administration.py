"""What an administrator does with others' accounts: closing, roles, and how they are signed in to (features O2, Q3).

Whoever can change how an account is opened can become its person. So it takes the highest level that the
organisation's ways to sign in can give; nobody does it for themselves; the person is told; a personnummer waits before
it opens anything; and another administrator's word counts where the level does not. The system itself, which the
command line is, may do it all at once.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts import users
from budkavle.accounts.organisations import organisation
from budkavle.accounts.permissions import require_admin, require_rank
from budkavle.identification import account_methods, identities, providers
from budkavle.identification.identities import PERSONNUMMER, Linked
from budkavle.identification.second_factor import ALPHABET
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound, StepUp
from budkavle.model.loa import Loa
from budkavle.model.people import Actor, Role, User
from budkavle.model.swedish_numbers import personal_number
from budkavle.storage import audit
from budkavle.storage.platform import Platform
from budkavle.storage.tables import users as table

ONCE_FOR = timedelta(hours=24)
"""How long a password that an administrator has given may be used, once."""


def require_authority(platform: Platform, actor: Actor, user_id: UUID, *, other: bool = True) -> User:
    """Return the account that an administrator may change.

    Args:
        platform: What everything stands on.
        actor: An administrator, or the system itself.
        user_id: Whose account.
        other: Whether it must be somebody else's than the administrator's own.

    Raises:
        Forbidden: The actor is no administrator, the account is above them, or their own.
        NotFound: There is no such account here.
        StepUp: They have not shown surely enough who they are.
    """
    require_admin(actor)
    found = users.user(platform, actor, user_id)
    require_rank(actor, found.role)
    if other and user_id == actor.user_id:
        raise Forbidden(
            "Det här gör en annan administratör för ditt konto. Det du själv kan ändra står under Mitt konto."
        )
    if actor.user_id is not None and not actor.loa.meets(wanted := account_methods.required_loa(platform, actor)):
        raise StepUp("Visa säkrare vem du är, innan du ändrar någon annans konto.", wanted=wanted)
    return found


def set_personnummer(platform: Platform, actor: Actor, user_id: UUID, number: str) -> None:
    """Say whose account it is, so that an e-identification opens it; only a keyed hash is kept.

    A number that the person has added already is confirmed by it. Any other takes the place of what was there, and
    opens the account after the waiting time. By an administrator below level 3 it is worth no more than their own
    level, until another one confirms it.

    Args:
        platform: What everything stands on.
        actor: An administrator of the organisation, or the system itself.
        user_id: Whose account.
        number: A personnummer or samordningsnummer.

    Raises:
        Invalid: The number is none.
        Conflict: Another active account of the organisation has it.
    """
    user = require_authority(platform, actor, user_id)
    digits = personal_number(number)
    if not digits:
        fields = {"personnummer": "Numret stämmer inte. Kontrollera det och skriv tolv siffror, som ÅÅÅÅMMDD-NNNN."}
        raise Invalid("Personnumret kunde inte sparas.", fields=fields)
    if identities.taken(platform, user, digits):
        raise Conflict(identities.TAKEN)
    same = identities.has(platform, actor, PERSONNUMMER, digits, user_id)
    with platform.database.shared(actor.organisation_id):
        for one in _of_another_number(platform, identities.linked(platform, actor, user_id), same):
            identities.unlink(platform, actor, one.id, user_id=user_id)
        identities.link(platform, actor, PERSONNUMMER, digits, "Personnummer", user_id=user_id)


def confirm(platform: Platform, actor: Actor, user_id: UUID, identity_id: UUID) -> None:
    """Say that a way to sign in belongs to the account's own person; it opens the account from now on.

    Raises:
        NotFound: The account has no such way.
        Forbidden: It was this administrator who entered it: another one confirms it.
        StepUp: It takes level 3, since no other administrator has entered it.
    """
    require_authority(platform, actor, user_id)
    known = {one.id: one for one in identities.linked(platform, actor, user_id)}
    if identity_id not in known:
        raise NotFound("Inloggningssättet finns inte på kontot.")
    by = known[identity_id].bound_by
    if by is not None and by == actor.user_id:
        raise Forbidden("Du har själv skrivit in det. En annan administratör bekräftar det.")
    if not (actor.user_id is None or actor.loa.meets(Loa.THREE) or by is not None):
        raise StepUp("Det krävs tillitsnivå 3 för att bekräfta det.", wanted=Loa.THREE)
    identities.confirm(platform, actor, user_id, identity_id)


def waiting(platform: Platform, actor: Actor) -> list[Linked]:
    """Return what waits for an administrator's confirmation in the organisation, oldest first."""
    could, by_number = _confirmable(platform, actor)
    return _lacking(identities.unconfirmed(platform, actor, could, by_number), could)


def lacking(platform: Platform, actor: Actor, known: Sequence[Linked]) -> list[Linked]:
    """Return what does not open its account yet, or gives it less than its provider could, of all that one has."""
    could, by_number = _confirmable(platform, actor)
    numbered = any(one.provider == PERSONNUMMER for one in known)
    return _lacking([one for one in known if not (numbered and one.provider in by_number)], could)


def remove_method(platform: Platform, actor: Actor, user_id: UUID, identity_id: UUID) -> None:
    """Take a way away from somebody who has lost the phone or the key; it signs them out everywhere."""
    require_authority(platform, actor, user_id)
    identities.unlink(platform, actor, identity_id, user_id=user_id)


def close(platform: Platform, actor: Actor, user_id: UUID) -> None:
    """Close an account: nobody signs in to it any more, and its sessions end; what it has stays.

    Raises:
        Conflict: It is the organisation's last administrator.
    """
    require_authority(platform, actor, user_id, other=False)
    users.update_user(platform, actor, user_id, active=False)


def reopen(platform: Platform, actor: Actor, user_id: UUID) -> None:
    """Open a closed account again, with the ways to sign in that it had.

    Raises:
        Conflict: Another active account of the organisation has its personnummer by now.
    """
    user = require_authority(platform, actor, user_id)
    if identities.shares_number(platform, user):
        raise Conflict("Kontots personnummer hör nu till ett annat konto i organisationen. Ta bort det från det ena.")
    users.update_user(platform, actor, user_id, active=True)


def end_sessions(platform: Platform, actor: Actor, user_id: UUID) -> None:
    """Sign somebody out everywhere."""
    require_authority(platform, actor, user_id, other=False)
    with platform.database.transaction(actor.organisation_id) as connection:
        users.end_sessions(connection, actor.organisation_id, user_id)
        audit.record(connection, actor, "user.sessions-ended", user_id)


def change_role(platform: Platform, actor: Actor, user_id: UUID, role: str) -> None:
    """Change what somebody may do, to one of the roles by its word (features Q2 to Q4).

    Raises:
        Invalid: There is no such role.
        Forbidden: The role is above the actor.
        Conflict: It is the organisation's last administrator.
    """
    require_authority(platform, actor, user_id, other=False)
    if role not in set(Role):
        raise Invalid("Rollen kunde inte ändras.", fields={"role": "Välj en roll ur listan."})
    users.update_user(platform, actor, user_id, role=Role(role))


def reset_password(platform: Platform, actor: Actor, user_id: UUID) -> str:
    """Return a password for somebody who has none or has lost it, shown this once; it signs them out everywhere.

    It holds for a day, and whoever signs in with it has to choose another at once, so that no administrator keeps
    one. A code beside the password stays on (ASVS 5.0, 6.4.1).
    """
    user = require_authority(platform, actor, user_id)
    if not user.active:
        raise Conflict("Kontot är stängt. Öppna det först.")
    given = "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3))
    with platform.database.transaction(actor.organisation_id) as connection:
        users.user_row(connection, actor, user_id, lock=True)
        users.keep_password(connection, actor.organisation_id, user_id, given, ONCE_FOR)
        audit.record(connection, actor, "user.password-reset", user_id)
    users.tell(platform, actor.organisation_id, user_id, "password-reset")
    return given


def find_by_email(platform: Platform, actor: Actor, email: str) -> User:
    """Return the account of the organisation with this address, also a closed one.

    Raises:
        NotFound: There is none.
    """
    require_admin(actor)
    query = select(table).where(
        table.c.organisation_id == actor.organisation_id, table.c.email == email.strip().lower()
    )
    with platform.database.transaction(actor.organisation_id) as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("Det finns ingen användare {missing} i organisationen.", missing=email)
    return users.as_user(row)


def _confirmable(platform: Platform, actor: Actor) -> tuple[dict[str, Loa], set[str]]:
    """Return what each provider could give once it is confirmed, and which of them go by the account's number.

    A device of which one may have several says nobody's name, so there is nothing about it to confirm.
    """
    offered = [
        one
        for one in providers.staff_ways(platform, organisation(platform, actor))
        if not one.traits.several_per_account
    ]
    by_number = {one.name for one in offered if one.traits.asserts_personnummer}
    could = {one.name: one.traits.max_loa for one in offered}
    could[PERSONNUMMER] = max((could[name] for name in by_number), default=Loa.NONE)
    return could, by_number


def _lacking(known: Sequence[Linked], could: Mapping[str, Loa]) -> list[Linked]:
    return [one for one in known if one.opens_at is not None or could.get(one.provider, Loa.NONE) > one.loa]


def _of_another_number(platform: Platform, known: list[Linked], same: UUID | None) -> list[Linked]:
    """Return what goes when an account's number becomes another: the old one, and what was added by it."""
    if not any(one.provider == PERSONNUMMER and one.id != same for one in known):
        return []
    by_number = {name for name, way in providers.providers(platform).items() if way.traits.asserts_personnummer}
    return [one for one in known if one.id != same and one.provider in by_number | {PERSONNUMMER}]
