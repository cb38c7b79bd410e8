"""The settings of a standby that takes over: what changes the cluster asks for a password."""

from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def patroni(root: Path) -> Any:
    return yaml.safe_load((root / "deploy/postgresql/patroni.yml").read_text("utf-8"))


def test_whoever_changes_the_cluster_shows_a_password(patroni: Any) -> None:
    """Patroni's own port asks for one before it switches over or restarts; HAProxy only asks who is the primary."""
    account = patroni["restapi"]["authentication"]
    assert account["username"]
    assert account["password"]


def test_every_password_is_told_of(root: Path, patroni: Any) -> None:
    """The file has as many to be changed as the documentation says, and no other."""
    held = [*patroni["postgresql"]["authentication"].values(), patroni["restapi"]["authentication"]]
    assert {each["password"] for each in held} == {"change-me"}
    assert len(held) == 4
    told = (root / "docs/operations.md").read_text("utf-8")
    assert "four of their own, the same on both hosts" in told
    assert "none left as `change-me`" in told
