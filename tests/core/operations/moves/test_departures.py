"""Links that have gone out still lead to the old installation, which knows where their organisation works now."""

from tests.core.operations.moves.looking import OPERATOR

from budkavle.operations.moves.moving import move, remove_copy
from budkavle.storage.outside.departures import Departure, departures


def test_where_it_works_is_known_also_when_its_rows_are_gone(organisation, platform, there):
    """Until it comes back; whoever works here, or is paused, is not among them."""
    assert departures(platform) == []
    move(platform, there, OPERATOR, organisation.id)
    away = [Departure(organisation.id, organisation.name, "http://127.0.0.1:8421")]
    assert departures(platform) == away
    remove_copy(platform, there, OPERATOR, organisation.id)
    assert departures(platform) == away
    assert departures(there) == []
    move(there, platform, OPERATOR, organisation.id)
    assert departures(platform) == []
    assert [departure.address for departure in departures(there)] == [platform.settings.base_url]
    # Where it is removed one day for good, it works nowhere.
    assert organisation.rows("SELECT 1 FROM installation WHERE name LIKE 'organisation-moved %'") == []
