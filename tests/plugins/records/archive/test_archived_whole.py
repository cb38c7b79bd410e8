"""A case counts as archived only as the archive has it: nothing came or went after its package was made."""

from datetime import timedelta
from uuid import uuid4

import pytest
from tests.plugins.records.archive.acts import begun, close_case, make_all, packages
from tests.plugins.records.archive.test_transfers import answer

from budkavle import Host
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_records.archive.store import archived_whole, in_transfer


@pytest.mark.feature("ZR4")
def test_what_came_or_went_afterwards_is_not_archived(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """To the moment, for what was sent too; and a message that the package lacks, whenever it came."""
    case_id = close_case(organisation)
    transfer_id = begun(host, organisation, second)
    make_all(organisation.platform)
    (package,) = packages(host, administrator, transfer_id)
    (row,) = organisation.rows("SELECT id FROM messages WHERE case_id = :case", case=case_id)
    made_at = package.made_at
    assert made_at is not None
    late = made_at + timedelta(microseconds=1)

    def is_whole(message_ids: set[object], last_at: object) -> bool:
        with host.work(administrator) as work:
            return bool(archived_whole(host, work, {case_id: message_ids}, {case_id: last_at}))  # type: ignore[dict-item]

    assert not is_whole({row.id}, made_at)  # the archive has not answered
    answer(host, administrator, package.id, accepted=True)
    assert is_whole({row.id}, made_at)
    assert not is_whole({row.id}, late)
    assert not is_whole({row.id, uuid4()}, made_at)


@pytest.mark.feature("ZR4")
def test_a_case_is_on_its_way_until_the_archive_has_answered(
    host: Host, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """From the moment of the yes, before its package is made: nothing may destroy it meanwhile."""
    case_id = close_case(organisation)

    def is_on_its_way() -> bool:
        with host.work(administrator) as work:
            return in_transfer(host, work, [case_id]) == {case_id}

    assert not is_on_its_way()
    transfer_id = begun(host, organisation, second)
    assert is_on_its_way()
    make_all(organisation.platform)
    assert is_on_its_way()
    (package,) = packages(host, administrator, transfer_id)
    answer(host, administrator, package.id, accepted=True)
    assert not is_on_its_way()
