"""What a hold covers stays in the bin."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, update
from tests.plugins.files.conftest import Files

from budkavle import Conflict, Host, NotFound, Platform
from budkavle.operations import Hold
from budkavle.testing import SampleOrganisation, SampleUser, offer, plugin_module, system_actor
from budkavle_files.tables import entries, origins
from budkavle_files.tree.binning import bin_entry, destroy_entry, empty_old
from budkavle_files.tree.store import find_entry
from budkavle_files.tree.things import Entry


@pytest.fixture
def held() -> set[UUID]:
    """The cases that are held back."""
    return set()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], held: set[UUID]) -> Platform:
    """With a plugin that holds cases back."""
    holding = plugin_module(
        "holding",
        hold_back=lambda planned: [Hold(case.id, "Målet pågår.") for case in planned.cases if case.id in held],
    )
    return budkavle_open(offers=offer(holding=holding), enabled=("files", "holding"))


@pytest.fixture
def saved(
    files: Files,
    host: Host,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    catalogue: Entry,
    held: set[UUID],
) -> Entry:
    """A file in the bin that was saved from a case that is held back."""
    entry = files.file(case_worker, catalogue, "Intyg.txt")
    case_id = organisation.arrive("Intyg")
    held.add(case_id)
    row = {"organisation_id": organisation.id, "entry_id": entry.id, "case_id": case_id, "message_id": case_id}
    with host.work(case_worker) as work:
        with host.tables(work) as connection:
            connection.execute(insert(origins).values(row))
        bin_entry(host, work, entry.id)
    return entry


def test_nobody_destroys_what_is_held(host: Host, case_worker: SampleUser, saved: Entry, held: set[UUID]) -> None:
    """Who tries is told why; once the hold is over it goes."""
    with host.work(case_worker) as work, pytest.raises(Conflict, match="gallringsstopp"):
        destroy_entry(host, work, saved.id)
    held.clear()
    with host.work(case_worker) as work:
        destroy_entry(host, work, saved.id)
    with host.work(case_worker) as work, pytest.raises(NotFound):
        find_entry(host, work, saved.id)


def test_the_bin_keeps_what_is_held_and_empties_the_rest(
    files: Files, host: Host, organisation: SampleOrganisation, case_worker: SampleUser, catalogue: Entry, saved: Entry
) -> None:
    """A held file stops nothing else."""
    other = files.file(case_worker, catalogue, "Annat.txt")
    with host.work(case_worker) as work:
        bin_entry(host, work, other.id)
        with host.tables(work) as connection:
            old = entries.c.binned_at - timedelta(days=400)
            connection.execute(update(entries).where(entries.c.binned_at.is_not(None)).values(binned_at=old))
    with host.work(system_actor(organisation.id)) as work:
        assert empty_old(host, work) == 1
    with host.work(case_worker) as work:
        assert find_entry(host, work, saved.id).name == "Intyg.txt"
