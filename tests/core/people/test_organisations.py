"""Organisations, users, mailboxes and who may change them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from budkavle.accounts import mailboxes, organisations, users
from budkavle.accounts.core_settings import BinSettings, SignOutSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.cases import actions, mailbox_deletion
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.people import Role, UserActor
from budkavle.model.states import CaseState
from budkavle.storage import audit
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor

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


@pytest.mark.feature("O5", "O6")
def test_an_organisation_has_its_own_numbers(world: World) -> None:
    """Known numbers within their limits are kept, others are errors at their fields."""
    changed = in_work(
        world.platform, world.root, organisations.update_organisation, name="Habo", settings={"guest_methods": ["sms"]}
    )
    assert (changed.name, changed.settings) == ("Habo", {"guest_methods": ["sms"]})
    assert in_work(world.platform, world.root, write_settings, BinSettings, {"bin_days": 3}).bin_days == 3
    for section, wrong in (
        (BinSettings, {"bin_days": -1}),
        (BinSettings, {"unknown": 1}),
        (SignOutSettings, {"session_idle_minutes": 0}),
    ):
        with pytest.raises(Invalid) as caught:
            in_work(world.platform, world.root, write_settings, section, wrong)
        assert set(caught.value.fields) == set(wrong)
    with pytest.raises(Invalid) as caught:
        in_work(world.platform, world.root, organisations.update_organisation, settings={"unknown": 1})
    assert set(caught.value.fields) == {"unknown"}
    with pytest.raises(Forbidden):
        in_work(world.platform, world.ada, organisations.update_organisation, name="Mitt")


@pytest.mark.feature("O2", "F1")
def test_a_user_comes_with_a_mailbox(world: World) -> None:
    """A new account has its own mailbox; wrong fields are said at the fields, taken addresses across organisations."""
    with pytest.raises(Invalid) as caught:
        in_work(world.platform, world.root, users.create_user, email="fel", name=" ", password="kort", language="xx")
    assert set(caught.value.fields) == {"email", "name", "password", "language"}
    made = in_work(world.platform, world.root, users.create_user, email=" Ny@Habo.Example ", name="Ny Person")
    assert made.email == "ny@habo.example"
    for actor in (world.root, world.eve):
        with pytest.raises(Invalid) as caught:
            in_work(world.platform, actor, users.create_user, email="NY@habo.example", name="X")
        assert "email" in caught.value.fields
    own = mailboxes.personal_mailbox(made)
    assert [member.name for member in in_work(world.platform, _as(made), mailboxes.members, own.id)] == ["Ny Person"]
    with pytest.raises(Invalid, match="delas inte"):
        in_work(world.platform, _as(made), mailboxes.add_members, own.id, [world.ada.user_id])
    with pytest.raises(Forbidden):
        in_work(world.platform, world.ada, users.create_user, email="a@b.se", name="X")
    with pytest.raises(Forbidden):
        in_work(world.platform, world.root, users.create_user, email="a@b.se", name="X", role=Role.PLATFORM)


@pytest.mark.feature("F10")
def test_searching_for_colleagues(world: World) -> None:
    """Parts of names and addresses find colleagues of the own organisation, without those who are members already."""
    found = in_work(world.platform, world.root, users.search_users, "a", outside=world.box.id)
    assert {user.name for user in found} == {"Root Adm", "Dag Ny"}
    assert [user.name for user in in_work(world.platform, world.root, users.search_users, "EK bo@")] == ["Bo Ek"]
    assert in_work(world.platform, world.eve, users.search_users, "Bo Ek") == []
    assert in_work(world.platform, world.root, users.search_users, "100%_") == []


@pytest.mark.feature("U3", "U4", "Q2", "Q3")
def test_changing_users(world: World) -> None:
    """People change their own name and language; roles and closing are the administrator's; one always remains."""
    assert (
        in_work(world.platform, world.ada, users.update_user, world.ada.user_id, name="Ada B", language="en").name
        == "Ada B"
    )
    own = in_work(world.platform, world.ada, mailboxes.mailbox, mailboxes.personal_id(world.ada.user_id)).mailbox
    assert (own.name, own.language) == ("Ada B", "en")  # whom those see who get a message from it
    for change in ({"role": Role.ADMIN}, {"active": False}):
        with pytest.raises(Forbidden):
            in_work(world.platform, world.ada, users.update_user, world.ada.user_id, **change)
    with pytest.raises(Forbidden):
        in_work(world.platform, world.ada, users.update_user, world.bo.user_id, name="X")
    with pytest.raises(NotFound):
        in_work(world.platform, world.eve, users.update_user, world.ada.user_id, name="X")
    for change in ({"role": Role.USER}, {"active": False}):
        with pytest.raises(Conflict, match="minst en administratör"):
            in_work(world.platform, world.root, users.update_user, world.root.user_id, **change)
    in_work(world.platform, world.root, users.update_user, world.ada.user_id, role=Role.ADMIN)
    in_work(world.platform, world.root, users.update_user, world.root.user_id, role=Role.USER)


@pytest.mark.feature("F3", "F9")
def test_names_of_mailboxes_are_unique(world: World) -> None:
    """A second mailbox of the same name is refused at the field, also when two make it at once; tenants do not meet."""
    with pytest.raises(Invalid) as caught:
        in_work(world.platform, world.root, mailboxes.create_mailbox, " socialnämnden ")
    assert "name" in caught.value.fields
    with pytest.raises(Invalid):
        in_work(world.platform, world.cleo, mailboxes.update_mailbox, world.box.id, name="Byggnadsnämnden")
    with pytest.raises(Invalid):
        in_work(world.platform, world.root, mailboxes.create_mailbox, " ")
    made: list[str] = []

    def make() -> None:
        try:
            made.append(in_work(world.platform, world.root, mailboxes.create_mailbox, "Växeln").name)
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
    changed = in_work(
        world.platform,
        world.cleo,
        mailboxes.update_mailbox,
        world.box.id,
        name="Social",
        description="Orosanmälan",
        transports=["sdk"],
    )
    assert in_work(world.platform, world.ada, mailboxes.mailbox, world.box.id).mailbox == changed
    assert in_work(world.platform, world.root, mailboxes.mailbox, world.box.id).member is False
    with pytest.raises(Forbidden):
        in_work(world.platform, world.ada, mailboxes.update_mailbox, world.box.id, name="X")
    with pytest.raises(Forbidden):
        in_work(world.platform, world.cleo, mailboxes.make_default, world.box.id)
    in_work(world.platform, world.root, mailboxes.make_default, world.other_box.id)
    assert in_work(world.platform, world.root, mailboxes.default_mailbox) == world.other_box.id


@pytest.mark.feature("F5", "F10", "F11", "Q5")
def test_members(world: World) -> None:
    """Administrators of the mailbox add, promote and remove; foreign and closed accounts cannot be added."""
    in_work(world.platform, world.cleo, mailboxes.add_members, world.box.id, [world.dag.user_id, world.ada.user_id])
    names = [
        (member.name, member.administrator)
        for member in in_work(world.platform, world.ada, mailboxes.members, world.box.id)
    ]
    assert names == [("Ada Ahl", False), ("Bo Ek", False), ("Cleo Dahl", True), ("Dag Ny", False)]
    for stranger in (world.eve.user_id, uuid4()):
        with pytest.raises(NotFound):
            in_work(world.platform, world.cleo, mailboxes.add_members, world.box.id, [stranger])
    in_work(
        world.platform, world.cleo, mailboxes.set_administrator, world.box.id, world.dag.user_id, administrator=True
    )
    assert (
        in_work(world.platform, world.dag, mailboxes.remove_members, world.box.id, [world.cleo.user_id, uuid4()]) == 1
    )
    with pytest.raises(NotFound):
        in_work(
            world.platform, world.dag, mailboxes.set_administrator, world.box.id, world.cleo.user_id, administrator=True
        )
    assert len(world.audit("mailbox.member-removed")) == 1


@pytest.mark.feature("F8", "F9")
def test_deleting_a_mailbox(world: World) -> None:
    """It is refused while it has open cases, which are counted, and for the default; afterwards nobody finds it."""
    case_id = world.arrive()
    in_work(world.platform, world.root, mailboxes.make_default, world.other_box.id)
    with pytest.raises(Conflict, match="ett öppet ärende"):
        in_work(world.platform, world.root, mailbox_deletion.delete_mailbox, world.box.id)
    with pytest.raises(Conflict, match="Välj en annan"):
        in_work(world.platform, world.root, mailbox_deletion.delete_mailbox, world.other_box.id)
    in_work(world.platform, world.ada, actions.close, case_id)
    with pytest.raises(Forbidden):
        in_work(world.platform, world.cleo, mailbox_deletion.delete_mailbox, world.box.id)
    in_work(world.platform, world.root, mailbox_deletion.delete_mailbox, world.box.id)
    for actor in (world.ada, world.root):
        with pytest.raises(NotFound):
            in_work(world.platform, actor, mailboxes.mailbox, world.box.id)
    with pytest.raises(NotFound):
        in_work(world.platform, world.ada, actions.reopen, case_id)
    in_work(world.platform, world.root, mailboxes.create_mailbox, "Socialnämnden")


@pytest.mark.feature("F8", "F9")
def test_an_administrator_who_is_no_member_closes_what_is_open(world: World) -> None:
    """As many cases as were told of, and no more; each says in its log why it was closed."""
    ids = [world.arrive() for _ in range(2)]
    in_work(world.platform, world.root, mailboxes.make_default, world.other_box.id)
    assert in_work(world.platform, world.root, mailbox_deletion.open_cases, world.box.id) == 2
    with pytest.raises(Conflict, match="2 öppna ärenden"):
        in_work(world.platform, world.root, mailbox_deletion.delete_mailbox, world.box.id, closing=1)
    assert {case.state for case in world.cases(world.ada)} == {CaseState.OPEN}
    with pytest.raises(Forbidden):
        in_work(world.platform, world.cleo, mailbox_deletion.delete_mailbox, world.box.id, closing=2)
    in_work(world.platform, world.root, mailbox_deletion.delete_mailbox, world.box.id, closing=2)
    for case_id in ids:
        assert world.events(case_id)[-1] == "closed"
    assert len([entry for entry in world.audit("case.closed") if "mailbox-deleted" in entry]) == 2


@pytest.mark.feature("F8")
def test_a_mailbox_is_not_deleted_under_what_is_held(world: World) -> None:
    """A message whose receipt has not left is about to be read; afterwards nobody would see it."""
    case_id = world.arrive()
    in_work(world.platform, world.ada, actions.close, case_id)
    in_work(world.platform, world.root, mailboxes.make_default, world.other_box.id)
    with world.platform.database.transaction(world.organisation.id) as connection:
        connection.execute(text("UPDATE messages SET state = 'HELD'"))
    with pytest.raises(Conflict, match="på väg in"):
        in_work(world.platform, world.root, mailbox_deletion.delete_mailbox, world.box.id, closing=9)
    with world.platform.database.transaction(world.organisation.id) as connection:
        connection.execute(text("UPDATE messages SET state = 'RECEIVED'"))
    in_work(world.platform, world.root, mailbox_deletion.delete_mailbox, world.box.id)


@pytest.mark.feature("F8")
def test_a_mailbox_is_not_deleted_under_what_comes(world: World) -> None:
    """A message that has been given to it, but is not stored yet, is an open case that stands in the way."""
    with ThreadPoolExecutor(2) as threads:
        with world.platform.work(world.ada) as work:
            audit.record(work, "case.viewed")
            work.flush()
            work.connection.execute(text("SELECT 1"))  # the log's head is locked: neither gets further than to here
            arrives = threads.submit(world.arrive, mailbox_id=world.other_box.id)
            world.until_waiting(1)
            deleted = threads.submit(
                in_work, world.platform, world.root, mailbox_deletion.delete_mailbox, world.other_box.id
            )
            world.until_waiting(2)
        arrives.result()
        with pytest.raises(Conflict, match="ett öppet ärende"):
            deleted.result()
    assert in_work(world.platform, world.root, mailboxes.mailbox, world.other_box.id).mailbox.name == "Byggnadsnämnden"


@pytest.mark.parametrize(
    "function",
    [
        lambda world, actor: in_work(world.platform, actor, mailboxes.mailbox, world.box.id),
        lambda world, actor: in_work(world.platform, actor, mailboxes.members, world.box.id),
        lambda world, actor: in_work(world.platform, actor, mailboxes.update_mailbox, world.box.id, name="X"),
        lambda world, actor: in_work(world.platform, actor, mailboxes.add_members, world.box.id, [actor.user_id]),
        lambda world, actor: in_work(
            world.platform, actor, mailboxes.remove_members, world.box.id, [world.ada.user_id]
        ),
        lambda world, actor: in_work(
            world.platform, actor, mailboxes.set_administrator, world.box.id, world.ada.user_id, administrator=True
        ),
        lambda world, actor: in_work(world.platform, actor, mailbox_deletion.delete_mailbox, world.box.id),
        lambda world, actor: (
            in_work(world.platform, actor, users.user, world.ada.user_id) if actor is world.eve else _no()
        ),
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
    assert {box.name for box in in_work(world.platform, world.root, mailboxes.all_mailboxes)} == {
        "Socialnämnden",
        "Byggnadsnämnden",
    }
    assert len(in_work(world.platform, world.eve, users.users_of)) == 1
    for function in (mailboxes.all_mailboxes, users.users_of):
        with pytest.raises(Forbidden):
            in_work(world.platform, world.ada, function)


def _no() -> None:
    raise NotFound("only asked across organisations")


def _system(world: World) -> Any:
    return system_actor(world.organisation.id)


def _as(user: Any) -> Any:

    return UserActor(user.organisation_id, user.id, user.name)
