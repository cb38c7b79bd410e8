"""A clean-up that fails and a process that is killed leave nothing half."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.core.cases.destruction.keeping import PDF, WHY, Keeper, keys, rows

from budkavle.cases import actions
from budkavle.operations import destroy, retention
from budkavle.operations.destruction import CLEAN_UP
from budkavle.operations.jobs import core_jobs
from budkavle.storage import outbox
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import do_job


def test_a_clean_up_that_fails_is_made_again_and_never_forgotten(
    organisation: SampleOrganisation, administrator: SampleUser, keeper: Keeper
) -> None:
    """After its tries it is parked, and stays however long that was ago."""
    job, queue = f"outbox.{CLEAN_UP}keeper", f"{CLEAN_UP}keeper"
    in_work(organisation.platform, administrator, destroy, WHY, case_ids=[organisation.arrive()])
    keeper.failures = [RuntimeError("away")]
    assert do_job(organisation.platform, job) == 1
    assert keeper.told == []
    rows(organisation, "UPDATE outbox SET due_at = now(), attempt = 19 RETURNING id")
    keeper.failures = [RuntimeError("away")]
    do_job(organisation.platform, job)
    rows(organisation, "UPDATE outbox SET changed_at = now() - interval '1 year' RETURNING id")
    outbox.sweep(organisation.platform.database, organisation.id)
    assert outbox.retry_parked(organisation.platform.database, organisation.id, queue) == 1
    do_job(organisation.platform, job)
    assert len(keeper.told) == 1
    assert rows(organisation, "SELECT 1 FROM outbox") == []


POINTS = {
    "while plugins are asked": False,
    "before the commit": False,
    "in the commit": False,
    "after the commit": True,
    "while a plugin cleans up": True,
}
"""Where the process is killed, and whether all is destroyed by then; else nothing is."""


@pytest.mark.feature("Y3")
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_leaves_nothing_half_and_another_process_goes_on(
    organisation: SampleOrganisation, case_worker: SampleUser, keeper: Keeper, point: str
) -> None:
    """Really: a process that is killed, and what it left is finished."""
    case_id = organisation.arrive("Hemligt", files=(PDF,), evidence=b"x" * 100_000)
    in_work(organisation.platform, case_worker, actions.bin_case, case_id)
    rows(organisation, "UPDATE cases SET binned_at = binned_at - interval '31 days' RETURNING id")
    before = (keys(organisation), 2)
    settings = organisation.platform.settings
    script = Path(__file__).with_name("destroying_process.py")
    command = [sys.executable, str(script), point, str(settings.data), str(settings.database.url)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    left = (keys(organisation), len(rows(organisation, "SELECT 1 FROM messages WHERE length(body) > 0")) * 2)
    assert left == ((0, 0) if POINTS[point] else before)
    rows(organisation, "UPDATE outbox SET due_at = now() RETURNING id")  # its lease has run out
    assert retention.empty_bin(organisation.platform) == (0 if POINTS[point] else 1)
    rows(organisation, "UPDATE outbox SET due_at = now() RETURNING id")
    for job in core_jobs(organisation.platform):
        if job.startswith("outbox."):
            do_job(organisation.platform, job)
    assert keys(organisation) == 0
    assert list(organisation.platform.blobs.names(organisation.id)) == []
    assert [told.case_ids for told in keeper.told] == [(case_id,)]
    assert organisation.case_events(case_id).count("destroyed") == 1
    assert rows(organisation, "SELECT 1 FROM outbox") == []
