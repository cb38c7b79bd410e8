"""What groups give: shown beforehand, done the same way, followed at once, and taken back no further than given."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.plugins.scim.conftest import Directory, identifier

from budkavle import Conflict, Forbidden, Host, NotFound, Role
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_scim.rules import group_rules
from budkavle_scim.rules.applying import ROLE, Level
from budkavle_scim.rules.group_rules import NewRule, carry_out, preview, rules_of


@pytest.fixture
def host(directory: Directory) -> Host:
    host: Host = directory.organisation.platform.plugins.host("scim")
    return host


@pytest.fixture
def administrator(organisation: SampleOrganisation) -> SampleUser:
    return organisation.administrator


def access(directory: Directory, mailbox_id: UUID) -> dict[str, bool]:
    """Return who has access to a mailbox, by the first part of the address, and whether they administer it."""
    rows = directory.organisation.rows(
        "SELECT u.email, m.administrator FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.mailbox_id = :id",
        id=mailbox_id,
    )
    return {row.email.partition("@")[0]: row.administrator for row in rows}


def change_members(directory: Directory, group: str, op: str, *users: str) -> None:
    value = [{"value": user.rpartition("/")[2]} for user in users]
    assert directory.patch(group, {"op": op, "path": "members", "value": value}).status_code == 204


@pytest.mark.feature("OX1")
def test_a_preview_changes_nothing_and_is_what_is_done(
    directory: Directory, host: Host, administrator: SampleUser, organisation: SampleOrganisation
) -> None:
    """The same code, taken back: the same changes, and no trace in tables, log or mailbox."""
    group = directory.add_group("Byggnad", directory.add_user("anna"), directory.add_user("bo"))
    box = organisation.other_mailbox.id
    rule = NewRule(identifier(group), box)
    before = organisation.log_kinds()
    shown = preview(host, administrator, rule)
    assert [(change.before, change.after) for change in shown] == [(Level.NONE, Level.MEMBER)] * 2
    assert access(directory, box) == {}
    assert rules_of(host, administrator, [identifier(group)]) == []
    assert organisation.log_kinds() == before
    assert carry_out(host, administrator, rule) == shown
    assert access(directory, box) == {"anna": False, "bo": False}
    entries = organisation.log_entries("scim.rule-added")
    assert len(entries) == 1
    assert administrator.name in entries[0]


@pytest.mark.feature("OX1")
def test_members_follow_at_once(
    directory: Directory, host: Host, administrator: SampleUser, organisation: SampleOrganisation
) -> None:
    """By PATCH, by PUT, and when the user or the group is gone."""
    anna, bo = directory.add_user("anna"), directory.add_user("bo")
    group, box = directory.add_group("Byggnad"), organisation.other_mailbox.id
    carry_out(host, administrator, NewRule(identifier(group), box, administrator=True))
    change_members(directory, group, "add", anna, bo)
    assert access(directory, box) == {"anna": True, "bo": True}
    change_members(directory, group, "remove", bo)
    assert access(directory, box) == {"anna": True}
    whole = directory.get(group).json()
    directory.put(group, {**whole, "members": [{"value": bo.rpartition("/")[2]}]})
    assert access(directory, box) == {"bo": True}
    assert directory.delete(bo).status_code == 204
    assert access(directory, box) == {}
    change_members(directory, group, "add", anna)
    assert directory.delete(group).status_code == 204
    assert access(directory, box) == {}


def test_what_two_groups_give_stays_until_both_have_gone(
    directory: Directory, host: Host, administrator: SampleUser, organisation: SampleOrganisation
) -> None:
    """The highest of them holds."""
    anna, box = directory.add_user("anna"), organisation.other_mailbox.id
    one, two = directory.add_group("Ett", anna), directory.add_group("Två", anna)
    carry_out(host, administrator, NewRule(identifier(one), box))
    carry_out(host, administrator, NewRule(identifier(two), box, administrator=True))
    assert access(directory, box) == {"anna": True}
    change_members(directory, two, "remove", anna)
    assert access(directory, box) == {"anna": False}
    change_members(directory, one, "remove", anna)
    assert access(directory, box) == {}


def test_what_was_given_by_hand_stays(
    directory: Directory, host: Host, administrator: SampleUser, organisation: SampleOrganisation
) -> None:
    """A rule takes back what it gave, and no more: it neither removes nor lowers whom somebody let in."""
    for name, member in (("cleo", organisation.mailbox_administrator), ("bo", organisation.colleague)):
        body = {"schemas": [], "userName": member.email, "displayName": name}
        body["schemas"] = ["urn:ietf:params:scim:schemas:core:2.0:User"]
        assert directory.post("/Users", body).status_code == 201
    found = directory.get("/Users").json()["Resources"]
    group = directory.add_group("Socialnämnden", *(f"/Users/{user['id']}" for user in found))
    box, before = organisation.mailbox.id, access(directory, organisation.mailbox.id)
    assert preview(host, administrator, NewRule(identifier(group), box)) == []
    carry_out(host, administrator, NewRule(identifier(group), box))
    assert access(directory, box) == before
    (rule,) = rules_of(host, administrator, [identifier(group)])
    carry_out(host, administrator, rule.id)
    assert access(directory, box) == before


@pytest.mark.feature("OX1")
def test_a_closed_account_gets_nothing_until_it_opens(
    directory: Directory, host: Host, administrator: SampleUser, organisation: SampleOrganisation
) -> None:
    """Whether the directory closed it, or somebody here did."""
    anna, bo = directory.add_user("anna"), directory.add_user("bo")
    box = organisation.other_mailbox.id
    directory.patch(anna, {"op": "replace", "path": "active", "value": False})
    organisation.rows("UPDATE users SET active = false WHERE email LIKE 'bo@kommun%'")
    group = directory.add_group("Byggnad", anna, bo)
    assert carry_out(host, administrator, NewRule(identifier(group), box)) == []
    directory.patch(anna, {"op": "replace", "path": "active", "value": True})
    assert access(directory, box) == {"anna": False}


@pytest.mark.feature("OX1")
def test_a_role_follows_a_group_and_the_last_administrator_stays(
    directory: Directory, host: Host, administrator: SampleUser, organisation: SampleOrganisation
) -> None:
    """The rule is removed, the administrator kept, and both the preview and the event log say so."""
    anna, bo = directory.add_user("anna"), directory.add_user("bo")
    group = directory.add_group("Administratörer", anna, bo)
    shown = preview(host, administrator, NewRule(identifier(group), ROLE, administrator=True))
    assert [change.after for change in shown] == [Level.ADMINISTRATOR] * 2
    carry_out(host, administrator, NewRule(identifier(group), ROLE, administrator=True))
    assert directory.account("anna").role == directory.account("bo").role == Role.ADMIN
    change_members(directory, group, "remove", bo)
    assert directory.account("bo").role == Role.USER
    organisation.rows("UPDATE users SET role = 'user' WHERE id = :id", id=administrator.id)
    change_members(directory, group, "remove", anna)
    assert directory.account("anna").role == Role.ADMIN
    assert "scim.administrator-kept" in organisation.log_kinds()
    (rule,) = rules_of(host, administrator, [identifier(group)])
    assert [change.kept for change in preview(host, administrator, rule.id)] == [True]
    organisation.rows("UPDATE users SET role = 'admin' WHERE id = :id", id=administrator.id)
    carry_out(host, administrator, rule.id)  # another administrator is there by now
    assert directory.account("anna").role == Role.USER


def test_who_administers_the_installation_is_no_rule_s(
    directory: Directory, host: Host, administrator: SampleUser, organisation: SampleOrganisation
) -> None:
    """A role rule neither raises nor lowers them; the directory cannot take them over."""
    root = organisation.add_user("Rut", Role.PLATFORM, email="rut@kommun.example")
    user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": root.email}
    assert directory.post("/Users", user).status_code == 403
    assert directory.account("rut").role == Role.PLATFORM


def test_a_mailbox_that_is_gone_stops_no_directory(
    directory: Directory, host: Host, administrator: SampleUser, organisation: SampleOrganisation
) -> None:
    """Members come and go as before."""
    anna, box = directory.add_user("anna"), organisation.add_mailbox("Tillfällig").id
    group = directory.add_group("Grupp", anna)
    carry_out(host, administrator, NewRule(identifier(group), box))
    organisation.rows("UPDATE mailboxes SET deleted_at = now() WHERE id = :id", id=box)
    change_members(directory, group, "remove", anna)
    change_members(directory, group, "add", anna)


def test_who_was_removed_by_hand_comes_back_with_the_next_use(
    directory: Directory, host: Host, administrator: SampleUser, organisation: SampleOrganisation
) -> None:
    """Not before: a change of somebody else in the group gives nothing back."""
    anna, bo, box = directory.add_user("anna"), directory.add_user("bo"), organisation.other_mailbox.id
    group, other = directory.add_group("Ett", anna), directory.add_group("Två", anna)
    carry_out(host, administrator, NewRule(identifier(group), box))
    organisation.rows("DELETE FROM memberships WHERE mailbox_id = :id", id=box)
    change_members(directory, group, "add", bo)
    assert access(directory, box) == {"bo": False}
    carry_out(host, administrator, NewRule(identifier(other), box))
    assert access(directory, box) == {"anna": False, "bo": False}


@pytest.mark.parametrize("who", ["case_worker", "mailbox_administrator", "outsider"])
def test_only_administrators_see_and_make_rules(
    directory: Directory, host: Host, organisation: SampleOrganisation, who: str
) -> None:
    """Others may not even look."""
    actor, group = getattr(organisation, who), identifier(directory.add_group("Grupp"))
    asked: list[Callable[[], Any]] = [
        lambda: preview(host, actor, NewRule(group, organisation.mailbox.id)),
        lambda: carry_out(host, actor, NewRule(group, ROLE)),
        lambda: rules_of(host, actor, [group]),
        lambda: group_rules.find_group(host, actor, group),
        lambda: group_rules.list_groups(host, actor, "", 0, 50),
        lambda: group_rules.count_all(host, actor),
    ]
    for ask in asked:
        with pytest.raises(Forbidden):
            ask()


def test_nothing_of_another_organisation_is_in_a_rule(
    directory: Directory, host: Host, organisation: SampleOrganisation, other_organisation: SampleOrganisation
) -> None:
    """Neither its group nor its mailbox; and a rule stands once."""
    group, there = identifier(directory.add_group("Grupp")), other_organisation.administrator
    for actor, rule in (
        (there, NewRule(group, other_organisation.mailbox.id)),
        (organisation.administrator, NewRule(group, other_organisation.mailbox.id)),
        (organisation.administrator, NewRule(uuid4(), organisation.mailbox.id)),
    ):
        with pytest.raises(NotFound):
            carry_out(host, actor, rule)
    carry_out(host, organisation.administrator, NewRule(group, organisation.mailbox.id))
    with pytest.raises(Conflict):
        carry_out(host, organisation.administrator, NewRule(group, organisation.mailbox.id))
    (rule,) = rules_of(host, organisation.administrator, [group])
    for ask in (group_rules.find_rule, preview, carry_out):
        with pytest.raises(NotFound):
            ask(host, there, rule.id)
