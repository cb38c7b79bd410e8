"""Pausing and resuming an organisation (ADR 066).

While an organisation is paused, nobody can sign in, guests cannot read, and its deliveries wait. Incoming messages are
received and stored as usual.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, update

from budkavle.accounts.organisations import change_state, within
from budkavle.accounts.permissions import require_platform
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.people import CORE_NAME, Actor, SystemActor
from budkavle.model.states import DeliveryState, OrganisationState
from budkavle.organisation.register import find_registered, require_administrators_elsewhere
from budkavle.storage import audit
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import deliveries, guest_sessions, sessions

HELD = timedelta(days=1)
"""For how long the deliveries of a paused organisation are postponed at a time, so that no claim reads past them."""
LONGEST_REASON = 500
OWN = "Du kan inte pausa din egen organisation: du skulle själv inte kunna logga in. Be en annan administratör."


def pause(platform: Platform, actor: Actor, organisation_id: UUID, reason: str) -> None:
    """Pause an organisation: every session ends at once, and nothing more is sent.

    Args:
        platform: The installation.
        actor: An administrator of the installation, who belongs to another organisation.
        organisation_id: The organisation.
        reason: The reason, for the event logs.

    Raises:
        Forbidden: The actor does not administer the installation.
        NotFound: There is no such organisation.
        Invalid: There is no reason, or it is too long.
        Conflict: It is not active, it is the actor's own, or nobody else would administer the installation.
    """
    require_platform(actor)
    registered = find_registered(platform, actor, organisation_id)
    _check_reason(reason)
    if actor.organisation_id == organisation_id and actor.user_id is not None:
        raise Conflict(OWN)
    require_administrators_elsewhere(platform, actor, organisation_id)
    with platform.work(within(actor, organisation_id)) as work:
        _move(work, OrganisationState.ACTIVE, OrganisationState.PAUSED, "Organisationen är redan pausad.")
        end_all_sessions(work)
        _hold(work)
        details = {"name": registered.organisation.name, "reason": reason.strip()}
        audit.record(work, "organisation.paused", organisation_id, **details)
        audit.record_for_installation(work, "organisation.paused", organisation_id, actor, **details)


def resume(platform: Platform, actor: Actor, organisation_id: UUID) -> None:
    """Resume a paused organisation: waiting deliveries are sent at once, and everybody may sign in again.

    Raises:
        Forbidden: The actor does not administer the installation.
        NotFound: There is no such organisation.
        Conflict: It is not paused.
    """
    require_platform(actor)
    registered = find_registered(platform, actor, organisation_id)
    with platform.work(within(actor, organisation_id)) as work:
        _move(work, OrganisationState.PAUSED, OrganisationState.ACTIVE, "Organisationen är inte pausad.")
        # What is due later than that was not postponed by the pause: a peer that has it retries it by itself.
        held = and_(_waiting(organisation_id), deliveries.c.due_at <= func.now() + HELD)
        work.connection.execute(update(deliveries).where(held).values(due_at=func.now()))
        platform.database.notify(work.connection, {"w": True})
        audit.record(work, "organisation.resumed", organisation_id)
        audit.record_for_installation(
            work, "organisation.resumed", organisation_id, actor, name=registered.organisation.name
        )


def end_all_sessions(work: Work) -> None:
    """End every session of the organisation's users and guests."""
    for table in (sessions, guest_sessions):
        work.connection.execute(delete(table).where(table.c.organisation_id == work.organisation_id))
    work.platform.database.notify(work.connection, {"o": work.organisation_id, "k": "access"})


def hold_deliveries(platform: Platform) -> int:
    """Postpone what is due in paused organisations; a job. Returns 0: what comes meanwhile waits for the next run."""
    paused = {one.id for one in platform.organisations() if one.state == OrganisationState.PAUSED.value}
    return platform.in_each_organisation(lambda one: _hold_in(platform, one) if one in paused else 0)


def _hold_in(platform: Platform, organisation_id: UUID) -> int:
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        _hold(work)
    return 0


def _hold(work: Work) -> None:
    soon = deliveries.c.due_at < func.now() + HELD / 2
    write = update(deliveries).where(_waiting(work.organisation_id), soon).values(due_at=func.now() + HELD)
    work.connection.execute(write)


def _waiting(organisation_id: UUID) -> ColumnElement[bool]:
    """Return the condition of deliveries that wait to be handed over, and that no worker has claimed."""
    states = (DeliveryState.READY_TO_SEND.value, DeliveryState.WAITING_FOR_RETRY.value)
    return and_(deliveries.c.organisation_id == organisation_id, deliveries.c.state.in_(states))


def _move(work: Work, old: OrganisationState, new: OrganisationState, otherwise: str) -> None:
    if not change_state(work.connection, work.organisation_id, old, new):
        raise Conflict(otherwise)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("Organisationen pausades inte.", fields={"reason": "Skriv varför organisationen pausas."})
    if len(reason) > LONGEST_REASON:
        raise Invalid("Organisationen pausades inte.", fields={"reason": "Skriv kortare, högst 500 tecken."})
