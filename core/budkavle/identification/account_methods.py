"""The identity providers that open a user's own account: listing, adding and removing them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select

from budkavle.accounts.organisations import EMERGENCY, organisation, update_organisation
from budkavle.accounts.permissions import require_admin
from budkavle.accounts.user_list import users_of
from budkavle.accounts.users import end_sessions
from budkavle.identification import identities, providers, second_factor
from budkavle.identification.identities import PERSONNUMMER, Linked
from budkavle.model.errors import Conflict, Invalid, StepUp
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.loa import Loa
from budkavle.model.people import ActorScope, Role
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.storage.platform import Work
from budkavle.storage.tables import identities as identity_table
from budkavle.storage.tables import users


@dataclass(frozen=True, slots=True)
class Reaching:
    """Identity providers that reach a level: those that the account has, and those that could be added to it.

    Attributes:
        unconfirmed: Providers that the account has, and that reach the level once an administrator has confirmed them.
    """

    linked: list[IdentityProvider]
    addable: list[IdentityProvider]
    unconfirmed: list[IdentityProvider]


def reaching(work: Work, required: Loa = Loa.ONE) -> Reaching:
    """Return the identity providers that reach a level and that the actor's organisation allows."""
    offered = [
        provider
        for provider in providers.staff_providers(work.platform, organisation(work))
        if provider.traits.max_loa.meets(required)
    ]
    opening = _opened_by(work)
    linked = [provider for provider in offered if _level(provider, opening).meets(required)]
    addable = [
        provider
        for provider in offered
        if provider.traits.several_per_account
        or (provider.name not in opening and not provider.traits.opens_account_by_address)
    ]
    return Reaching(
        linked, addable, [provider for provider in offered if _opens(provider, opening) and provider not in linked]
    )


def out_of_reach(work: Work, user_ids: Collection[UUID], required: Loa) -> set[UUID]:
    """Return which of some users of the organisation have no provider that reaches a level.

    A provider that opens accounts by their address is available to all of them, up to its level.

    Args:
        work: The unit of work.
        user_ids: The users.
        required: The level.
    """
    offered = providers.staff_providers(work.platform, organisation(work))
    reaching_it = [provider for provider in offered if provider.traits.max_loa.meets(required)]
    if any(provider.traits.opens_account_by_address for provider in reaching_it):
        return set()
    worth = _worth_of(work, user_ids)
    return {
        user_id
        for user_id in user_ids
        if not any(_level(provider, worth.get(user_id, {})).meets(required) for provider in reaching_it)
    }


def device_keys(work: Work) -> list[IdentityProvider]:
    """Return the actor's providers that use a key on a device, such as passkeys; they can unlock a session."""
    return [provider for provider in reaching(work).linked if provider.traits.several_per_account]


def required_loa(work: Work) -> Loa:
    """Return the level needed to change others' accounts: the highest that the organisation's providers can give."""
    offered = providers.staff_providers(work.platform, organisation(work))
    return max((provider.traits.max_loa for provider in offered), default=Loa.NONE)


def require_strength(work: Work) -> None:
    """Require that the actor is signed in at the highest level that the account can reach.

    Raises:
        StepUp: The account has a provider of a higher level; a stolen password alone adds nothing to it.
    """
    opening = _opened_by(work)
    offered = providers.staff_providers(work.platform, organisation(work))
    highest = max((_level(provider, opening) for provider in offered), default=Loa.NONE)
    if not work.actor.loa.meets(highest):
        raise StepUp("Visa vem du är på ditt säkraste sätt, innan du ändrar hur du loggar in.", wanted=highest)


def remove(work: Work, identity_id: UUID) -> None:
    """Remove an identity provider from the actor's account, and end all its sessions.

    Raises:
        NotFound: The account has no such identity.
        Conflict: It is the last one.
        StepUp: The account has a provider of a higher level than the one used for this session.
    """
    require_strength(work)
    linked = identities.linked(work)
    removed = next((identity for identity in linked if identity.id == identity_id), None)
    remaining = [identity for identity in linked if identity.id != identity_id]
    if removed and removed.provider not in second_factor.KINDS and not _enough(work, remaining):
        raise Conflict("Det är ditt enda sätt att logga in. Lägg till ett annat först, eller välj ett lösenord.")
    identities.unlink(work, identity_id)


def sign_out_everywhere(work: Work) -> None:
    """End every session of the actor."""
    if work.actor.user_id is not None:
        end_sessions(work, work.actor.user_id)


def has_password(work: Work) -> bool:
    """Tell whether the actor's account has a password."""
    query = select(users.c.password_hash).where(users.c.organisation_id == work.organisation_id)
    return work.connection.execute(query.where(users.c.id == work.actor.user_id)).scalar_one_or_none() is not None


def choose_emergency_account(work: Work, chosen: str) -> None:
    """Choose the administrator who may sign in with methods that the organisation has not chosen.

    Args:
        work: The unit of work.
        chosen: The account's id; empty removes the choice.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
        Invalid: It is not an open account of an administrator.
    """
    require_admin(work.actor)
    user_id = as_uuid(chosen)
    account = users_of(work, [user_id]).get(user_id) if user_id else None
    if chosen and (account is None or not account.active or account.role is Role.USER):
        sentence = "Välj en administratör vars konto är öppet."
        raise Invalid("Valet kunde inte sparas.", fields={EMERGENCY: sentence})
    if emergency_account(work) != user_id:
        update_organisation(work, settings={EMERGENCY: [str(user_id)] if user_id else []})


def emergency_account(work: Work) -> UUID | None:
    """Return the id of the organisation's emergency account, if it has one."""
    chosen = organisation(work).settings.get(EMERGENCY)
    return UUID(str(chosen[0])) if isinstance(chosen, list) and chosen else None


def choose(work: Work, audience: str, names: list[str]) -> None:
    """Choose which identity providers an organisation allows, for `staff` or `guest`; choosing all includes new ones.

    Raises:
        Invalid: None is chosen, or none of them opens the actor's own account.
        StepUp: The highest level would become lower, and the actor has not identified at the present one. Otherwise the
            requirement of `administration` could be bypassed.
    """
    whose = organisation(work)
    available = [
        provider
        for provider in providers.providers(work.platform).values()
        if providers.offered(provider, whose, audience)
    ]
    chosen = [provider for provider in available if provider.name in names]
    key = providers.CHOICE[audience]
    if available and not chosen:
        raise Invalid("Valet kunde inte sparas.", fields={key: "Välj minst ett sätt."})
    if (
        audience == providers.STAFF
        and not work.actor.may(ActorScope.ACCOUNTS)
        and not any(_opens(provider, _opened_by(work)) for provider in chosen)
    ):
        sentence = "Välj minst ett sätt som du själv kan logga in med, så att du inte stänger dig ute."
        raise Invalid("Valet kunde inte sparas.", fields={key: sentence})
    now = required_loa(work)
    lowered = audience == providers.STAFF and max((provider.traits.max_loa for provider in chosen), default=now) < now
    if lowered and not (work.actor.may(ActorScope.ACCOUNTS) or work.actor.loa.meets(now)):
        raise StepUp("Visa säkrare vem du är, innan ni väljer bort era säkraste sätt att logga in.", wanted=now)
    stored_names = [] if len(chosen) == len(available) else [provider.name for provider in chosen]
    update_organisation(work, settings={key: stored_names})


def _worth_of(work: Work, user_ids: Collection[UUID]) -> dict[UUID, dict[str, Loa]]:
    """Return, by user, the level of each linked provider that already opens the account."""
    c = identity_table.c
    query = select(c.user_id, c.provider, func.max(c.loa).label("loa")).where(
        c.organisation_id == work.organisation_id,
        c.user_id.in_(user_ids),
        or_(c.opens_at.is_(None), c.opens_at <= func.now()),
    )
    worth: dict[UUID, dict[str, Loa]] = {}
    for row in work.connection.execute(query.group_by(c.user_id, c.provider)):
        worth.setdefault(row.user_id, {})[row.provider] = Loa(row.loa)
    return worth


def _opened_by(work: Work, linked: list[Linked] | None = None) -> dict[str, Loa]:
    """Return the providers that already open the account, with their levels: linked ones, and those by address."""
    linked_identities = identities.linked(work) if linked is None else linked
    levels = _opened_by_address(work)
    for identity in linked_identities:
        if identity.opens_at is None:
            levels[identity.provider] = max(identity.loa, levels.get(identity.provider, Loa.NONE))
    return levels


def _opened_by_address(work: Work) -> dict[str, Loa]:
    account_has_password = has_password(work)
    return {
        provider.name: provider.traits.max_loa
        for provider in providers.providers(work.platform).values()
        if provider.traits.opens_account_by_address and (account_has_password or not provider.traits.asks_for_password)
    }


def _level(provider: IdentityProvider, has: Mapping[str, Loa]) -> Loa:
    """Return the level that a provider gives this account; NONE if it does not open it."""
    number = has.get(PERSONNUMMER, Loa.NONE) if provider.traits.asserts_personnummer else Loa.NONE
    return min(provider.traits.max_loa, max(has.get(provider.name, Loa.NONE), number))


def _opens(provider: IdentityProvider, has: Mapping[str, Loa]) -> bool:
    return _level(provider, has) > Loa.NONE


def _enough(work: Work, left: list[Linked]) -> bool:
    offered, has = providers.staff_providers(work.platform, organisation(work)), _opened_by(work, left)
    return any(_opens(provider, has) for provider in offered)
