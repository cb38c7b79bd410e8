"""Organisations and their users: made, found and changed."""

from typing import Any

import pytest

from budkavle.accounts import mailboxes, organisations, user_list, users
from budkavle.accounts.core_settings import BinSettings, SignInSettings, SignOutSettings
from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import Role, UserActor
from budkavle.organisation import register
from budkavle.storage.platform import Platform, Work
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
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


def _system(organisation: SampleOrganisation) -> Any:
    return system_actor(organisation.id)


def _as(user: Any) -> Any:

    return UserActor(user.organisation_id, user.id, user.name)
