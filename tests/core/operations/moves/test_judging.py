"""The health page names an organisation that is on its way, and says what to do where its move has stopped."""

import pytest
from tests.core.operations.moves.looking import OPERATOR, at

from budkavle.model.errors import Unavailable
from budkavle.model.states import OrganisationState
from budkavle.operations.health import check_all
from budkavle.operations.moves import states
from budkavle.operations.moves.judging import judge_moves
from budkavle.operations.moves.moving import Step, go_back, move
from budkavle.operations.moves.sides import both


def told(platform):
    """Return what the health page says of moves."""
    return [health for health in check_all(platform, None) if health.name == "Flytten av en organisation"]


def test_a_move_that_goes_on_is_told_and_well(organisation, platform, there):
    """Both installations say that it is on its way; an administrator of an organisation is told nothing."""
    answers = []

    def look():
        answers.extend([*told(platform), *told(there), *judge_moves(platform, organisation.id)])

    move(platform, there, OPERATOR, organisation.id, tell=at(Step.CLOSED, look))
    assert [(health.ok, health.notable) for health in answers] == [(True, True)] * 2
    assert f"{organisation.name} flyttas" in str(answers[0])
    assert told(platform) == told(there) == []


@pytest.mark.parametrize(
    ("state", "words"), [("leaving", "inget skickas"), ("moving", "organisationen är stängd sedan")]
)
def test_a_move_that_has_stopped_is_not_well(state, words, organisation, platform, there):
    """What the command left is named, with the command that goes on and the one that goes back."""
    with both(platform, there, organisation.id) as (here, _):
        states.change(here, organisation.id, OrganisationState.ACTIVE, OrganisationState.LEAVING)
        if state == "moving":
            states.change(here, organisation.id, OrganisationState.LEAVING, OrganisationState.MOVING)
    (health,) = told(platform)
    assert not health.ok
    assert words in str(health)
    assert f"{organisation.name} ({organisation.slug})" in str(health)
    assert "budkavle org move" in health.remedy
    assert "--back" in health.remedy
    move(platform, there, OPERATOR, organisation.id)
    assert told(platform) == []


def test_one_that_has_left_and_not_arrived_is_named_where_it_should_work(organisation, platform, there):
    """Between the two it works in neither, so the installation that it goes to says so."""

    def fail():
        raise Unavailable("Nätet är borta.")

    with pytest.raises(Unavailable):
        move(platform, there, OPERATOR, organisation.id, tell=at(Step.HANDED_OVER, fail))
    (health,) = told(there)
    assert not health.ok
    assert "arbetar inte här" in str(health)
    go_back(platform, there, OPERATOR, organisation.id)
    assert told(there) == told(platform) == []
