"""Organisations, users, mailboxes and who may change them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from budkavle.accounts import mailboxes, organisations, users
from budkavle.cases import actions, mailbox_deletion
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.people import Role
from budkavle.model.states import CaseState
from budkavle.storage import audit

World = Any  # of conftest.py, which cannot be imported


def test_only_the_installation_makes_organisations(world: World) -> None:
    """An organisation's administrator makes none; a taken name is an error at its field."""
    with pytest.raises(Forbidden):
        organisations.create_organisation(world.platform, world.root, "Ny")
    with pytest.raises(Forbidden):
        organisations.all_organisations(world.platform, world.root)
    with pytest.raises(Invalid) as caught:
        organisations.create_organisation(world.platform, _system(world), world.organisation.name)
    assert "name" in caught.value.fields
    assert organisations.slugged("Åre Kommun – Östersund!") == "are-kommun-ostersund"


@pytest.mark.feature("O4", "O5", "O6")
def test_an_organisation_has_its_own_numbers(world: World) -> None:
    """Known numbers within their limits are kept, others are errors at their fields."""
    changed = organisations.update_organisation(world.platform, world.root, name="Habo", settings={"bin_days": 3})
    assert (changed.name, changed.settings) == ("Habo", {"bin_days": 3})
    for settings in ({"bin_days": -1}, {"unknown": 1}, {"session_idle_minutes": 0}):
        with pytest.raises(Invalid) as caught:
            organisations.update_organisation(world.platform, world.root, settings=settings)
        assert set(caught.value.fields) == set(settings)
    with pytest.raises(Forbidden):
        organisations.update_organisation(world.platform, world.ada, name="Mitt")


@pytest.mark.feature("O2", "F1")
def test_a_user_comes_with_a_mailbox(world: World) -> None:
    """A new account has its own mailbox; wrong fields are said at the fields, taken addresses across organisations."""
    with pytest.raises(Invalid) as caught:
        users.create_user(world.platform, world.root, email="fel", name=" ", password="kort", language="xx")
    assert set(caught.value.fields) == {"email", "name", "password", "language"}
    made = users.create_user(world.platform, world.root, email=" Ny@Habo.Example ", name="Ny Person")
    assert made.email == "ny@habo.example"
    for actor in (world.root, world.eve):
        with pytest.raises(Invalid) as caught:
            users.create_user(world.platform, actor, email="NY@habo.example", name="X")
        assert "email" in caught.value.fields
    own = mailboxes.personal_mailbox(made)
    assert [member.name for member in mailboxes.members(world.platform, _as(made), own.id)] == ["Ny Person"]
    with pytest.raises(Invalid, match="delas inte"):
        mailboxes.add_members(world.platform, _as(made), own.id, [world.ada.user_id])
    with pytest.raises(Forbidden):
        users.create_user(world.platform, world.ada, email="a@b.se", name="X")
    with pytest.raises(Forbidden):
        users.create_user(world.platform, world.root, email="a@b.se", name="X", role=Role.PLATFORM)


@pytest.mark.feature("F10")
def test_searching_for_colleagues(world: World) -> None:
    """Parts of names and addresses find colleagues of the own organisation, without those who are members already."""
    found = users.search_users(world.platform, world.root, "a", outside=world.box.id)
    assert {user.name for user in found} == {"Root Adm", "Dag Ny"}
    assert [user.name for user in users.search_users(world.platform, world.root, "EK bo@")] == ["Bo Ek"]
    assert users.search_users(world.platform, world.eve, "Bo Ek") == []
    assert users.search_users(world.platform, world.root, "100%_") == []


@pytest.mark.feature("U3", "U4", "Q2", "Q3")
def test_changing_users(world: World) -> None:
    """People change their own name and language; roles and closing are the administrator's; one always remains."""
    assert users.update_user(world.platform, world.ada, world.ada.user_id, name="Ada B", language="en").name == "Ada B"
    own = mailboxes.mailbox(world.platform, world.ada, mailboxes.personal_id(world.ada.user_id)).mailbox
    assert (own.name, own.language) == ("Ada B", "en")  # whom those see who get a message from it
    for change in ({"role": Role.ADMIN}, {"active": False}):
        with pytest.raises(Forbidden):
            users.update_user(world.platform, world.ada, world.ada.user_id, **change)
    with pytest.raises(Forbidden):
        users.update_user(world.platform, world.ada, world.bo.user_id, name="X")
    with pytest.raises(NotFound):
        users.update_user(world.platform, world.eve, world.ada.user_id, name="X")
    for change in ({"role": Role.USER}, {"active": False}):
        with pytest.raises(Conflict, match="minst en administratör"):
            users.update_user(world.platform, world.root, world.root.user_id, **change)
    users.update_user(world.platform, world.root, world.ada.user_id, role=Role.ADMIN)
    users.update_user(world.platform, world.root, world.root.user_id, role=Role.USER)


@pytest.mark.feature("F3", "F9")
def test_names_of_mailboxes_are_unique(world: World) -> None:
    """A second mailbox of the same name is refused at the field, also when two make it at once; tenants do not meet."""
    with pytest.raises(Invalid) as caught:
        mailboxes.create_mailbox(world.platform, world.root, " socialnämnden ")
    assert "name" in caught.value.fields
    with pytest.raises(Invalid):
        mailboxes.update_mailbox(world.platform, world.cleo, world.box.id, name="Byggnadsnämnden")
    with pytest.raises(Invalid):
        mailboxes.create_mailbox(world.platform, world.root, " ")
    made: list[str] = []

    def make() -> None:
        try:
            made.append(mailboxes.create_mailbox(world.platform, world.root, "Växeln").name)
        except Invalid as error:
            made.append(str(error))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.count("Växeln") == 1


@pytest.mark.feature("F4", "F6", "F21")
def test_managing_a_mailbox(world: World) -> None:
    """Its administrators and the organisation's change it; a member does not; an outsider finds nothing."""
    changed = mailboxes.update_mailbox(
        world.platform, world.cleo, world.box.id, name="Social", description="Orosanmälan", transports=["sdk"]
    )
    assert mailboxes.mailbox(world.platform, world.ada, world.box.id).mailbox == changed
    assert mailboxes.mailbox(world.platform, world.root, world.box.id).member is False
    with pytest.raises(Forbidden):
        mailboxes.update_mailbox(world.platform, world.ada, world.box.id, name="X")
    with pytest.raises(Forbidden):
        mailboxes.update_mailbox(world.platform, world.cleo, world.box.id, default=True)
    mailboxes.update_mailbox(world.platform, world.root, world.other_box.id, default=True)
    with world.platform.database.transaction(world.organisation.id) as connection:
        assert mailboxes.default_mailbox(connection, world.organisation.id) == world.other_box.id


@pytest.mark.feature("F5", "F10", "F11", "Q5")
def test_members(world: World) -> None:
    """Administrators of the mailbox add, promote and remove; foreign and closed accounts cannot be added."""
    mailboxes.add_members(world.platform, world.cleo, world.box.id, [world.dag.user_id, world.ada.user_id])
    names = [
        (member.name, member.administrator) for member in mailboxes.members(world.platform, world.ada, world.box.id)
    ]
    assert names == [("Ada Ahl", False), ("Bo Ek", False), ("Cleo Dahl", True), ("Dag Ny", False)]
    for stranger in (world.eve.user_id, uuid4()):
        with pytest.raises(NotFound):
            mailboxes.add_members(world.platform, world.cleo, world.box.id, [stranger])
    mailboxes.set_administrator(world.platform, world.cleo, world.box.id, world.dag.user_id, administrator=True)
    assert mailboxes.remove_members(world.platform, world.dag, world.box.id, [world.cleo.user_id, uuid4()]) == 1
    with pytest.raises(NotFound):
        mailboxes.set_administrator(world.platform, world.dag, world.box.id, world.cleo.user_id, administrator=True)
    assert len(world.audit("mailbox.member-removed")) == 1


@pytest.mark.feature("F8", "F9")
def test_deleting_a_mailbox(world: World) -> None:
    """It is refused while it has open cases, which are counted, and for the default; afterwards nobody finds it."""
    case_id = world.arrive()
    mailboxes.update_mailbox(world.platform, world.root, world.other_box.id, default=True)
    with pytest.raises(Conflict, match="ett öppet ärende"):
        mailbox_deletion.delete_mailbox(world.platform, world.root, world.box.id)
    with pytest.raises(Conflict, match="Välj en annan"):
        mailbox_deletion.delete_mailbox(world.platform, world.root, world.other_box.id)
    actions.close(world.platform, world.ada, case_id)
    with pytest.raises(Forbidden):
        mailbox_deletion.delete_mailbox(world.platform, world.cleo, world.box.id)
    mailbox_deletion.delete_mailbox(world.platform, world.root, world.box.id)
    for actor in (world.ada, world.root):
        with pytest.raises(NotFound):
            mailboxes.mailbox(world.platform, actor, world.box.id)
    with pytest.raises(NotFound):
        actions.reopen(world.platform, world.ada, case_id)
    mailboxes.create_mailbox(world.platform, world.root, "Socialnämnden")


@pytest.mark.feature("F8", "F9")
def test_an_administrator_who_is_no_member_closes_what_is_open(world: World) -> None:
    """As many cases as were told of, and no more; each says in its log why it was closed."""
    ids = [world.arrive() for _ in range(2)]
    mailboxes.update_mailbox(world.platform, world.root, world.other_box.id, default=True)
    assert mailbox_deletion.open_cases(world.platform, world.root, world.box.id) == 2
    with pytest.raises(Conflict, match="2 öppna ärenden"):
        mailbox_deletion.delete_mailbox(world.platform, world.root, world.box.id, closing=1)
    assert {case.state for case in world.cases(world.ada)} == {CaseState.OPEN}
    with pytest.raises(Forbidden):
        mailbox_deletion.delete_mailbox(world.platform, world.cleo, world.box.id, closing=2)
    mailbox_deletion.delete_mailbox(world.platform, world.root, world.box.id, closing=2)
    for case_id in ids:
        assert world.events(case_id)[-1] == "closed"
    assert len([entry for entry in world.audit("case.closed") if "mailbox-deleted" in entry]) == 2


@pytest.mark.feature("F8")
def test_a_mailbox_is_not_deleted_under_what_is_held(world: World) -> None:
    """A message whose receipt has not left is about to be read; afterwards nobody would see it."""
    case_id = world.arrive()
    actions.close(world.platform, world.ada, case_id)
    mailboxes.update_mailbox(world.platform, world.root, world.other_box.id, default=True)
    with world.platform.database.transaction(world.organisation.id) as connection:
        connection.execute(text("UPDATE messages SET state = 'HELD'"))
    with pytest.raises(Conflict, match="på väg in"):
        mailbox_deletion.delete_mailbox(world.platform, world.root, world.box.id, closing=9)
    with world.platform.database.transaction(world.organisation.id) as connection:
        connection.execute(text("UPDATE messages SET state = 'RECEIVED'"))
    mailbox_deletion.delete_mailbox(world.platform, world.root, world.box.id)


@pytest.mark.feature("F8")
def test_a_mailbox_is_not_deleted_under_what_comes(world: World) -> None:
    """A message that has been given to it, but is not stored yet, is an open case that stands in the way."""
    with ThreadPoolExecutor(2) as threads:
        with world.platform.database.transaction(world.organisation.id) as connection:
            audit.record(connection, world.ada, "case.viewed")
            connection.execute(text("SELECT 1"))  # the log's head is locked: neither gets further than to here
            arrives = threads.submit(world.arrive, mailbox_id=world.other_box.id)
            world.until_waiting(1)
            deleted = threads.submit(mailbox_deletion.delete_mailbox, world.platform, world.root, world.other_box.id)
            world.until_waiting(2)
        arrives.result()
        with pytest.raises(Conflict, match="ett öppet ärende"):
            deleted.result()
    assert mailboxes.mailbox(world.platform, world.root, world.other_box.id).mailbox.name == "Byggnadsnämnden"


@pytest.mark.parametrize(
    "function",
    [
        lambda world, actor: mailboxes.mailbox(world.platform, actor, world.box.id),
        lambda world, actor: mailboxes.members(world.platform, actor, world.box.id),
        lambda world, actor: mailboxes.update_mailbox(world.platform, actor, world.box.id, name="X"),
        lambda world, actor: mailboxes.add_members(world.platform, actor, world.box.id, [actor.user_id]),
        lambda world, actor: mailboxes.remove_members(world.platform, actor, world.box.id, [world.ada.user_id]),
        lambda world, actor: mailboxes.set_administrator(
            world.platform, actor, world.box.id, world.ada.user_id, administrator=True
        ),
        lambda world, actor: mailbox_deletion.delete_mailbox(world.platform, actor, world.box.id),
        lambda world, actor: users.user(world.platform, actor, world.ada.user_id) if actor is world.eve else _no(),
    ],
)
@pytest.mark.parametrize("who", ["dag", "eve"])
def test_strangers_find_no_mailbox(world: World, function: Callable[[Any, Any], object], who: str) -> None:
    """Neither another organisation's administrator nor a colleague without membership gets at a mailbox."""
    with pytest.raises((NotFound, Forbidden)) as caught:
        function(world, getattr(world, who))
    if who == "eve":
        assert caught.type is NotFound


def test_administration_is_not_reading(world: World) -> None:
    """Lists of all users and mailboxes are for administrators, of their own organisation only."""
    assert {box.name for box in mailboxes.all_mailboxes(world.platform, world.root)} == {
        "Socialnämnden",
        "Byggnadsnämnden",
    }
    assert len(users.users_of(world.platform, world.eve)) == 1
    for function in (mailboxes.all_mailboxes, users.users_of):
        with pytest.raises(Forbidden):
            function(world.platform, world.ada)


def _no() -> None:
    raise NotFound("only asked across organisations")


def _system(world: World) -> Any:
    return type(world.root)(world.organisation.id)


def _as(user: Any) -> Any:
    from budkavle.model.people import Actor

    return Actor(user.organisation_id, user.id, user.name)
