"""What the directory has said of somebody goes with what the closed account kept; who comes back gets a new account."""

from collections.abc import Callable

import pytest
from tests.plugins.scim.conftest import Directory, identifier

from budkavle.operations import Destroyed
from budkavle.operations.closed_accounts import destroying
from budkavle.operations.destruction import CLEAN_UP
from budkavle.operations.health import outboxes
from budkavle.plugins.registry import Plugins
from budkavle.storage.platform import Platform
from budkavle.testing import CleanUpContract, SampleOrganisation, do_job

OPEN = {"op": "replace", "path": "active", "value": True}
CLOSE = {"op": "replace", "path": "active", "value": False}
LEFT = (
    "SELECT (SELECT count(*) FROM scim_users WHERE account_id = :id)"
    " + (SELECT count(*) FROM scim_grants WHERE account_id = :id)"
    " + (SELECT count(*) FROM scim_members m JOIN scim_users u ON u.id = m.user_id WHERE u.account_id = :id) AS n"
)


@pytest.fixture
def path(directory: Directory) -> str:
    """A user of the directory's, in a group, whose account the directory has closed."""
    path = directory.add_user("kim")
    directory.add_group("Socialtjänsten", path)
    assert directory.patch(path, CLOSE).status_code == 200
    return path


def close_long_ago(organisation: SampleOrganisation) -> None:
    """Let the account have been closed long ago."""
    organisation.rows("UPDATE users SET closed_at = now() - interval '400 days' WHERE NOT active")


def destroy(organisation: SampleOrganisation) -> None:
    """Let the account have been closed long ago, and do what is due then."""
    close_long_ago(organisation)
    assert destroying.destroy_old(organisation.platform) == 1


@pytest.mark.feature("O2")
def test_who_comes_back_gets_a_new_account(directory: Directory, organisation: SampleOrganisation, path: str) -> None:
    """Until the plugin has cleaned up, opening is refused; then the directory is told that there is no such user."""
    old = directory.account("kim")
    destroy(organisation)
    refused = directory.patch(path, OPEN)
    assert refused.status_code == 409, refused.text
    do_job(organisation.platform, f"outbox.{CLEAN_UP}scim")
    assert directory.patch(path, OPEN).status_code == 404
    again = directory.add_user("kim")
    assert identifier(again) != identifier(path)
    new = directory.account("kim")
    assert (new.active, new.id == old.id) == (True, False)
    (row,) = organisation.rows("SELECT active, name FROM users WHERE id = :id", id=old.id)
    assert (row.active, row.name) == (False, old.name)


@pytest.mark.feature("O2", "Y3")
def test_a_plugin_that_was_off_cleans_up_when_it_is_on_again(
    directory: Directory, organisation: SampleOrganisation, path: str, budkavle_open: Callable[..., Platform]
) -> None:
    """Until then the health check says what it has kept."""
    off = budkavle_open(enabled=[])
    close_long_ago(organisation)
    assert destroying.destroy_old(off) == 1
    (row,) = list(outboxes.judge_outboxes(off, organisation.id))
    assert (row.ok, row.notable, row.facts) == (True, True, {"plugin": "scim", "count": 1})
    assert directory.patch(path, OPEN).status_code == 409
    do_job(organisation.platform, f"outbox.{CLEAN_UP}scim")
    assert directory.patch(path, OPEN).status_code == 404
    assert [row.sentence for row in outboxes.judge_outboxes(off, organisation.id)] == [outboxes.WELL]


class TestCleanUp(CleanUpContract):
    """The contract of what cleans up."""

    @pytest.fixture
    def plugins(self, platform: Platform) -> Plugins:
        return platform.plugins

    @pytest.fixture
    def plugin(self) -> str:
        return "scim"

    @pytest.fixture
    def destroyed(self, organisation: SampleOrganisation, directory: Directory, path: str) -> Destroyed:
        return Destroyed(organisation.id, (), (), (), "Tiden har gått ut.", (directory.account("kim").id,))

    @pytest.fixture
    def left(self, organisation: SampleOrganisation, destroyed: Destroyed) -> Callable[[], int]:
        return lambda: int(organisation.rows(LEFT, id=destroyed.user_ids[0])[0].n)
