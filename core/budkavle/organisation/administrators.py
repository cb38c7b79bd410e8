"""Who administers the whole installation: giving the role to an account in any organisation, and taking it back."""

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
SCOPES = (ActorScope.ADMINISTER, ActorScope.INSTALLATION)
"""What it takes to give somebody the role; the actor has nothing else in their organisation."""


def add(platform: Platform, actor: Actor, email: str) -> None:
    """Let an account administer the installation.

    Args:
        platform: The installation.
        actor: An administrator of the installation.
        email: The address that the account is opened with, in whichever organisation it is.

    Raises:
        Forbidden: The actor does not administer the installation.
        Invalid: There is no open account with this address, or its organisation is paused.
        Conflict: It has the role already.
    """
    require_platform(actor)
    user = account(platform, email)
    if user is None:
        raise Invalid("Kontot finns inte.", fields={"email": "Det finns inget öppet konto med den adressen."})
    if user.role is Role.PLATFORM:
        raise Conflict("Kontot administrerar redan installationen.")
    with platform.work(within(actor, user.organisation_id, *SCOPES)) as work:
        if organisation(work).state is not OrganisationState.ACTIVE:
            raise Invalid("Kontot kan inte användas.", fields={"email": "Kontots organisation är pausad."})
        update_user(work, user.id, role=Role.PLATFORM)


def remove(platform: Platform, actor: Actor, user_id: UUID) -> None:
    """Take the role from an account, which goes on as administrator of its organisation.

    Raises:
        Forbidden: The actor does not administer the installation.
        NotFound: The account has not got the role.
        Conflict: It is the actor's own, or the last that can sign in.
    """
    listed = installation_administrators(platform, actor)
    person = next((administrator for administrator in listed if administrator.id == user_id), None)
    if person is None:
        raise NotFound(NOT_ONE)
    if user_id == actor.user_id:
        raise Conflict("Du kan inte ta ifrån dig själv rollen. Be en annan administratör.")
    with platform.work(within(actor, person.organisation_id, *SCOPES)) as work:
        update_user(work, user_id, role=Role.ADMIN)
