"""Entra ID's requests in the order in which its provisioning sends them, each with the state that must follow."""

from typing import Any
from uuid import uuid4

import pytest
from tests.plugins.scim.conftest import ENTERPRISE, GROUP, USER, Directory

ANNA: dict[str, Any] = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "Anna.Ek@kommun.example",
    "active": True,
    "displayName": "Anna Ek",
    "emails": [{"primary": True, "type": "work", "value": "anna.ek@kommun.example"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "Anna Ek", "familyName": "Ek", "givenName": "Anna"},
    "roles": [],
}


@pytest.fixture
def anna(directory: Directory) -> str:
    """The path of a user that Entra has made."""
    answer = directory.post("/Users", ANNA)
    assert answer.status_code == 201, answer.text
    return f"/Users/{answer.json()['id']}"


def work_mail(user: dict[str, Any]) -> str | None:
    return next((mail["value"] for mail in user.get("emails", []) if mail.get("type") == "work"), None)


@pytest.mark.feature("OX1")
def test_the_connection_is_tried_by_looking_for_nobody(directory: Directory) -> None:
    """An unknown user is an empty list, not 404: otherwise Entra refuses to go on."""
    answer = directory.get("/Users", filter=f'userName eq "{uuid4()}"')
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/scim+json")
    assert answer.json()["totalResults"] == 0
    assert answer.json()["Resources"] == []


@pytest.mark.feature("OX1")
def test_a_user_is_made_with_an_account(directory: Directory, anna: str) -> None:
    """The account has the address at work, the name, and the mark of the directory."""
    account = directory.account("anna.ek")
    assert (account.name, account.source, account.active) == ("Anna Ek", "scim", True)
    stored = directory.get(anna).json()
    assert stored["userName"] == "Anna.Ek@kommun.example"  # as it was sent
    assert stored["externalId"] == ANNA["externalId"]


def test_nulls_unknown_schemas_and_attributes_at_the_root_do_no_harm(directory: Directory) -> None:
    """Entra sends what is not mapped as null, and some attributes without the name of their schema."""
    body = {
        "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"],
        "userName": "joy@kommun.example",
        "active": True,
        "addresses": None,
        "phoneNumbers": None,
        "department": None,
        "manager": None,
    }
    assert directory.post("/Users", body).status_code == 201


def test_a_user_is_found_by_each_attribute_that_entra_matches_by(directory: Directory, anna: str) -> None:
    """Names and addresses regardless of large letters; an external id as it stands."""
    for asked in (
        'userName eq "ANNA.EK@kommun.example"',
        f'externalId eq "{ANNA["externalId"]}"',
        'emails[type eq "work"].value eq "Anna.Ek@Kommun.example"',
        f'userName eq "anna.ek@kommun.example" and externalId eq "{ANNA["externalId"]}"',
    ):
        found = directory.get("/Users", filter=asked).json()
        assert [f"/Users/{user['id']}" for user in found["Resources"]] == [anna], asked


@pytest.mark.feature("OX1")
def test_attributes_are_changed_by_path(directory: Directory, anna: str) -> None:
    """With capital letters in `op`, by filters in paths, and into entries that are not there yet."""
    boss = directory.add_user("boss").rpartition("/")[2]
    answer = directory.patch(
        anna,
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "anna.berg@kommun.example"},
        {"op": "Replace", "path": "name.familyName", "value": "Berg"},
        {"op": "Replace", "path": "displayName", "value": "Anna Berg"},
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+46701740605"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Socialtjänsten"},
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": boss},
    )
    assert answer.status_code == 200, answer.text
    user = directory.get(anna).json()
    assert work_mail(user) == "anna.berg@kommun.example"
    assert user["phoneNumbers"] == [{"value": "+46701740605", "type": "mobile"}]
    assert user[ENTERPRISE]["department"] == "Socialtjänsten"
    assert user[ENTERPRISE]["manager"]["value"] == boss
    account = directory.account("anna.berg")
    assert account.name == "Anna Berg"
    assert directory.account("anna.ek") is None


def test_a_manager_without_schema_and_in_a_list_is_read_too(directory: Directory, anna: str) -> None:
    """Entra's older documents have it so."""
    boss = directory.add_user("boss").rpartition("/")[2]
    manager = [{"$ref": f"http://x.example/scim/Users/{boss}", "value": boss}]
    assert directory.patch(anna, {"op": "Add", "path": "manager", "value": manager}).status_code == 200
    assert directory.get(anna).json()[ENTERPRISE]["manager"]["value"] == boss


def test_a_patch_without_path_has_dotted_keys_and_schema_names(directory: Directory, anna: str) -> None:
    """So it is with the flag `aadOptscim062020`, several attributes in one operation."""
    value = {
        "displayName": "Bjfe",
        "name.givenName": "Kkom",
        "name.familyName": "Unua",
        f"{ENTERPRISE}:employeeNumber": "Aklq",
    }
    assert directory.patch(anna, {"op": "replace", "value": value}).status_code == 200
    user = directory.get(anna).json()
    assert (user["displayName"], user["name"]["givenName"], user["name"]["familyName"]) == ("Bjfe", "Kkom", "Unua")
    assert user[ENTERPRISE]["employeeNumber"] == "Aklq"


@pytest.mark.feature("OX1")
@pytest.mark.parametrize(("closed", "opened"), [("False", "True"), (False, True)])
def test_a_user_is_closed_and_opened(directory: Directory, anna: str, closed: object, opened: object) -> None:
    """By a text without the flag, by a boolean with it; who is closed is found all the same."""
    answer = directory.patch(anna, {"op": "Replace", "path": "active", "value": closed})
    assert answer.json()["active"] is False
    assert not directory.account("anna.ek").active
    assert directory.get("/Users", filter='userName eq "anna.ek@kommun.example"').json()["totalResults"] == 1
    assert directory.patch(anna, {"op": "Replace", "path": "active", "value": opened}).json()["active"] is True
    assert directory.account("anna.ek").active


def test_active_is_a_boolean_or_its_word(directory: Directory, anna: str) -> None:
    """Anything else is refused, and closes nobody."""
    answer = directory.patch(anna, {"op": "Replace", "path": "active", "value": "Nej"})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert directory.account("anna.ek").active


@pytest.mark.feature("OX1")
def test_a_group_is_made_without_members_and_gets_them_later(directory: Directory, anna: str) -> None:
    """With Microsoft's own schema beside the standard's; a member that is removed by value takes no other along."""
    group = {
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": str(uuid4()),
        "displayName": "Socialtjänsten",
        "meta": {"resourceType": "Group"},
    }
    made = directory.post("/Groups", group)
    assert made.status_code == 201, made.text
    path = f"/Groups/{made.json()['id']}"
    found = directory.get("/Groups", excludedAttributes="members", filter='displayName eq "socialtjänsten"').json()
    assert found["totalResults"] == 1
    assert "members" not in found["Resources"][0]

    bo = directory.add_user("bo")
    ids = [user.rpartition("/")[2] for user in (anna, bo)]
    refs = [{"$ref": None, "value": user} for user in ids]
    added = directory.patch(path, {"op": "Add", "path": "members", "value": refs})
    assert (added.status_code, added.content) == (204, b"")
    assert members(directory, path) == set(ids)
    assert directory.patch(path, {"op": "Add", "path": "members", "value": refs[:1]}).status_code == 204
    asked = f'id eq "{path.rpartition("/")[2]}" and members eq "{ids[0]}"'
    assert directory.get("/Groups", filter=asked).json()["totalResults"] == 1

    directory.patch(path, {"op": "Remove", "path": "members", "value": [{"value": ids[0]}]})
    assert members(directory, path) == {ids[1]}
    directory.patch(path, {"op": "remove", "path": f'members[value eq "{ids[1]}"]'})
    assert members(directory, path) == set()
    directory.patch(path, {"op": "Replace", "path": "displayName", "value": "Vård"})
    assert directory.get(path).json()["displayName"] == "Vård"
    assert directory.delete(path).status_code == 204
    assert directory.get(path).status_code == 404


def members(directory: Directory, path: str) -> set[str]:
    return {member["value"] for member in directory.get(path).json().get("members", [])}


@pytest.mark.feature("OX1")
def test_a_deleted_user_is_gone_and_the_account_closed(directory: Directory, anna: str) -> None:
    """Entra deletes 30 days after it has closed; a person who comes back gets the old account."""
    before = directory.account("anna.ek").id
    assert directory.delete(anna).status_code == 204
    assert directory.get(anna).status_code == 404
    account = directory.account("anna.ek")
    assert (account.active, account.source) == (False, "")
    assert directory.post("/Users", ANNA).status_code == 201
    account = directory.account("anna.ek")
    assert (account.id, account.active, account.source) == (before, True, "scim")
