"""An installation that has got another master key since takes no organisation, and says what to do."""

import pytest
from tests.core.operations.moves.looking import OPERATOR, state_of_both

from budkavle.model.errors import Unavailable
from budkavle.model.states import OrganisationState
from budkavle.operations.moves.moving import move
from budkavle.storage.key_wrapping import key_rows
from budkavle.storage.keys import FileKeys


def test_it_goes_on_here_where_its_key_does_not_open_over_there(organisation, platform, there, moved, tmp_path):
    """As after a recovery of the keys, which keeps the installation's own: nothing is copied."""
    with platform.database.transaction(organisation.id) as connection:
        key_rows.wrap_anew(connection, platform.keys, FileKeys.make(tmp_path / "new.key"), all_rows=True)
    with pytest.raises(Unavailable, match="Kopiera nyckelfilen dit"):
        move(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.ACTIVE, None)
