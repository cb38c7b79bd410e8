"""Okta's requests: everything by PUT from apps of the wizard, PATCH without a path from those of the catalogue."""

from typing import Any
from uuid import uuid4

import pytest
from tests.plugins.scim.conftest import GROUP, USER, Directory

TEST_USER: dict[str, Any] = {
    "schemas": [USER],
    "userName": "test.user@kommun.example",
    "name": {"givenName": "Test", "familyName": "User"},
    "emails": [{"primary": True, "value": "test.user@kommun.example", "type": "work"}],
    "displayName": "Test User",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}


@pytest.fixture
def user(directory: Directory) -> str:
    """The path of a user that Okta has made."""
    return f"/Users/{directory.post('/Users', TEST_USER).json()['id']}"


def test_the_connection_is_tried_by_two_lists(directory: Directory) -> None:
    """Totals are integers."""
    for path, query in (("/Users", {"startIndex": 1, "count": 2}), ("/Groups", {"startIndex": 1, "count": 100})):
        page = directory.get(path, **query).json()
        assert all(isinstance(page[name], int) for name in ("totalResults", "startIndex", "itemsPerPage"))


@pytest.mark.feature("OX1")
def test_a_password_is_neither_kept_nor_told(directory: Directory) -> None:
    """The answer has a body, which Okta wants, and the account no password."""
    answer = directory.post("/Users", TEST_USER)
    assert answer.status_code == 201
    assert "1mz050nq" not in answer.text
    account = directory.account("test.user")
    assert (account.password_hash, account.language) == (None, "en")
    path = f"/Users/{answer.json()['id']}"
    later = directory.patch(path, {"op": "replace", "value": {"password": "n3w-1mz050nq"}})
    assert later.status_code == 200
    assert "n3w" not in later.text
    assert directory.account("test.user").password_hash is None


@pytest.mark.feature("OX1")
def test_a_user_is_replaced_and_closed_by_put(directory: Directory, user: str) -> None:
    """As apps of the wizard do."""
    whole = directory.get(user).json() | {"name": {"givenName": "Another", "middleName": "", "familyName": "User"}}
    answer = directory.put(user, {**whole, "displayName": "Another User", "groups": []})
    assert answer.status_code == 200, answer.text
    assert directory.account("test.user").name == "Another User"
    assert directory.put(user, {**whole, "active": False}).json()["active"] is False
    assert not directory.account("test.user").active


@pytest.mark.parametrize("active", [True, False])
def test_a_put_that_says_nothing_of_active_leaves_it(directory: Directory, user: str, *, active: bool) -> None:
    """It neither closes nor opens anybody."""
    directory.patch(user, {"op": "replace", "value": {"active": active}})
    whole = {name: value for name, value in directory.get(user).json().items() if name != "active"}
    assert directory.put(user, whole).json()["active"] is active
    assert directory.account("test.user").active is active


@pytest.mark.feature("OX1")
def test_a_user_is_closed_and_opened_without_a_path(directory: Directory, user: str) -> None:
    """As apps of the catalogue do."""
    for active in (False, True, False):
        directory.patch(user, {"op": "replace", "value": {"active": active}})
        assert directory.account("test.user").active is active


@pytest.mark.feature("OX1")
def test_a_group_is_pushed(directory: Directory, user: str) -> None:
    """A rename carries the id; names come with members and are not kept; a full push replaces."""
    path = (
        f"/Groups/{directory.post('/Groups', {'schemas': [GROUP], 'displayName': 'Push', 'members': []}).json()['id']}"
    )
    one, two = user.rpartition("/")[2], directory.add_user("bo").rpartition("/")[2]
    renamed = {"op": "replace", "value": {"id": path.rpartition("/")[2], "displayName": "Push 2"}}
    assert directory.patch(path, renamed).status_code == 204
    answer = directory.patch(
        path,
        {"op": "remove", "path": f'members[value eq "{uuid4()}"]'},
        {"op": "add", "path": "members", "value": [{"value": one, "display": "x"}]},
    )
    assert answer.status_code == 204
    assert members(directory, path) == {one}
    full = [{"value": one, "display": "x"}, {"value": two, "display": "y"}]
    assert directory.patch(path, {"op": "replace", "path": "members", "value": full}).status_code == 204
    assert members(directory, path) == {one, two}
    put = {"schemas": [GROUP], "id": path.rpartition("/")[2], "displayName": "Push 3", "members": full[:1]}
    assert directory.put(path, put).status_code == 200
    assert members(directory, path) == {one}
    assert directory.get(path).json()["displayName"] == "Push 3"
    assert [group["display"] for group in directory.get(user).json()["groups"]] == ["Push 3"]


def members(directory: Directory, path: str) -> set[str]:
    return {member["value"] for member in directory.get(path).json().get("members", [])}
