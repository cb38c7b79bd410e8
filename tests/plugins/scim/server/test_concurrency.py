"""A directory asks many things at once: nothing is doubled, lost or half done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.plugins.scim.conftest import USER, Directory, identifier

from budkavle import Host
from budkavle.testing import SampleOrganisation
from budkavle_scim.rules.group_rules import NewRule, carry_out


def at_once(*asked: Callable[[], Any]) -> list[int]:
    """Ask everything at the same time, and return the statuses in order."""
    with ThreadPoolExecutor(len(asked)) as pool:
        return [future.result().status_code for future in [pool.submit(ask) for ask in asked]]


def test_one_of_several_that_are_the_same_is_made(directory: Directory) -> None:
    """Entra tries again when it has had no answer in time."""
    user = {"schemas": [USER], "userName": "anna@kommun.example"}
    statuses = at_once(*[lambda: directory.post("/Users", user)] * 4)
    assert sorted(statuses) == [201, 409, 409, 409]
    assert directory.get("/Users").json()["totalResults"] == 1


def test_members_that_come_and_go_at_once_are_all_there(directory: Directory, organisation: SampleOrganisation) -> None:
    """In the group, and in the mailbox that a rule gives."""
    host: Host = organisation.platform.plugins.host("scim")
    users = [directory.add_user(f"namn{number}") for number in range(8)]
    group, other = directory.add_group("Grupp", *users[:4]), directory.add_group("Annan", *users[:4])
    box = organisation.other_mailbox.id
    for one in (group, other):
        carry_out(host, organisation.administrator, NewRule(identifier(one), box))

    def change(path: str, op: str, user: str) -> Callable[[], Any]:
        value = [{"value": user.rpartition("/")[2]}]
        return lambda: directory.patch(path, {"op": op, "path": "members", "value": value})

    leaving = [change(path, "remove", user) for user in users[:4] for path in (group, other)]
    coming = [change(group, "add", user) for user in users[4:]]
    closing = [lambda: directory.patch(users[7], {"op": "replace", "path": "active", "value": "False"})]
    assert set(at_once(*leaving, *coming, *closing)) <= {200, 204}
    inside = {member["value"] for member in directory.get(group).json()["members"]}
    assert inside == {user.rpartition("/")[2] for user in users[4:]}
    rows = organisation.rows(
        "SELECT u.email FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.mailbox_id = :id", id=box
    )
    names = {row.email.partition("@")[0] for row in rows}
    assert {"namn4", "namn5", "namn6"} <= names <= {"namn4", "namn5", "namn6", "namn7"}


def test_changes_of_one_user_follow_each_other(directory: Directory) -> None:
    """Each has a version of its own, and none is lost."""
    path = directory.add_user("anna")
    changes = [
        lambda name=name: directory.patch(path, {"op": "add", "path": name, "value": "x"})
        for name in ("title", "nickName", "userType", "name.middleName")
    ]
    assert at_once(*changes) == [200] * 4
    user = directory.get(path).json()
    assert (user["title"], user["nickName"], user["userType"], user["name"]["middleName"]) == ("x", "x", "x", "x")
    assert user["meta"]["version"] == 'W/"5"'
