"""Finding whom people write to inside the installation, as plugins ask for it."""

from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from budkavle.accounts import find_accounts, mailbox_addresses, search_mailboxes
from budkavle.accounts.addresses import MOST_LOOKUPS
from budkavle.accounts.mailboxes import personal_id
from budkavle.accounts.organisations import organisation as found_organisation
from budkavle.accounts.users import create_user, update_user
from budkavle.cases.mailbox_deletion import delete_mailbox
from budkavle.model.errors import Invalid, TooMany
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.mark.feature("M8", "PL2")
def test_an_account_is_found_by_its_whole_address_in_any_organisation(
    platform: Platform,
    organisation: SampleOrganisation,
    colleague: SampleUser,
    other_administrator: SampleUser,
    administrator: SampleUser,
    case_worker: SampleUser,
) -> None:
    """By the address as it was given, in capitals too; parts of addresses and closed accounts are not found."""
    ada, eve = case_worker.email, other_administrator.email
    wanted = [ada.upper(), eve, eve[:-1], eve.partition("@")[0], "%", ""]
    accounts = in_work(platform, colleague, find_accounts, wanted)
    assert accounts.keys() == {ada.upper(), eve}
    assert (accounts[eve].organisation_id, accounts[eve].user_id) == (
        other_administrator.organisation_id,
        other_administrator.user_id,
    )
    assert accounts[eve].mailbox_id == personal_id(other_administrator.user_id)
    in_work(platform, administrator, update_user, case_worker.user_id, active=False)
    assert in_work(platform, colleague, find_accounts, [ada]) == {}


def test_a_person_looks_up_so_many_addresses_within_an_hour(
    platform: Platform,
    organisation: SampleOrganisation,
    colleague: SampleUser,
    case_worker: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """The same again, and colleagues, cost nothing; neither do the tries of one stop another, nor what plugins do."""
    strangers = [f"person{number}@annanstans.se" for number in range(MOST_LOOKUPS - 1)]
    for _ in range(2):
        in_work(platform, colleague, find_accounts, [*strangers, other_administrator.email])
        in_work(platform, colleague, find_accounts, [case_worker.email, administrator.email])
    with pytest.raises(TooMany, match="många adresser den senaste timmen") as caught:
        in_work(platform, colleague, find_accounts, ["enmer@annanstans.se"])
    assert "recipients" in caught.value.fields
    (entry,) = organisation.log_entries("limit.reached")
    assert str(colleague.id) in entry
    assert "annanstans" not in entry
    assert in_work(platform, colleague, find_accounts, [other_administrator.email.upper()])
    assert in_work(platform, case_worker, find_accounts, [other_administrator.email])
    plugin = system_actor(colleague.organisation_id)
    assert in_work(platform, plugin, find_accounts, [*strangers, "x@annanstans.se", "y@annanstans.se"]) == {}


def test_looking_up_is_free_again_after_an_hour(
    platform: Platform, colleague: SampleUser, other_administrator: SampleUser
) -> None:
    """Then all counts have ended, the sum as well as each address."""
    in_work(platform, colleague, find_accounts, [f"person{number}@annanstans.se" for number in range(MOST_LOOKUPS)])
    with pytest.raises(TooMany):
        in_work(platform, colleague, find_accounts, [other_administrator.email])
    with platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE attempts SET until = until - interval '1 hour'"))
    assert in_work(platform, colleague, find_accounts, [other_administrator.email])


@pytest.mark.feature("M8", "PL2")
def test_mailboxes_that_may_receive_have_addresses(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    other_administrator: SampleUser,
    mailbox: FunctionMailbox,
    other_mailbox: FunctionMailbox,
    colleague: SampleUser,
    administrator: SampleUser,
) -> None:
    """Function mailboxes and personal ones of the own organisation; deleted ones and those of closed accounts not."""
    own, theirs = personal_id(case_worker.user_id), personal_id(other_administrator.user_id)
    ids = [mailbox.id, other_mailbox.id, own, theirs, uuid4()]
    addresses = in_work(platform, colleague, mailbox_addresses, "pigeon", ids)
    assert addresses.keys() == {mailbox.id, other_mailbox.id, own}
    assert addresses[mailbox.id] == Address(
        "pigeon", str(mailbox.id), mailbox.name, organisation.name, str(organisation.id)
    )
    assert addresses[own].name == case_worker.name
    in_work(platform, administrator, update_user, case_worker.user_id, active=False)
    in_work(platform, administrator, delete_mailbox, other_mailbox.id)
    assert in_work(platform, colleague, mailbox_addresses, "pigeon", ids).keys() == {mailbox.id}
    assert in_work(platform, colleague, mailbox_addresses, "pigeon", []) == {}


@pytest.mark.feature("M17", "PL2")
def test_function_mailboxes_are_found_by_words_of_their_names(
    platform: Platform,
    organisation: SampleOrganisation,
    outsider: SampleUser,
    other_mailbox: FunctionMailbox,
    case_worker: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """In any case and order, up to a limit, and without the one that is written from; signs of SQL are letters."""

    def names(words: str, **more: Any) -> list[str]:
        return [mailbox.name for mailbox in in_work(platform, outsider, search_mailboxes, words, **more)]

    every = sorted([organisation.mailbox.name, other_mailbox.name])
    assert names("") == every
    assert names("", limit=1) == every[:1]
    assert names("", outside=organisation.mailbox.id) == [other_mailbox.name]
    assert names(organisation.mailbox.name[2:6].upper()) == [
        name for name in every if organisation.mailbox.name[2:6] in name
    ]
    assert names("%") == names("_") == names("qzxw") == []
    assert names(case_worker.name) == []
    elsewhere = system_actor(other_administrator.organisation_id)
    assert organisation.mailbox.id not in {box.id for box in in_work(platform, elsewhere, search_mailboxes, "")}


@pytest.fixture
def domains(platform: Platform, organisation: SampleOrganisation, other_administrator: SampleUser) -> dict[str, str]:
    """The domains of two organisations, as the installation has given them."""
    other = in_work(platform, system_actor(other_administrator.organisation_id), found_organisation)
    own = in_work(platform, organisation.system, found_organisation)
    made = {other_administrator.email.partition("@")[2].upper(): other.slug, "habo.example": own.slug}
    platform.settings = replace(platform.settings, mail_domains=made)
    return made


@pytest.mark.feature("ZS7")
def test_an_address_that_somebody_else_typed_takes_nobodys_messages(
    platform: Platform,
    organisation: SampleOrganisation,
    colleague: SampleUser,
    case_worker: SampleUser,
    other_administrator: SampleUser,
    domains: dict[str, str],
) -> None:
    """An account that another organisation has made for an address of a domain that is not theirs is not found."""
    system = system_actor(other_administrator.organisation_id)
    in_work(platform, system, create_user, email="lakare@sjukhuset.example", name="Läkaren")
    for below in (other_administrator.email, "eva@barn." + other_administrator.email.partition("@")[2]):
        if below != other_administrator.email:
            in_work(platform, system, create_user, email=below, name="Eva")
        assert in_work(platform, colleague, find_accounts, [below]).keys() == {below}
    assert in_work(platform, colleague, find_accounts, ["lakare@sjukhuset.example"]) == {}
    assert in_work(platform, system, find_accounts, ["lakare@sjukhuset.example"]).keys() == {"lakare@sjukhuset.example"}
    assert in_work(platform, colleague, find_accounts, [case_worker.email]).keys() == {case_worker.email}


@pytest.mark.feature("ZS7")
def test_nobody_makes_an_account_of_anothers_domain(
    platform: Platform, organisation: SampleOrganisation, other_administrator: SampleUser, domains: dict[str, str]
) -> None:
    """Nor of what lies below it; the field says why."""
    domain = other_administrator.email.partition("@")[2]
    for email in (f"ny@{domain}", f"ny@skola.{domain}", f"NY@{domain.upper()}"):
        with pytest.raises(Invalid) as caught:
            in_work(platform, organisation.administrator, create_user, email=email, name="Ny")
        assert "annan organisation" in str(caught.value.fields["email"])
    for email in (f"ny@x{domain}", "ny@habo.example"):
        assert in_work(platform, organisation.administrator, create_user, email=email, name="Ny").email == email


@pytest.mark.feature("ZS7")
def test_an_account_from_before_its_domain_was_anothers_is_closed_and_stays_so(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, domains: dict[str, str]
) -> None:
    """It may get another name and be closed, as whoever should not have it must be; it is not opened again."""
    other = next(slug for domain, slug in domains.items() if domain != "habo.example")
    taken = {**domains, case_worker.email.partition("@")[2]: other}
    platform.settings = replace(platform.settings, mail_domains=taken)
    administrator = organisation.administrator
    in_work(platform, case_worker, update_user, case_worker.user_id, name="Ada Ny", language="en")
    assert not in_work(platform, administrator, update_user, case_worker.user_id, active=False).active
    with pytest.raises(Invalid) as caught:
        in_work(platform, administrator, update_user, case_worker.user_id, active=True)
    assert "annan organisation" in str(caught.value.fields["email"])
