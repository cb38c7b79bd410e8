"""What a test asks of an organisation that is being moved, in both installations."""

from collections.abc import Callable

from budkavle.model.errors import NotFound
from budkavle.model.states import OrganisationState
from budkavle.operations.moves.moving import Step, Tell
from budkavle.organisation import register
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation

OPERATOR = system_actor()


def state(of: SampleOrganisation) -> OrganisationState | None:
    """Return the state in one of the installations; None where it is not known there."""
    try:
        return register.find_registered(of.platform, OPERATOR, of.id).organisation.state
    except NotFound:
        return None


def state_of_both(here: SampleOrganisation, there: SampleOrganisation) -> tuple[OrganisationState | None, ...]:
    """Return the state here and there."""
    return state(here), state(there)


def at(step: Step, act: Callable[[], object]) -> Tell:
    """Return what is told of a move, which does something at a step."""

    def tell(told: Step, count: int) -> None:
        if told is step:
            act()

    return tell
