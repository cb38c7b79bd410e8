"""The schedule: read from a file with its faults in words, kept version by version, and exported as it came."""

import hashlib

import pytest
from tests.plugins.records.conftest import ROWS, plan_csv

from budkavle import Conflict, Forbidden, Host, Invalid
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_records.schedule.kinds import CountsFrom, Kind, list_kinds, list_plans
from budkavle_records.schedule.plan_files import HEADINGS, PlannedKind, export_rows, import_plan, read_plan


def imported(host: Host, administrator: SampleUser, *rows: str) -> list[Kind]:
    """Import a schedule and return its kinds."""
    content = plan_csv(*rows)
    with host.work(administrator) as work:
        import_plan(host, work, content, hashlib.sha256(content).hexdigest())
        return list_kinds(host, work)


def judged(host: Host, administrator: SampleUser, *rows: str) -> list[PlannedKind]:
    """Return the rows of a file as they are shown."""
    with host.work(administrator) as work:
        return list(read_plan(host, work, plan_csv(*rows)).rows)


@pytest.mark.feature("ZR1")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_file_is_read_in_each_encoding(host: Host, administrator: SampleUser, encoding: str) -> None:
    """UTF-8 with and without BOM, and Windows-1252, are one file."""
    content = plan_csv(encoding=encoding)
    with host.work(administrator) as work:
        import_plan(host, work, content, hashlib.sha256(content).hexdigest())
        kinds = list_kinds(host, work)
    assert [kind.klass for kind in kinds] == ["1.3.2", "1.3.3", "1.3.4", "3.7.1"]
    assert kinds[1].name == "Begäran om allmän handling"
    assert [kind.counts_from for kind in kinds] == [CountsFrom.RECEIVED, CountsFrom.CLOSED, None, CountsFrom.BIRTH]
    assert [(kind.days, kind.preserve, kind.archive_years) for kind in kinds] == [
        (90, False, None),
        (730, False, None),
        (None, True, 5),
        (6575, False, None),
    ]


@pytest.mark.feature("ZR1")
@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("1;Brev;;;;inkommen;;nej;;;;;", "Raden har varken frist_dagar eller bevaras. Skriv det ena."),
        ("1;Brev;;;;inkommen;;;;;;;", "Raden har varken frist_dagar eller bevaras. Skriv det ena."),
        ("1;Brev;;;;inkommen;90;ja;;;;;", "Raden har både frist_dagar och bevaras. Skriv bara det ena."),
        ("1;Brev;;;;;90;nej;;;;;", "frist_fran saknas: skriv varifrån dagarna räknas."),
        ("1;Brev;;;;igår;90;nej;;;;;", "frist_fran ska vara något av"),
        ("1;Brev;;;;inkommen;nittio;nej;;;;;", "frist_dagar ska vara ett helt tal från 1 till"),
        ("1;Brev;;;;inkommen;0;nej;;;;;", "frist_dagar ska vara ett helt tal från 1 till"),
        ("1;Brev;;;;inkommen;90;kanske;;;;;", "bevaras ska vara ja eller nej."),
        ("1;Brev;;;;;;ja;snart;;;;", "till_arkiv_efter ska vara ett helt tal från 1 till"),
        (";Brev;;;;inkommen;90;nej;;;;;", "klass saknas."),
        ("1;;;;;inkommen;90;nej;;;;;", "handlingstyp saknas."),
        ("1;Brev;inkommen;90", "Raden har 4 celler, men rubrikraden har 13."),
    ],
)
def test_a_fault_is_told_in_words(host: Host, administrator: SampleUser, row: str, fault: str) -> None:
    """Each row says what is wrong with it, and the file makes no version."""
    first, second = judged(host, administrator, row, ROWS[0])
    assert any(fault in str(said) for said in first.faults), first.faults
    assert second.faults == []
    with host.work(administrator) as work, pytest.raises(Invalid):
        import_plan(host, work, plan_csv(row), hashlib.sha256(plan_csv(row)).hexdigest())
    with host.work(administrator) as work:
        assert list_plans(host, work) == []


@pytest.mark.feature("ZR1")
def test_the_same_kind_twice_is_a_fault(host: Host, administrator: SampleUser) -> None:
    """Nobody could say which of the two rows holds."""
    rows = judged(host, administrator, ROWS[0], ROWS[0].replace("Ringa", "RINGA"), ROWS[1])
    assert [bool(row.faults) for row in rows] == [True, True, False]


@pytest.mark.feature("ZR1")
def test_versions_are_kept_and_a_kind_stays_itself(host: Host, administrator: SampleUser) -> None:
    """A new version changes the days of a kind and not its id; the old version stands as it was."""
    before = imported(host, administrator)
    after = imported(host, administrator, ROWS[0].replace(";90;", ";180;"), ROWS[2])
    assert after[0].id == before[0].id
    assert (before[0].days, after[0].days) == (90, 180)
    with host.work(administrator) as work:
        assert [(plan.version, plan.kinds) for plan in list_plans(host, work)] == [(2, 2), (1, 4)]
        assert list_kinds(host, work, 1) == before


@pytest.mark.feature("ZR1")
def test_the_export_is_what_was_imported(host: Host, administrator: SampleUser) -> None:
    """So a plan can be taken out, changed and read in again."""
    imported(host, administrator)
    with host.work(administrator) as work:
        rows = export_rows(host, work, 1)
    assert rows[0] == HEADINGS
    assert [";".join("" if cell is None else str(cell) for cell in row) for row in rows[1:]] == list(ROWS)


def test_only_the_file_that_was_shown_is_imported(host: Host, administrator: SampleUser) -> None:
    """A file that was exchanged between the two pages is refused."""
    with host.work(administrator) as work, pytest.raises(Conflict):
        import_plan(host, work, plan_csv(), hashlib.sha256(b"another").hexdigest())


def test_a_plan_is_the_administrators(
    host: Host, case_worker: SampleUser, other_organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """Nobody else imports, and another organisation sees nothing of it."""
    with host.work(case_worker) as work, pytest.raises(Forbidden):
        read_plan(host, work, plan_csv())
    imported(host, administrator)
    with host.work(other_organisation.administrator) as work:
        assert list_kinds(host, work) == []
