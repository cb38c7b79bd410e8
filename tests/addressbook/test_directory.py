from collections.abc import Callable
from typing import Any

import pytest

from budkavle.host import Host
from budkavle.plugins.protocols.directory import Directory
from budkavle_addressbook import links
from budkavle_addressbook.contacts import favourites
from budkavle_addressbook.directory import ContactDirectory, NationalDirectory
from budkavle_addressbook.national import local_copy
from budkavle_addressbook.national.jsonapi import Book

MakeBook = Callable[..., Book]


@pytest.mark.feature("AB2", "PL6")
def test_both_keep_the_promise(host: Host) -> None:
    """Both address books are directories in the sense of the contracts, and registered."""
    directories = host.platform.plugins.directories
    assert isinstance(directories["sdk"], NationalDirectory)
    assert isinstance(directories["contacts"], ContactDirectory)
    assert all(isinstance(one, Directory) for one in directories.values())


@pytest.mark.feature("AB2", "K1")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("håbo", {"sdk:soc-barn:0203:habo.se", "SE2120000241-0001"}),
        ("REGION uppsala", {"sdk.bup.0203:regionuppsala.se"}),
        ("orosanmälan", {"sdk:soc-barn:0203:habo.se"}),
        ("barn håbo", {"sdk:soc-barn:0203:habo.se"}),
        ("0203:habo.se", {"sdk:soc-barn:0203:habo.se", "SE2120000241-0001"}),
        ("SE2120000241-0001", {"SE2120000241-0001"}),
        ("finns inte", set()),
        ("%", set()),
    ],
)
def test_search_by_organisation_function_keyword(copied: Host, habo: Any, words: str, found: set[str]) -> None:
    """Every word must be somewhere: in the organisation, the function, a keyword or the identifier."""
    entries = NationalDirectory(copied).search(habo.case_worker, habo.mailbox.id, words, 20)
    assert {entry.address.value for entry in entries} == found


@pytest.mark.feature("AB2")
def test_the_best_comes_first(host: Host, habo: Any, book_of: MakeBook) -> None:
    """Favourite, the name's beginning, a word of the name, one of the organisation, the rest; å before ö."""
    book = book_of(
        ("inside", "Förskola", "Håbo"),
        ("organisation", "Registrator", "Skola i Väst"),
        ("word", "Kultur och skola", "Håbo"),
        ("begin-ö", "Skolan Örnen", "Håbo"),
        ("begin-å", "Skolan Åsen", "Håbo"),
        ("favourite", "Särskola", "Håbo"),
    )
    local_copy.replace(host, book)
    favourites.save(host, habo.case_worker, habo.mailbox.id, "favourite")
    entries = NationalDirectory(host).search(habo.colleague, habo.mailbox.id, "skola", 20)
    assert [entry.address.value for entry in entries] == [
        "favourite",
        "begin-å",
        "begin-ö",
        "word",
        "organisation",
        "inside",
    ]
    assert [entry.favourite for entry in entries] == [True, *[False] * 5]
    assert len(NationalDirectory(host).search(habo.colleague, habo.mailbox.id, "skola", 2)) == 2


@pytest.mark.feature("AB2")
def test_no_words_give_the_favourites(copied: Host, habo: Any) -> None:
    """An empty search shows what the mailbox has saved."""
    directory = NationalDirectory(copied)
    assert directory.search(habo.case_worker, habo.mailbox.id, " ", 20) == []
    favourites.save(copied, habo.case_worker, habo.mailbox.id, "SE2120000241-0001")
    (entry,) = directory.search(habo.colleague, habo.mailbox.id, "", 20)
    assert entry.address.value == "SE2120000241-0001"
    assert directory.search(habo.colleague, None, "", 20) == []


@pytest.mark.feature("AB4")
def test_find_is_exact(copied: Host, habo: Any) -> None:
    """Only the very identifier, and only for this transport."""
    directory = NationalDirectory(copied)
    assert directory.find(habo.case_worker, "sdk", "SE2120000241-0001") is not None
    assert directory.find(habo.case_worker, "sdk", "se2120000241-0001") is None
    assert directory.find(habo.case_worker, "fax", "SE2120000241-0001") is None


@pytest.mark.feature("K6", "AB3")
def test_addresses_lead_both_ways(copied: Host, habo: Any, region: Any) -> None:
    """From an identifier to its mailbox, in whatever organisation one asks, and from a mailbox to what it sends as."""
    links.link(copied, habo.administrator, habo.mailbox.id, "sdk:soc-barn:0203:habo.se")
    directory = NationalDirectory(copied)
    for organisation in (habo.organisation, region.organisation):
        with copied.work(copied.system(organisation.id)) as work:
            linked = directory.mailbox(work, "sdk", "sdk:soc-barn:0203:habo.se")
            assert linked == (habo.id, habo.mailbox.id)
            assert directory.mailbox(work, "sdk", "SE2120000241-0001") is None
            assert directory.mailbox(work, "fax", "sdk:soc-barn:0203:habo.se") is None
    address = directory.address(habo.case_worker, habo.mailbox.id, "sdk")
    assert address is not None
    assert (address.value, address.name) == ("sdk:soc-barn:0203:habo.se", "Socialtjänst barn och unga")
    assert (address.organisation, address.organisation_value) == ("Håbo kommun", "0203:habo.se")
    assert directory.address(habo.case_worker, habo.other_mailbox.id, "sdk") is None
    assert directory.address(region.case_worker, habo.mailbox.id, "sdk") is None


@pytest.mark.feature("C3", "AB2")
def test_the_guard_in_outlook_hears_whose_organisation_is_in_sdk(copied: Host, habo: Any) -> None:
    """By the domain of the address, exactly; an address without one is nobody's."""
    emails = ["anna@habo.se", "kansli@regionuppsala.se", "eva@nothabo.se", "x@habo.se.example", "habo.se@", ""]
    answers = copied.platform.plugins.call_one(
        "addressbook", "outlook_secure_recipients", organisation_id=habo.id, emails=emails
    )
    assert answers == [emails[:2]]
