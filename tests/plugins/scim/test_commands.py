"""Users and groups come from a file as from a directory, all of them or none."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.plugins.scim.conftest import USER, Directory

from budkavle.testing import SampleOrganisation
from budkavle_scim.commands import group


def load(organisation: SampleOrganisation, folder: Path, content: Any) -> Result:
    file = folder / "directory.json"
    file.write_text(json.dumps(content), "utf-8")
    commands = group(organisation.platform.plugins.host("scim"))
    return CliRunner().invoke(commands, ["load", organisation.slug, str(file)])


def user(name: str) -> dict[str, Any]:
    return {"schemas": [USER], "userName": f"{name}@kommun.example", "displayName": name.title()}


def test_users_and_groups_are_loaded(directory: Directory, organisation: SampleOrganisation, tmp_path: Path) -> None:
    """The directory finds them afterwards."""
    content = {"users": [user("anna"), user("bo")], "groups": {"Grupp": ["bo@kommun.example", "nobody"]}}
    done = load(organisation, tmp_path, content)
    assert done.exit_code == 0, done.output
    assert directory.account("anna").source == "scim"
    (found,) = directory.get("/Groups").json()["Resources"]
    assert len(found["members"]) == 1


@pytest.mark.parametrize("content", [{"users": [user("anna"), user("ANNA")]}, {"people": []}, [], {"users": [{}]}])
def test_a_fault_leaves_nothing(
    directory: Directory, organisation: SampleOrganisation, tmp_path: Path, content: Any
) -> None:
    """A name that stands twice, or what is no such file."""
    assert load(organisation, tmp_path, content).exit_code != 0
    assert directory.get("/Users").json()["totalResults"] == 0
