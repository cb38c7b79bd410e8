"""Whose numbers are: the installation gives them to organisations, and nobody else can take them."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import text

import budkavle_fax
from budkavle import Conflict, Forbidden, FunctionMailbox, Host, Invalid, MailboxKind, Platform, Role
from budkavle.accounts import create_mailbox
from budkavle.cases import mailbox_counts
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import OTHER_PEOPLE
from budkavle_fax.commands import group
from budkavle_fax.numbers import mailbox_numbers, ranges
from budkavle_fax.parts import Parts
from budkavle_fax.receiving.message_text import Slip

MIGRATIONS = Path(budkavle_fax.__file__).parent / "migrations"
FREE = "+46101234500"
THEIRS = "010-200 30 40"


def platform_of(organisation: SampleOrganisation) -> Any:
    """The installation's administrator, in the organisation's name."""
    return replace(organisation.administrator, role=Role.PLATFORM)


@pytest.fixture
def other_organisation(platform: Platform, give_number: Callable[..., SampleOrganisation]) -> SampleOrganisation:
    """Another organisation of the installation, with a number of its own."""
    return give_number(SampleOrganisation.create(platform, "Region Vättern", people=OTHER_PEOPLE), THEIRS)


def owner(host: Any, number: str) -> Any:
    """Who a number leads to, as the plugin asks on a connection to its own tables."""
    with host.transaction(None) as connection:
        return mailbox_numbers.owner(connection, number)


@pytest.mark.feature("T2")
@pytest.mark.parametrize("number", [FREE, THEIRS])
def test_an_administrator_links_only_the_organisations_own_numbers(
    administrator: SampleUser, mailbox: FunctionMailbox, host: Host, other_administrator: SampleUser, number: str
) -> None:
    """Not one that nobody has yet, and not another organisation's, linked there or not; the same is told of both."""
    mailbox_numbers.unlink(host, other_administrator, "+46102003040")
    with pytest.raises(Invalid) as caught:
        mailbox_numbers.link(host, administrator, number, mailbox.id)
    assert "hör inte till er" in caught.value.fields["number"]
    assert owner(host, "+46102003040") is None


@pytest.mark.feature("T2")
def test_a_number_goes_to_a_function_mailbox_of_ones_own(
    organisation: SampleOrganisation, host: Host, fax_number: str, other_organisation: SampleOrganisation
) -> None:
    """Never to another organisation's, to somebody's own inbox, or to none."""
    personal = next(
        one.mailbox.id
        for one in in_work(organisation.platform, organisation.case_worker, mailbox_counts)
        if one.mailbox.kind is MailboxKind.PERSONAL
    )
    for mailbox_id in (other_organisation.mailbox.id, personal, uuid4(), None):
        for actor in (organisation.administrator, platform_of(organisation)):
            with pytest.raises(Invalid) as caught:
                mailbox_numbers.link(host, actor, fax_number, mailbox_id)
            assert list(caught.value.fields) == ["mailbox"]
    assert owner(host, fax_number) == (organisation.id, organisation.mailbox.id)


@pytest.mark.feature("T2")
def test_the_installation_gives_numbers(
    organisation: SampleOrganisation, host: Host, other_organisation: SampleOrganisation
) -> None:
    """One or a range, to one organisation; its administrator links them, and moves them in one step."""
    with pytest.raises(Forbidden):
        ranges.give(host, organisation.administrator, FREE)
    ranges.give(host, platform_of(organisation), FREE, "010-123 45 99")
    assert ("+46101234500", "+46101234599") in ranges.of(host, organisation.id)
    assert mailbox_numbers.link(
        host, organisation.administrator, "010-123 45 42", organisation.mailbox.id
    ) == mailbox_numbers.Linked("+46101234542", False)
    second = in_work(organisation.platform, organisation.administrator, create_mailbox, "Registrator")
    assert mailbox_numbers.link(host, organisation.administrator, "010-123 45 42", second.id) == mailbox_numbers.Linked(
        "+46101234542", True
    )
    assert owner(host, "+46101234542") == (organisation.id, second.id)
    for first, last in ((FREE, ""), ("010-123 45 50", "010-123 46 00"), ("010-123 44 00", "010-123 45 00")):
        with pytest.raises(Conflict):
            ranges.give(host, platform_of(other_organisation), first, last)
    for first, last, field in (("x", "", "first"), (FREE, "08-1", "last"), (FREE, "010-123 44 00", "last")):
        with pytest.raises(Invalid) as caught:
            ranges.give(host, platform_of(organisation), first, last)
        assert list(caught.value.fields) == [field]


@pytest.mark.feature("T2")
def test_a_wider_range_takes_in_what_was_given(organisation: SampleOrganisation, host: Host, fax_number: str) -> None:
    """The single number that an organisation has had becomes a part of its range."""
    ranges.give(host, platform_of(organisation), FREE)
    ranges.give(host, platform_of(organisation), "010-123 45 00", "010-123 45 09")
    given = ranges.of(host, organisation.id)
    assert given == sorted([(fax_number, fax_number), (FREE, "+46101234509")])


@pytest.mark.feature("T2")
def test_what_is_taken_back_is_linked_no_more(
    organisation: SampleOrganisation,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    host: Host,
    other_administrator: SampleUser,
    other_organisation: SampleOrganisation,
) -> None:
    """With its links, so that it can be given to somebody else."""
    ranges.give(host, platform_of(organisation), FREE, "010-123 45 09")
    mailbox_numbers.link(host, administrator, FREE, mailbox.id)
    with pytest.raises(Forbidden):
        ranges.take_back(host, administrator, FREE)
    with pytest.raises(Invalid):
        ranges.take_back(host, platform_of(other_organisation), FREE)
    assert ranges.take_back(host, platform_of(organisation), FREE) == [FREE]
    assert owner(host, FREE) is None
    ranges.give(host, platform_of(other_organisation), FREE)
    assert mailbox_numbers.link(host, other_administrator, FREE, other_organisation.mailbox.id).number == FREE


@pytest.mark.feature("T2")
def test_a_fax_to_a_number_without_mailbox_stays_with_its_organisation(
    organisation: SampleOrganisation,
    host: Host,
    parts: Parts,
    other_administrator: SampleUser,
    other_organisation: SampleOrganisation,
) -> None:
    """It never comes to the organisation that the settings name for what is nobody's."""
    mailbox_numbers.unlink(host, other_administrator, "+46102003040")
    arrivals = parts.arrivals
    organisation_id, _, linked = arrivals._place(Slip("1", "+46102003040", ""))
    assert (organisation_id, linked) == (other_organisation.id, False)


@pytest.mark.feature("T2")
def test_numbers_that_were_linked_before_stay_their_organisations(
    budkavle_open: Callable[..., Platform], tmp_path: Path
) -> None:
    """The migration gives each organisation what it has linked, and their links go on."""
    database, two = budkavle_open().database, [uuid4(), uuid4()]
    for name in ("0001_first.py", "0002_open_in_turns.py"):
        shutil.copy(MIGRATIONS / name, tmp_path / name)
    database.migrate([("fax", tmp_path)])
    for number, organisation_id in enumerate(two):
        with database.transaction(organisation_id) as connection:
            values = {"number": f"+4681234560{number}", "of": organisation_id, "box": uuid4()}
            connection.execute(text("INSERT INTO fax_lines VALUES (:number, :of, :box)"), values)
    database.migrate([("fax", MIGRATIONS)])
    for number, organisation_id in enumerate(two):
        with database.transaction(organisation_id) as connection:
            (row,) = connection.execute(text("SELECT * FROM fax_ranges")).all()
            given = connection.execute(text("SELECT * FROM fax_given(:n)"), {"n": f"+4681234560{number}"}).scalar_one()
        own = int(f"4681234560{number}")
        assert (row.organisation_id, row.first, row.last) == (organisation_id, own, own)
        assert given == organisation_id


def test_the_commands(
    organisation: SampleOrganisation, mailbox: FunctionMailbox, host: Host, other_organisation: SampleOrganisation
) -> None:
    """Give, see and take back; and linking as the installation gives the number too."""
    slug, run = organisation.slug, CliRunner().invoke
    commands = group(host)
    assert run(commands, ["give", slug, FREE, "010-123 45 09"]).output.strip() == f"{FREE} – +46101234509"
    assert run(commands, ["link", slug, mailbox.name, "010-123 45 05"]).output.strip() == "+46101234505"
    seen = run(commands, ["numbers", slug]).output
    assert f"{FREE} – +46101234509" in seen
    assert f"+46101234505\t{mailbox.name}" in seen
    refused = run(commands, ["link", other_organisation.slug, other_organisation.mailbox.name, "010-123 45 06"])
    assert isinstance(refused.exception, Invalid)
    assert run(commands, ["take-back", slug, FREE]).output.strip() == "+46101234505"
    assert FREE not in run(commands, ["numbers", slug]).output
    assert (
        run(commands, ["link", other_organisation.slug, other_organisation.mailbox.name, "010-123 45 06"]).exit_code
        == 0
    )
