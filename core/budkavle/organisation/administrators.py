"""Administrators of the whole installation: giving the role to an account in any organisation, and removing it."""

from uuid import UUID

from budkavle.accounts.organisations import organisation, within
from budkavle.accounts.permissions import require_platform
from budkavle.accounts.users import account, update_user
from budkavle.model.errors import Conflict, Invalid, NotFound
from budkavle.model.people import Actor, ActorScope, Role
from budkavle.model.states import OrganisationState
from budkavle.organisation.register import installation_administrators
from budkavle.storage.platform import Platform

NOT_ONE = "Kontot administrerar inte installationen."
NO_ACCOUNT = "Det finns inget öppet konto med den adressen. Kontrollera stavningen, eller lägg till kontot först."
SCOPES = (ActorScope.ADMINISTER, ActorScope.INSTALLATION)
"""The scopes for giving the role; the actor has no others in the account's organisation."""


def add(platform: Platform, actor: Actor, email: str) -> None:
    """Make an account an administrator of the installation.

    Args:
        platform: The installation.
        actor: An administrator of the installation.
        email: The account's address; it may be in any organisation.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
        Invalid: There is no open account with this address, or its organisation is paused.
        Conflict: It already has the role.
    """
    require_platform(actor)
    user = account(platform, email)
    if user is None:
        raise Invalid("Kontot finns inte.", fields={"email": NO_ACCOUNT})
    if user.role is Role.PLATFORM:
        raise Conflict("Kontot administrerar redan installationen.")
    with platform.work(within(actor, user.organisation_id, *SCOPES)) as work:
        if organisation(work).state is not OrganisationState.ACTIVE:
            raise Invalid("Kontot kan inte användas.", fields={"email": "Kontots organisation är pausad."})
        update_user(work, user.id, role=Role.PLATFORM)


def remove(platform: Platform, actor: Actor, user_id: UUID) -> None:
    """Remove the role from an account, which stays an administrator of its organisation.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
        NotFound: The account does not have the role.
        Conflict: It is the actor's own, or the last one that can sign in.
    """
    listed = installation_administrators(platform, actor)
    person = next((administrator for administrator in listed if administrator.id == user_id), None)
    if person is None:
        raise NotFound(NOT_ONE)
    if user_id == actor.user_id:
        raise Conflict("Du kan inte ta ifrån dig själv rollen. Be en annan administratör.")
    with platform.work(within(actor, person.organisation_id, *SCOPES)) as work:
        update_user(work, user_id, role=Role.ADMIN)
