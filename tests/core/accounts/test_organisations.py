"""Organisations, users, mailboxes and who may change them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from budkavle.accounts import mailboxes, organisations, user_list, users
from budkavle.accounts.core_settings import BinSettings, SignInSettings, SignOutSettings
from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.cases import actions, mailbox_deletion
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import Role, UserActor
from budkavle.model.states import CaseState
from budkavle.organisation import register
from budkavle.storage.platform import Platform, Work
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.blocking import log_held, until_waiting
from budkavle.testing.organisations import OTHER_PEOPLE, SampleOrganisation, SampleUser


def test_only_the_installation_makes_organisations(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """An organisation's administrator makes none; a taken name is an error at its field."""
    with pytest.raises(Forbidden):
        organisations.create_organisation(platform, administrator, "Ny")
    with pytest.raises(Forbidden):
        organisations.all_organisations(platform, administrator)
    with pytest.raises(Invalid) as caught:
        organisations.create_organisation(platform, _system(organisation), organisation.name)
    assert "name" in caught.value.fields
    assert organisations.slugged("Åre Kommun – Östersund!") == "are-kommun-ostersund"


@pytest.mark.feature("O5", "O6")
def test_an_organisation_comes_with_what_is_settled_or_not_at_all(platform: Platform) -> None:
    """What is chosen at once stands in the same transaction: an organisation is never there without it."""

    def refuse(work: Work) -> None:
        raise Invalid("Nej.")

    with pytest.raises(Invalid, match="Nej"):
        organisations.create_organisation(platform, system_actor(), "Halvköping", settle=refuse)
    made = organisations.create_organisation(platform, system_actor(), "Halvköping", settle=register.choose_sign_in)
    assert in_work(platform, system_actor(made.id), read_settings, SignInSettings).code_beside_password


def test_an_organisation_has_its_own_numbers(
    platform: Platform, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """Known numbers within their limits are kept, others are errors at their fields."""
    changed = in_work(
        platform, administrator, organisations.update_organisation, name="Habo", settings={"guest_methods": ["sms"]}
    )
    assert (changed.name, changed.settings) == ("Habo", {"guest_methods": ["sms"]})
    assert in_work(platform, administrator, write_settings, BinSettings, {"bin_days": 3}).bin_days == 3
    for section, wrong in (
        (BinSettings, {"bin_days": -1}),
        (BinSettings, {"unknown": 1}),
        (SignOutSettings, {"session_idle_minutes": 0}),
    ):
        with pytest.raises(Invalid) as caught:
            in_work(platform, administrator, write_settings, section, wrong)
        assert set(caught.value.fields) == set(wrong)
    with pytest.raises(Invalid) as caught:
        in_work(platform, administrator, organisations.update_organisation, settings={"unknown": 1})
    assert set(caught.value.fields) == {"unknown"}
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, organisations.update_organisation, name="Mitt")


@pytest.mark.feature("O2", "F1")
def test_a_user_comes_with_a_mailbox(
    platform: Platform, administrator: SampleUser, other_administrator: SampleUser, case_worker: SampleUser
) -> None:
    """A new account has its own mailbox; wrong fields are said at the fields, taken addresses across organisations."""
    with pytest.raises(Invalid) as caught:
        in_work(platform, administrator, users.create_user, email="fel", name=" ", password="kort", language="xx")
    assert set(caught.value.fields) == {"email", "name", "password", "language"}
    made = in_work(platform, administrator, users.create_user, email=" Ny@Habo.Example ", name="Ny Person")
    assert made.email == "ny@habo.example"
    for actor in (administrator, other_administrator):
        with pytest.raises(Invalid) as caught:
            in_work(platform, actor, users.create_user, email="NY@habo.example", name="X")
        assert "email" in caught.value.fields
    own = mailboxes.personal_mailbox(made)
    assert [member.name for member in in_work(platform, _as(made), mailboxes.members, own.id)] == ["Ny Person"]
    with pytest.raises(Invalid, match="delas inte"):
        in_work(platform, _as(made), mailboxes.add_members, own.id, [case_worker.user_id])
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, users.create_user, email="a@b.se", name="X")
    with pytest.raises(Forbidden):
        in_work(platform, administrator, users.create_user, email="a@b.se", name="X", role=Role.PLATFORM)


@pytest.mark.feature("F10")
def test_searching_for_colleagues(
    platform: Platform, administrator: SampleUser, mailbox: FunctionMailbox, other_administrator: SampleUser
) -> None:
    """Parts of names and addresses find colleagues of the own organisation, without those who are members already."""
    found = in_work(platform, administrator, users.search_users, "a", outside=mailbox.id)
    assert {user.name for user in found} == {"Root Adm", "Dag Ny"}
    assert [user.name for user in in_work(platform, administrator, users.search_users, "EK bo@")] == ["Bo Ek"]
    assert in_work(platform, other_administrator, users.search_users, "Bo Ek") == []
    assert in_work(platform, administrator, users.search_users, "100%_") == []


@pytest.mark.feature("U3", "U4", "Q2", "Q3")
def test_changing_users(
    platform: Platform,
    case_worker: SampleUser,
    colleague: SampleUser,
    other_administrator: SampleUser,
    administrator: SampleUser,
) -> None:
    """People change their own name and language; roles and closing are the administrator's; one always remains."""
    assert (
        in_work(platform, case_worker, users.update_user, case_worker.user_id, name="Ada B", language="en").name
        == "Ada B"
    )
    own = in_work(platform, case_worker, mailboxes.mailbox, mailboxes.personal_id(case_worker.user_id)).mailbox
    assert (own.name, own.language) == ("Ada B", "en")  # whom those see who get a message from it
    for change in ({"role": Role.ADMIN}, {"active": False}):
        with pytest.raises(Forbidden):
            in_work(platform, case_worker, users.update_user, case_worker.user_id, **change)
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, users.update_user, colleague.user_id, name="X")
    with pytest.raises(NotFound):
        in_work(platform, other_administrator, users.update_user, case_worker.user_id, name="X")
    for change in ({"role": Role.USER}, {"active": False}):
        with pytest.raises(Conflict, match="minst en administratör"):
            in_work(platform, administrator, users.update_user, administrator.user_id, **change)
    in_work(platform, administrator, users.update_user, case_worker.user_id, role=Role.ADMIN)
    in_work(platform, administrator, users.update_user, administrator.user_id, role=Role.USER)


@pytest.mark.feature("F3", "F9")
def test_names_of_mailboxes_are_unique(
    platform: Platform, administrator: SampleUser, mailbox_administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """A second mailbox of the same name is refused at the field, also when two make it at once; tenants do not meet."""
    with pytest.raises(Invalid) as caught:
        in_work(platform, administrator, mailboxes.create_mailbox, " socialnämnden ")
    assert "name" in caught.value.fields
    with pytest.raises(Invalid):
        in_work(platform, mailbox_administrator, mailboxes.update_mailbox, mailbox.id, name="Byggnadsnämnden")
    with pytest.raises(Invalid):
        in_work(platform, administrator, mailboxes.create_mailbox, " ")
    made: list[str] = []

    def make() -> None:
        try:
            made.append(in_work(platform, administrator, mailboxes.create_mailbox, "Växeln").name)
        except Invalid as error:
            made.append(str(error))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.count("Växeln") == 1


@pytest.mark.feature("F4", "F6", "F21")
def test_managing_a_mailbox(
    platform: Platform,
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
) -> None:
    """Its administrators and the organisation's change it; a member does not; an outsider finds nothing."""
    changed = in_work(
        platform,
        mailbox_administrator,
        mailboxes.update_mailbox,
        mailbox.id,
        name="Social",
        description="Orosanmälan",
        transports=["sdk"],
    )
    assert in_work(platform, case_worker, mailboxes.mailbox, mailbox.id).mailbox == changed
    assert in_work(platform, administrator, mailboxes.mailbox, mailbox.id).member is False
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, mailboxes.update_mailbox, mailbox.id, name="X")
    with pytest.raises(Forbidden):
        in_work(platform, mailbox_administrator, mailboxes.make_default, mailbox.id)
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    assert in_work(platform, administrator, mailboxes.default_mailbox) == other_mailbox.id


@pytest.mark.feature("F5", "F10", "F11", "Q5")
def test_members(
    platform: Platform,
    organisation: SampleOrganisation,
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    outsider: SampleUser,
    case_worker: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Administrators of the mailbox add, promote and remove; foreign and closed accounts cannot be added."""
    in_work(platform, mailbox_administrator, mailboxes.add_members, mailbox.id, [outsider.user_id, case_worker.user_id])
    names = [
        (member.name, member.administrator) for member in in_work(platform, case_worker, mailboxes.members, mailbox.id)
    ]
    assert names == [("Ada Ahl", False), ("Bo Ek", False), ("Cleo Dahl", True), ("Dag Ny", False)]
    for stranger in (other_administrator.user_id, uuid4()):
        with pytest.raises(NotFound):
            in_work(platform, mailbox_administrator, mailboxes.add_members, mailbox.id, [stranger])
    in_work(
        platform, mailbox_administrator, mailboxes.set_administrator, mailbox.id, outsider.user_id, administrator=True
    )
    assert (
        in_work(platform, outsider, mailboxes.remove_members, mailbox.id, [mailbox_administrator.user_id, uuid4()]) == 1
    )
    with pytest.raises(NotFound):
        in_work(
            platform,
            outsider,
            mailboxes.set_administrator,
            mailbox.id,
            mailbox_administrator.user_id,
            administrator=True,
        )
    assert len(organisation.log_entries("mailbox.member-removed")) == 1


@pytest.mark.feature("F8", "F9")
def test_deleting_a_mailbox(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """It is refused while it has open cases, which are counted, and for the default; afterwards nobody finds it."""
    case_id = organisation.arrive()
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    with pytest.raises(Conflict, match="ett öppet ärende"):
        in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id)
    with pytest.raises(Conflict, match="Välj en annan"):
        in_work(platform, administrator, mailbox_deletion.delete_mailbox, other_mailbox.id)
    in_work(platform, case_worker, actions.close, case_id)
    with pytest.raises(Forbidden):
        in_work(platform, mailbox_administrator, mailbox_deletion.delete_mailbox, mailbox.id)
    in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id)
    for actor in (case_worker, administrator):
        with pytest.raises(NotFound):
            in_work(platform, actor, mailboxes.mailbox, mailbox.id)
    with pytest.raises(NotFound):
        in_work(platform, case_worker, actions.reopen, case_id)
    in_work(platform, administrator, mailboxes.create_mailbox, "Socialnämnden")


@pytest.mark.feature("F8", "F9")
def test_an_administrator_who_is_no_member_closes_what_is_open(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """As many cases as were told of, and no more; each says in its log why it was closed."""
    ids = [organisation.arrive() for _ in range(2)]
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    assert in_work(platform, administrator, mailbox_deletion.open_cases, mailbox.id) == 2
    with pytest.raises(Conflict, match="2 öppna ärenden"):
        in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id, closing=1)
    assert {case.state for case in organisation.cases(case_worker)} == {CaseState.OPEN}
    with pytest.raises(Forbidden):
        in_work(platform, mailbox_administrator, mailbox_deletion.delete_mailbox, mailbox.id, closing=2)
    in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id, closing=2)
    for case_id in ids:
        assert organisation.case_events(case_id)[-1] == "closed"
    assert len([entry for entry in organisation.log_entries("case.closed") if "mailbox-deleted" in entry]) == 2


@pytest.mark.feature("F8")
def test_a_mailbox_is_not_deleted_under_what_is_held(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
    mailbox: FunctionMailbox,
) -> None:
    """A message whose receipt has not left is about to be read; afterwards nobody would see it."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, actions.close, case_id)
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE messages SET state = 'HELD'"))
    with pytest.raises(Conflict, match="på väg in"):
        in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id, closing=9)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE messages SET state = 'RECEIVED'"))
    in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id)


@pytest.mark.feature("F8")
def test_a_mailbox_is_not_deleted_under_what_comes(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    other_mailbox: FunctionMailbox,
    administrator: SampleUser,
) -> None:
    """A message that has been given to it, but is not stored yet, is an open case that stands in the way."""
    with ThreadPoolExecutor(2) as threads:
        with log_held(platform):  # so far they get, and no further
            arrives = threads.submit(organisation.arrive, mailbox_id=other_mailbox.id)
            until_waiting(platform, 1)
            deleted = threads.submit(
                in_work, platform, administrator, mailbox_deletion.delete_mailbox, other_mailbox.id
            )
            until_waiting(platform, 2)
        arrives.result()
        with pytest.raises(Conflict, match="ett öppet ärende"):
            deleted.result()
    assert in_work(platform, administrator, mailboxes.mailbox, other_mailbox.id).mailbox.name == "Byggnadsnämnden"


@pytest.mark.parametrize(
    "function",
    [
        lambda organisation, actor: in_work(organisation.platform, actor, mailboxes.mailbox, organisation.mailbox.id),
        lambda organisation, actor: in_work(organisation.platform, actor, mailboxes.members, organisation.mailbox.id),
        lambda organisation, actor: in_work(
            organisation.platform, actor, mailboxes.update_mailbox, organisation.mailbox.id, name="X"
        ),
        lambda organisation, actor: in_work(
            organisation.platform, actor, mailboxes.add_members, organisation.mailbox.id, [actor.user_id]
        ),
        lambda organisation, actor: in_work(
            organisation.platform,
            actor,
            mailboxes.remove_members,
            organisation.mailbox.id,
            [organisation.case_worker.user_id],
        ),
        lambda organisation, actor: in_work(
            organisation.platform,
            actor,
            mailboxes.set_administrator,
            organisation.mailbox.id,
            organisation.case_worker.user_id,
            administrator=True,
        ),
        lambda organisation, actor: in_work(
            organisation.platform, actor, mailbox_deletion.delete_mailbox, organisation.mailbox.id
        ),
        lambda organisation, actor: (
            in_work(organisation.platform, actor, users.user, organisation.case_worker.user_id)
            if actor.organisation_id != organisation.id
            else _no()
        ),
    ],
)
@pytest.mark.parametrize("who", ["outsider", "other_administrator"])
def test_strangers_find_no_mailbox(
    organisation: SampleOrganisation, function: Callable[[Any, Any], object], who: str, request: pytest.FixtureRequest
) -> None:
    """Neither another organisation's administrator nor a colleague without membership gets at a mailbox."""
    with pytest.raises((NotFound, Forbidden)) as caught:
        function(organisation, request.getfixturevalue(who))
    if who == "other_administrator":
        assert caught.type is NotFound


def test_administration_is_not_reading(
    platform: Platform, administrator: SampleUser, other_administrator: SampleUser, case_worker: SampleUser
) -> None:
    """Lists of all users and mailboxes are for administrators, of their own organisation only."""
    assert {box.name for box in in_work(platform, administrator, mailboxes.all_mailboxes)} == {
        "Socialnämnden",
        "Byggnadsnämnden",
    }
    page = in_work(platform, other_administrator, user_list.list_users, user_list.UserFilter())
    assert {listed.user.name for listed in page.users} == set(OTHER_PEOPLE)
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, mailboxes.all_mailboxes)
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, user_list.list_users, user_list.UserFilter())


def _no() -> None:
    raise NotFound("only asked across organisations")


def _system(organisation: SampleOrganisation) -> Any:
    return system_actor(organisation.id)


def _as(user: Any) -> Any:

    return UserActor(user.organisation_id, user.id, user.name)
