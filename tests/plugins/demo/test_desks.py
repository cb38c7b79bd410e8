"""What the demo's administrator has begun under Min organisation, and the openings that Loggkontroll finds."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from budkavle import Entry, Platform, Role
from budkavle.cases import close
from budkavle.notices import Notice, NoticeKind
from budkavle.testing import Browser, SampleOrganisation, do_job, in_work, offer, plugin_module
from budkavle.testing.fakes import FakeDirectory, FakeNotifier, FakeTransport
from budkavle.testing.organisations import PEER
from budkavle_demo.content import PEOPLE, ROOT, SECOND_ADMIN, SECOND_ROOT
from budkavle_demo.desks import ask_for_archive, ask_for_own_data, let_staff_come_and_go, list_messages
from budkavle_demo.past_year import past_openings
from budkavle_demo.playing import LOCAL, hire
from budkavle_disclosure.requests import list_requests
from budkavle_eid.simulator.persons import BY_NUMBER
from budkavle_records.archive.store import list_transfers
from budkavle_records.archive.tables import PackageState


class Mails(FakeNotifier):
    """Sends mail, to any address."""

    def check(self, notice: Notice) -> None:
        """Take every address."""


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with the plugins that the desks belong to."""
    book = FakeDirectory(entries=[Entry(PEER)])
    mails = Mails("mails", NoticeKind.MAIL)
    fake = plugin_module(
        "fake",
        transports=lambda host: [FakeTransport()],
        directories=lambda host: [book],
        notifiers=lambda host: [mails],
    )
    return budkavle_open(enabled=("demo", "disclosure", "records", "fake"), offers=offer(fake=fake))


def test_the_desks_have_something_to_show(organisation: SampleOrganisation, browse: Callable[..., Browser]) -> None:
    """A list with a mask, a request, and a package that waits for the archive's receipt."""
    platform, anna, today = organisation.platform, organisation.administrator, datetime.now(LOCAL).date()
    second = organisation.add_user("Disa Berg", Role.ADMIN)
    in_work(platform, organisation.case_worker, close, organisation.arrive("Orosanmälan"))
    desk = browse(anna)
    list_messages(desk, organisation.mailbox.id, today)
    ask_for_own_data(desk, today)
    assert len(organisation.rows("SELECT 1 FROM disclosure_list_rows WHERE masks IS NOT NULL")) == 1
    (request,), _ = list_requests(platform.plugins.host("disclosure"), anna, 1)
    assert (request.name, request.days_left(today) > 0) == ("Eva Sjö", True)
    host = platform.plugins.host("records")
    ask_for_archive(desk, platform.plugins.host("demo"), second)
    do_job(platform, "outbox.budkavle.approved.records")
    do_job(platform, "records.archive-packages")
    with host.work(anna) as work:
        (transfer,), _ = list_transfers(host, work)
    assert transfer.counts == {PackageState.MADE: 1}


def test_people_can_identify_themselves_from_the_first_day(organisation: SampleOrganisation) -> None:
    """Their e-identification opens the account now, at level 3: administrators may change accounts in the demo."""
    host = organisation.platform.plugins.host("demo")
    user_id = hire(host, {**SECOND_ADMIN, "slug": organisation.slug}, Role.ADMIN)
    (row,) = organisation.rows(
        "SELECT loa, confirmed_at IS NULL, opens_at FROM identities WHERE user_id = :id", id=user_id
    )
    assert tuple(row) == (3, False, None)
    numbers = {person["number"] for person in (*PEOPLE, SECOND_ADMIN, ROOT, SECOND_ROOT)}
    assert numbers <= set(BY_NUMBER)


def test_staff_come_and_go(organisation: SampleOrganisation, browse: Callable[..., Browser]) -> None:
    """Two have an invitation that waits, and one has left."""
    let_staff_come_and_go(browse(organisation.administrator))
    rows = organisation.rows(
        "SELECT u.name, u.active, i.user_id IS NOT NULL AS invited FROM users u"
        " LEFT JOIN invitations i ON i.user_id = u.id WHERE u.email LIKE '%bjorkvik.example' ORDER BY u.name"
    )
    assert [tuple(row) for row in rows] == [
        ("Ali Holm", False, True),
        ("Per Gran", False, False),
        ("Stina Ny", False, True),
    ]


def test_openings_are_of_cases_that_are_there(organisation: SampleOrganisation) -> None:
    """So that a reviewer can read what a case is about."""
    cases = [(uuid4(), uuid4()), (uuid4(), uuid4())]
    now = datetime.combine(date(2026, 11, 27), datetime.min.time(), UTC) + timedelta(hours=12)
    openings = past_openings(now, cases, [organisation.case_worker])
    assert {(opening.thing, opening.facts["mailbox"]) for opening in openings} == {
        (case_id, str(mailbox_id)) for case_id, mailbox_id in cases
    }
    assert max(opening.at for opening in openings) < now
