"""Function mailboxes from a CSV file: what each row would do, what is wrong with it, and what is stored in the end."""

import pytest

from budkavle.accounts import mailboxes
from budkavle.accounts.bulk.mailboxes import ADDRESSES_A_ROW, ImportPlan, export_rows, import_mailboxes, plan_import
from budkavle.csv_files import write_csv
from budkavle.model.errors import Conflict, Forbidden
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.storage.platform import Platform, Work
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

HEADS = "Namn;Beskrivning;Språk;Tar emot det övriga;Administratörer;Användare\n"


@pytest.fixture
def house(organisation: SampleOrganisation, other_organisation: SampleOrganisation) -> SampleOrganisation:
    """An organisation with people, beside another one."""
    other_organisation.staffed()
    return organisation.staffed()


def _plan(house: SampleOrganisation, *rows: str) -> ImportPlan:
    return in_work(house.platform, house.administrator, plan_import, (HEADS + "\n".join(rows)).encode())


def _import(house: SampleOrganisation, *rows: str) -> None:
    content = (HEADS + "\n".join(rows)).encode()
    told = len(in_work(house.platform, house.administrator, plan_import, content).right)
    in_work(house.platform, house.administrator, import_mailboxes, content, told)


def _members(house: SampleOrganisation, name: str) -> dict[str, bool]:
    box = next(box for box in in_work(house.platform, house.system, mailboxes.all_mailboxes) if box.name == name)
    members = in_work(house.platform, house.system, mailboxes.members, box.id)
    return {member.name: member.administrator for member in members}


@pytest.mark.feature("OX2")
def test_mailboxes_and_members_come_from_a_file(house: SampleOrganisation) -> None:
    """New ones are made; one that is there gets what it lacks, and keeps what the file does not say."""
    rows = (
        "Elevhälsan;Skolsköterskor och kuratorer;en;;cleo@habo.example;ada@habo.example, BO@habo.example",
        "socialnämnden;;;;ada@habo.example;dag@habo.example",
        "Elevhälsan;;;;;dag@habo.example",
    )
    first, second, third = _plan(house, *rows).rows
    assert (first.is_new, len(first.members), len(first.administrators), first.faults) == (True, 3, 1, [])
    assert (second.is_new, len(second.members), len(second.administrators)) == (False, 1, 1)
    assert (third.is_new, len(third.members)) == (False, 1)
    assert "Elevhälsan" not in [box.name for box in in_work(house.platform, house.system, mailboxes.all_mailboxes)]
    _import(house, *rows)
    assert _members(house, "Elevhälsan") == {"Ada Ahl": False, "Bo Ek": False, "Cleo Dahl": True, "Dag Ny": False}
    assert _members(house, "Socialnämnden") == {"Ada Ahl": True, "Bo Ek": False, "Cleo Dahl": True, "Dag Ny": False}
    (made,) = [box for box in in_work(house.platform, house.system, mailboxes.all_mailboxes) if box.language == "en"]
    assert made.description == "Skolsköterskor och kuratorer"
    kinds = house.log_kinds()
    assert kinds.count("mailbox.created") == 3
    assert kinds.count("mailbox.administrator-set") == 2


@pytest.mark.feature("OX2")
@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (";Utan namn;;;;", "namn saknas"),
        ("Ny;;tyska;;;", "Språket tyska finns inte"),
        ("Ny;;;kanske;;", "Skriv ja eller nej"),
        ("Ny;;;;;ingen@habo.example", "inget öppet konto med adressen ingen@habo.example"),
        ("Ny;;;;;eve@mullsjo.example", "inget öppet konto"),
        ("Ny;;;;=1+1;", "börjar som en formel"),
        ("Ny;;;", "Raden har 4 celler"),
        ("x" * 201 + ";;;;;", "högst 200 tecken"),
    ],
)
def test_each_fault_stands_at_its_row(house: SampleOrganisation, row: str, fault: str) -> None:
    """And the other rows are carried out."""
    wrong, right = _plan(house, row, "Rätt;;;;;").rows
    assert any(fault in str(sentence) for sentence in wrong.faults), wrong.faults
    assert right.faults == []
    before = {box.name for box in in_work(house.platform, house.system, mailboxes.all_mailboxes)}
    _import(house, row, "Rätt;;;;;")
    assert {box.name for box in in_work(house.platform, house.system, mailboxes.all_mailboxes)} == before | {"Rätt"}


@pytest.mark.feature("OX2")
def test_rows_that_contradict_each_other(house: SampleOrganisation) -> None:
    """About one mailbox, or about which one takes the rest."""
    rows = _plan(house, "Ny;A;sv;ja;;", "ny;B;;;;", "Annan;;;ja;;", "NY;A;;;;").rows
    assert [bool(row.faults) for row in rows] == [False, True, True, False]
    _import(house, "Ny;A;sv;ja;;")
    (default,) = [box for box in in_work(house.platform, house.system, mailboxes.all_mailboxes) if box.default]
    assert default.name == "Ny"


@pytest.mark.feature("OX2")
def test_what_was_told_of_is_done_or_nothing(house: SampleOrganisation, outsider: SampleUser) -> None:
    """A row that has become wrong since it was shown stops the whole, so that nothing is done unseen."""
    content = (HEADS + "Ny;;;;;dag@habo.example\nTill;;;;;").encode()
    house.rows("UPDATE users SET active = false WHERE id = :id", id=outsider.id)
    with pytest.raises(Conflict):
        in_work(house.platform, house.administrator, import_mailboxes, content, 2)
    assert {"Ny", "Till"}.isdisjoint(box.name for box in in_work(house.platform, house.system, mailboxes.all_mailboxes))


@pytest.mark.feature("OX2")
def test_the_file_that_is_written_can_be_read(house: SampleOrganisation, mailbox: FunctionMailbox) -> None:
    """With everybody of a mailbox of many, in rows that are short enough; read again it changes nothing."""
    many = [house.add_user(f"Person{number} Ek") for number in range(ADDRESSES_A_ROW + 5)]
    in_work(house.platform, house.system, mailboxes.add_members, mailbox.id, [user.id for user in many])

    def export(work: Work) -> bytes:
        return write_csv(export_rows(work))

    content = in_work(house.platform, house.administrator, export)
    plan = in_work(house.platform, house.administrator, plan_import, content)
    assert [row.name for row in plan.rows] == ["Byggnadsnämnden", "Socialnämnden", "Socialnämnden"]
    assert not any(row.faults or row.is_new or row.changes or row.members or row.administrators for row in plan.rows)
    for user in many:
        assert user.email.encode() in content


@pytest.mark.parametrize("who", ["case_worker", "mailbox_administrator", "outsider"])
def test_only_administrators_use_files(house: SampleOrganisation, who: str, request: pytest.FixtureRequest) -> None:
    """Neither to look, nor to write, nor to fetch."""
    actor, content = request.getfixturevalue(who), (HEADS + "Ny;;;;;").encode()
    with pytest.raises(Forbidden):
        in_work(house.platform, actor, plan_import, content)
    with pytest.raises(Forbidden):
        in_work(house.platform, actor, import_mailboxes, content, 1)
    with pytest.raises(Forbidden):
        in_work(house.platform, actor, lambda work: list(export_rows(work)))


def test_another_organisation_is_left_alone(
    house: SampleOrganisation, other_administrator: SampleUser, platform: Platform
) -> None:
    """The same name there is another mailbox, and its people are unknown here."""
    content = (HEADS + "Socialnämnden;Vår;;;;cleo@habo.example").encode()
    (row,) = in_work(platform, other_administrator, plan_import, content).rows
    assert row.faults
    assert house.mailbox.description == ""
