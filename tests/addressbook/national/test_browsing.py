"""Leafing through the national address book, as the page for writing asks it to."""

from typing import Any

import pytest

from budkavle.host import Host
from budkavle_addressbook.contacts import favourites
from budkavle_addressbook.directory import NationalDirectory


@pytest.mark.feature("K1")
def test_organisations_stand_by_name(copied: Host, habo: Any) -> None:
    """Those that have functions, by their topmost names, as Swedish sorts; found by parts of a name, page by page."""
    book = NationalDirectory(copied)

    def names(words: str = "", start: int = 0, limit: int = 20) -> list[str]:
        entries = book.browse(habo.case_worker, habo.mailbox.id, "", words, start, limit)
        assert not any(entry.address.value for entry in entries)
        return [entry.address.organisation for entry in entries if entry.address.organisation_value]

    assert [name for name in names() if name in {"Håbo kommun", "Region Uppsala"}] == ["Håbo kommun", "Region Uppsala"]
    assert names("uppsala") == ["Region Uppsala"]
    assert names("finns inte") == []
    assert names(start=1, limit=1) == names()[1:2]


@pytest.mark.feature("K1", "K3")
def test_the_functions_of_an_organisation(copied: Host, habo: Any) -> None:
    """All below it, also of its units; the mailbox's saved ones are marked."""
    book = NationalDirectory(copied)
    favourites.save(copied, habo.case_worker, habo.mailbox.id, "SE2120000241-0001")
    entries = book.browse(habo.case_worker, habo.mailbox.id, "0203:habo.se", "", 0, 20)
    marked = {entry.address.value: entry.favourite for entry in entries}
    assert marked["SE2120000241-0001"]
    assert not marked["sdk:soc-barn:0203:habo.se"]
    (child,) = book.browse(habo.case_worker, habo.mailbox.id, "0203:regionuppsala.se", "bup", 0, 20)
    assert child.address.value == "sdk.bup.0203:regionuppsala.se"
    assert book.browse(habo.case_worker, habo.mailbox.id, "0203:habo.se", "", len(entries), 20) == []
