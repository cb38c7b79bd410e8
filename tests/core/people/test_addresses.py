"""Finding whom people write to inside the installation, as plugins ask for it."""

from typing import Any
from uuid import uuid4

import pytest

from budkavle.accounts import find_accounts, mailbox_addresses, search_mailboxes
from budkavle.accounts.mailboxes import personal_id
from budkavle.accounts.users import update_user, user
from budkavle.cases.mailbox_deletion import delete_mailbox
from budkavle.model.messages import Address
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor

World = Any  # of conftest.py, which cannot be imported


def email(world: World, name: str) -> str:
    """The e-mail address of one of the world's people."""
    actor = getattr(world, name)
    address: str = in_work(world.platform, actor, user, actor.user_id).email
    return address


@pytest.mark.feature("M8", "PL2")
def test_an_account_is_found_by_its_whole_address_in_any_organisation(world: World) -> None:
    """By the address as it was given, in capitals too; parts of addresses and closed accounts are not found."""
    ada, eve = email(world, "ada"), email(world, "eve")
    wanted = [ada.upper(), eve, eve[:-1], eve.partition("@")[0], "%", ""]
    accounts = in_work(world.platform, world.bo, find_accounts, wanted)
    assert accounts.keys() == {ada.upper(), eve}
    assert (accounts[eve].organisation_id, accounts[eve].user_id) == (world.eve.organisation_id, world.eve.user_id)
    assert accounts[eve].mailbox_id == personal_id(world.eve.user_id)
    in_work(world.platform, world.root, update_user, world.ada.user_id, active=False)
    assert in_work(world.platform, world.bo, find_accounts, [ada]) == {}


@pytest.mark.feature("M8", "PL2")
def test_mailboxes_that_may_receive_have_addresses(world: World) -> None:
    """Function mailboxes and personal ones of the own organisation; deleted ones and those of closed accounts not."""
    own, theirs = personal_id(world.ada.user_id), personal_id(world.eve.user_id)
    ids = [world.box.id, world.other_box.id, own, theirs, uuid4()]
    addresses = in_work(world.platform, world.bo, mailbox_addresses, "pigeon", ids)
    assert addresses.keys() == {world.box.id, world.other_box.id, own}
    organisation = world.organisation
    assert addresses[world.box.id] == Address(
        "pigeon", str(world.box.id), world.box.name, organisation.name, str(organisation.id)
    )
    assert addresses[own].name == world.ada.name
    in_work(world.platform, world.root, update_user, world.ada.user_id, active=False)
    in_work(world.platform, world.root, delete_mailbox, world.other_box.id)
    assert in_work(world.platform, world.bo, mailbox_addresses, "pigeon", ids).keys() == {world.box.id}
    assert in_work(world.platform, world.bo, mailbox_addresses, "pigeon", []) == {}


@pytest.mark.feature("M17", "PL2")
def test_function_mailboxes_are_found_by_words_of_their_names(world: World) -> None:
    """In any case and order, up to a limit, and without the one that is written from; signs of SQL are letters."""

    def names(words: str, **more: Any) -> list[str]:
        return [mailbox.name for mailbox in in_work(world.platform, world.dag, search_mailboxes, words, **more)]

    every = sorted([world.box.name, world.other_box.name])
    assert names("") == every
    assert names("", limit=1) == every[:1]
    assert names("", outside=world.box.id) == [world.other_box.name]
    assert names(world.box.name[2:6].upper()) == [name for name in every if world.box.name[2:6] in name]
    assert names("%") == names("_") == names("qzxw") == []
    assert names(world.ada.name) == []
    elsewhere = system_actor(world.eve.organisation_id)
    assert world.box.id not in {box.id for box in in_work(world.platform, elsewhere, search_mailboxes, "")}
