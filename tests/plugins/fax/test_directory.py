"""Recipients and numbers: found by name, one mailbox for each number, sealed in the tables."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from tests.plugins.fax.faxes import OTHER, PEER, write

from budkavle import Actor, Address, Entry, FunctionMailbox, Host, Invalid, Platform
from budkavle.testing import SampleOrganisation, SampleUser, deliver_due
from budkavle.testing.contracts import DirectoryContract
from budkavle_fax.directory import FaxDirectory
from budkavle_fax.numbers import contacts, mailbox_numbers


@pytest.mark.feature("T2")
def test_a_number_is_one_mailboxs_in_the_whole_installation(
    organisation: SampleOrganisation, host: Host, fax_number: str, give_number: Callable[..., SampleOrganisation]
) -> None:
    """Also of another organisation, which is not told whose it is."""
    with pytest.raises(Invalid):
        give_number(SampleOrganisation.create(organisation.platform, "Region Vättern"), fax_number)
    with host.work(organisation.case_worker) as work:
        owner = FaxDirectory(host).mailbox(work, "fax", fax_number)
    assert owner == (organisation.id, organisation.mailbox.id)
    with pytest.raises(Invalid) as caught:
        mailbox_numbers.link(host, organisation.administrator, "12", uuid4())
    assert "number" in caught.value.fields


@pytest.mark.feature("T4")
def test_recipients_are_found_by_name_and_any_number_may_be_typed(
    organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, host: Host
) -> None:
    """The mailbox's own names, also as the cover says them; several numbers at once."""
    contacts.keep(host, case_worker, mailbox.id, OTHER, "Vårdcentralen Söder")
    book = FaxDirectory(host)
    (hit,) = book.search(case_worker, mailbox.id, "söder", 20)
    assert (hit.address.value, hit.address.name) == (OTHER, "Vårdcentralen Söder (+46 8 123 45 67)")
    typed = book.search(case_worker, mailbox.id, "010-765 43 21, 08-123 45 67", 20)
    assert [one.address.value for one in typed] == [PEER, OTHER]
    assert typed[1].address.name == hit.address.name
    assert organisation.exported("fax_contacts")[0]["sealed"] == [OTHER, "Vårdcentralen Söder"]
    contacts.forget(host, case_worker, mailbox.id, OTHER)
    assert book.search(case_worker, mailbox.id, "söder", 20) == []
    with pytest.raises(Invalid) as caught:
        contacts.keep(host, case_worker, mailbox.id, "x", " ")
    assert set(caught.value.fields) == {"number", "name"}
    with pytest.raises(Invalid) as caught:
        contacts.keep(host, case_worker, mailbox.id, OTHER, "Söder\u202ered")
    assert set(caught.value.fields) == {"name"}


def test_no_number_stands_open_in_the_tables(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, host: Host
) -> None:
    """Recipients and names are sealed; only the organisation's own numbers are there to read."""
    contacts.keep(host, case_worker, mailbox.id, OTHER, "Söder")
    write(organisation, OTHER)
    deliver_due(platform)
    with platform.database.transaction(organisation.id) as connection:
        for table in ("fax_jobs", "fax_contacts", "fax_talks", "deliveries", "messages"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert OTHER not in str(rows)
            assert rows


@pytest.mark.feature("PL6")
class TestFaxDirectory(DirectoryContract):
    """The contract of every address book."""

    @pytest.fixture
    def directory(self, host: Host) -> Any:
        return FaxDirectory(host)

    @pytest.fixture
    def actor(self, case_worker: SampleUser) -> Actor:
        return case_worker

    @pytest.fixture
    def mailbox_id(self, mailbox: FunctionMailbox) -> UUID:
        return mailbox.id

    @pytest.fixture
    def known(self, case_worker: SampleUser, mailbox: FunctionMailbox, host: Host) -> Entry:
        contacts.keep(host, case_worker, mailbox.id, OTHER, "Vårdcentralen Söder")
        return Entry(Address("fax", OTHER, "Vårdcentralen Söder (+46 8 123 45 67)"))
