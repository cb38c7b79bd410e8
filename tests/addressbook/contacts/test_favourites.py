from typing import Any

import pytest

from budkavle.host import Host
from budkavle.model.errors import NotFound
from budkavle.model.messages import Address
from budkavle.plugins.protocols.directory import KeepsFavourites
from budkavle_addressbook.contacts import favourites
from budkavle_addressbook.national import local_copy

BARN, REGISTRATOR = "sdk:soc-barn:0203:habo.se", "SE2120000241-0001"


def _names(host: Host, actor: Any, mailbox: Any, words: str = "") -> list[str]:
    return [one.entry.address.name for one in favourites.listed(host, actor, mailbox.id, words)]


@pytest.mark.feature("K2", "K3", "AB2")
def test_favourites_are_shared_in_the_mailbox(copied: Host, habo: Any) -> None:
    """What Anna saves, Bo sees, sorted and searchable; saving twice is saving once."""
    for identifier in (BARN, REGISTRATOR, BARN):
        favourites.save(copied, habo.case_worker, habo.mailbox.id, identifier)
    assert _names(copied, habo.colleague, habo.mailbox) == ["Registrator", "Socialtjänst barn och unga"]
    assert _names(copied, habo.colleague, habo.mailbox, "oros") == ["Socialtjänst barn och unga"]


@pytest.mark.feature("K4")
def test_a_favourite_is_removed_for_all(copied: Host, habo: Any) -> None:
    """One member removes it, and it is gone for the other; a second removal finds nothing."""
    favourites.save(copied, habo.case_worker, habo.mailbox.id, BARN)
    assert favourites.remove(copied, habo.colleague, habo.mailbox.id, BARN)
    assert _names(copied, habo.case_worker, habo.mailbox) == []
    assert not favourites.remove(copied, habo.case_worker, habo.mailbox.id, BARN)


@pytest.mark.feature("K2")
def test_only_what_the_address_book_has_is_saved(copied: Host, habo: Any) -> None:
    """An identifier that nobody knows is not saved."""
    with pytest.raises(NotFound):
        favourites.save(copied, habo.case_worker, habo.mailbox.id, "sdk:påhittad")


@pytest.mark.feature("K3")
@pytest.mark.parametrize("who", ["outsider", "administrator"])
def test_only_members_see_them(copied: Host, habo: Any, region: Any, who: str) -> None:
    """Neither a colleague outside of the mailbox, nor an administrator as such, nor another organisation."""
    for actor in (getattr(habo, who), region.case_worker):
        with pytest.raises(NotFound):
            favourites.listed(copied, actor, habo.mailbox.id)
        with pytest.raises(NotFound):
            favourites.save(copied, actor, habo.mailbox.id, BARN)
        with pytest.raises(NotFound):
            favourites.remove(copied, actor, habo.mailbox.id, BARN)


@pytest.mark.feature("K3")
def test_a_vanished_favourite_is_marked(copied: Host, service: Any, habo: Any) -> None:
    """It keeps its name, says that it is missing, and can be removed; one with a new name shows that."""
    favourites.save(copied, habo.case_worker, habo.mailbox.id, BARN)
    favourites.save(copied, habo.case_worker, habo.mailbox.id, REGISTRATOR)
    service.collections["addresses"].pop(0)
    service.collections["addresses"][0]["attributes"]["name"] = "Kommunkansli"
    local_copy.refresh(copied)
    found = favourites.listed(copied, habo.case_worker, habo.mailbox.id)
    assert [(one.entry.address.name, one.missing) for one in found] == [
        ("Kommunkansli", False),
        ("Socialtjänst barn och unga", True),
    ]


@pytest.mark.feature("K2", "K4")
def test_the_picker_keeps_favourites_through_the_directory(copied: Host, habo: Any) -> None:
    """Saving and removing answer whether the address book knew the recipient."""
    directory = copied.platform.plugins.directories["sdk"]
    assert isinstance(directory, KeepsFavourites)
    known, other = Address("sdk", BARN), Address("sdk", "sdk:okänd")
    assert directory.set_favourite(habo.case_worker, habo.mailbox.id, known, kept=True)
    assert _names(copied, habo.colleague, habo.mailbox) == ["Socialtjänst barn och unga"]
    assert directory.set_favourite(habo.colleague, habo.mailbox.id, known, kept=False)
    assert directory.set_favourite(habo.colleague, habo.mailbox.id, known, kept=False)
    assert _names(copied, habo.colleague, habo.mailbox) == []
    assert not directory.set_favourite(habo.colleague, habo.mailbox.id, other, kept=True)
    assert not directory.set_favourite(habo.colleague, habo.mailbox.id, Address("fax", BARN), kept=True)
