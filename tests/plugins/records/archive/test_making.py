"""Making packages goes on after a kill, doubles nothing, and holds no file in memory."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.plugins.records.archive.acts import begun, close_case, make_all, packages

from budkavle import Host, Platform, Unavailable
from budkavle.model.messages import File
from budkavle.testing import SampleOrganisation, SampleUser, do_job
from budkavle_records.archive import making, tables
from budkavle_records.archive.pages.downloads import check_stored
from budkavle_records.archive.store import FILES
from budkavle_records.archive.tables import PackageState

POINTS = {"while a package is written": 0, "when its file is whole": 0, "after the first commit": 1}
"""Where the process is killed, and how many packages are made then."""
LARGE = 40 << 20


def run(platform: Platform, point: str) -> "subprocess.CompletedProcess[str]":
    """Make packages in another process."""
    settings = platform.settings
    script = Path(__file__).with_name("making_process.py")
    command = [sys.executable, str(script), point, str(settings.data), str(settings.database.url)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.feature("ZR4")
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_worker_leaves_nothing_half_and_nothing_twice(
    host: Host, platform: Platform, organisation: SampleOrganisation, second: SampleUser, point: str
) -> None:
    """Each package is made once, by whoever comes next; every file is there once and is whole."""
    for _ in range(3):
        close_case(organisation)
    transfer_id = begun(host, organisation, second)
    done = run(platform, point)
    assert done.returncode == -signal.SIGKILL, done.stderr
    states = [package.state for package in packages(host, second, transfer_id)]
    assert states.count(PackageState.MADE) == POINTS[point]
    make_all(platform)
    for package in packages(host, second, transfer_id):
        assert package.state is PackageState.MADE
        with host.work(second) as work:
            assert [file.id for file in FILES.list(work, package.id)] == [package.file_id]
        assert check_stored(host, second, package) == []
    assert organisation.log_kinds().count("records.package-made") == 3


def test_a_large_file_is_never_in_memory(
    host: Host, platform: Platform, organisation: SampleOrganisation, second: SampleUser
) -> None:
    """A package with a file of 40 MB takes little more memory than one with a small file."""
    close_case(organisation)
    close_case(organisation, files=(File("stor.bin", "application/octet-stream", os.urandom(LARGE)),))
    transfer_id = begun(host, organisation, second)
    done = run(platform, "")
    assert done.returncode == 0, done.stderr
    small, large = (int(line) for line in done.stdout.split())
    assert packages(host, second, transfer_id)[1].size > LARGE
    assert large - small < LARGE / 2 / 1024


def test_two_workers_make_a_package_once(
    host: Host,
    platform: Platform,
    organisation: SampleOrganisation,
    second: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second one to finish finds it made, and takes its own file away."""
    close_case(organisation)
    transfer_id = begun(host, organisation, second)
    gather, before = making.gather, len(list(platform.blobs.names(organisation.id)))

    def slow(*given: object) -> object:
        monkeypatch.setattr(making, "gather", gather)
        do_job(platform, "records.archive-packages")
        return gather(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(making, "gather", slow)
    making.Making(host).run()
    (package,) = packages(host, second, transfer_id)
    assert package.state is PackageState.MADE
    assert len(list(platform.blobs.names(organisation.id))) == before + 1
    assert check_stored(host, second, package) == []


def test_a_store_that_does_not_answer_counts_as_no_try(
    host: Host, organisation: SampleOrganisation, second: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package waits on; one that ends its worker again and again is given up after some tries."""
    close_case(organisation)
    transfer_id = begun(host, organisation, second)

    def refuse(*_: object) -> None:
        raise Unavailable("Lagringen svarar inte.")

    with monkeypatch.context() as broken:
        broken.setattr(making, "gather", refuse)
        for _ in range(making.TRIES + 2):
            with pytest.raises(Unavailable):
                making.Making(host).run()
    assert packages(host, second, transfer_id)[0].state is PackageState.WAITING
    with host.transaction(organisation.id) as connection:
        connection.execute(update(tables.packages).values(tries=making.TRIES))
    make_all(organisation.platform)
    (package,) = packages(host, second, transfer_id)
    assert package.state is PackageState.FAILED
    assert "trots flera försök" in package.failure
