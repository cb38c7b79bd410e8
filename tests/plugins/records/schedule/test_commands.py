"""`budkavle records import`: a schedule from a file, with its faults on the error stream."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.plugins.records.conftest import ROWS, plan_csv

from budkavle import Host
from budkavle.testing import SampleOrganisation
from budkavle_records.commands import group
from budkavle_records.schedule.kinds import list_plans


@pytest.mark.feature("ZR1")
def test_a_schedule_is_imported(host: Host, organisation: SampleOrganisation, tmp_path: Path) -> None:
    """The version holds at once; a faulty file makes none, and each fault is told."""
    file = tmp_path / "plan.csv"
    file.write_bytes(plan_csv())
    done = CliRunner().invoke(group(host), ["import", organisation.slug, str(file)])
    assert (done.exit_code, done.stdout) == (0, f"{organisation.slug}: 1\n")
    file.write_bytes(plan_csv(ROWS[0], "1;Brev;;;;inkommen;;nej;;;;;"))
    faulty = CliRunner().invoke(group(host), ["import", organisation.slug, str(file)])
    assert faulty.exit_code != 0
    assert "3: Raden har varken frist_dagar eller bevaras." in faulty.output
    unknown = CliRunner().invoke(group(host), ["import", "ingen", str(file)])
    assert unknown.exit_code != 0
    off = CliRunner().invoke(group(None), ["import", organisation.slug, str(file)])
    assert off.exit_code != 0
    with host.work(organisation.administrator) as work:
        assert [plan.version for plan in list_plans(host, work)] == [1]
