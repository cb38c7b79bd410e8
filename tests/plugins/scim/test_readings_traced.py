"""What the event log has of a directory that reads, and of one that is not let in."""

from typing import Any

import pytest

from budkavle.testing.event_log import installation_entries


@pytest.mark.feature("ZS4")
def test_a_directory_that_reads_is_an_entry_once_a_minute(directory: Any) -> None:
    """For accounts and for groups; what it reads about itself is none."""
    path = directory.add_user("ada")
    for read in ("/Users", path, "/Groups", "/Schemas"):
        assert directory.get(read).status_code == 200
    assert len(directory.organisation.log_entries("scim.read")) == 2


@pytest.mark.feature("ZS4")
def test_a_wrong_token_is_an_entry_of_the_installation(directory: Any) -> None:
    """Once a minute, whatever it asks for."""
    right, directory.secret = directory.secret, "fel"
    assert [directory.get(path).status_code for path in ("/Users", "/Groups")] == [401, 401]
    directory.secret = right
    (entry,) = installation_entries(directory.organisation.platform, "program.refused")
    assert entry["facts"]["plugin"] == "scim"
