"""Those who read a mailbox are told before messages in it disappear: when, how many, and nothing of what they say."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from tests.core.mailer import Mailer

from budkavle.accounts import mailboxes
from budkavle.accounts.message_settings import MailboxMessageSettings, MessageSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.cases import actions, retention_reminders
from budkavle.host import host_of
from budkavle.messaging import case_view
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.notices import Notice
from budkavle.model.times import ZONE
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module

TODAY = date(2027, 3, 10)
SECRET = "Barnets hälsa"


@pytest.fixture
def mailer() -> Mailer:
    return Mailer()


@pytest.fixture
def platform(budkavle_settings: Settings, mailer: Mailer) -> Iterator[Platform]:
    """An installation with a transport and mail."""
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()], notifiers=lambda host: [mailer])
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake",))
    plugins = Plugins.load(settings, offer(fake=fake))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        yield opened


class Told:
    """Lets messages have come on a day, goes through days, and reads the mails."""

    def __init__(self, organisation: SampleOrganisation, administrator: SampleUser, mailer: Mailer) -> None:
        self.organisation = organisation
        self.administrator = administrator
        self.mailer = mailer

    def choose(self, days: int, reminder: int, mailbox: FunctionMailbox | None = None) -> None:
        section = MailboxMessageSettings if mailbox else MessageSettings
        changes = {"retention_days": days, "reminder_days": reminder}
        mailbox_id = mailbox.id if mailbox else None
        in_work(self.organisation.platform, self.administrator, write_settings, section, changes, mailbox_id=mailbox_id)

    def came(self, day: date, subject: str = SECRET) -> UUID:
        """Let a message have come at noon of a day."""
        case_id = self.organisation.arrive(subject)
        at = datetime.combine(day, time(12), ZONE)
        with self.organisation.platform.database.transaction(self.organisation.id) as connection:
            query = "UPDATE messages SET kept_from = :at, created_at = :at WHERE case_id = :case"
            connection.execute(text(query), {"at": at, "case": case_id})
        return case_id

    def on(self, day: date, hour: int = 9) -> int:
        """Do what the job does on a day; returns how many mailboxes were told of."""
        now = datetime.combine(day, time(hour), ZONE)
        return retention_reminders.remind(self.organisation.platform, now)

    def mails(self) -> list[Notice]:
        """Send what waits, and return what was sent since the last time."""
        do_job(self.organisation.platform, "outbox.notices.mail")
        sent = [attempt.notice for attempt in self.mailer.sent]
        self.mailer.sent.clear()
        return sent


@pytest.fixture
def told(organisation: SampleOrganisation, administrator: SampleUser, mailer: Mailer) -> Told:
    return Told(organisation, administrator, mailer)


@pytest.mark.feature("G1", "Y6")
@pytest.mark.parametrize(
    ("ago", "is_told"),
    # Kept for 30 days, warned 7 before: one that came 24 days ago goes on the 31st day, 7 days from now.
    [(23, False), (24, True), (29, True), (30, True), (31, False)],
)
def test_it_is_told_so_many_days_before(told: Told, ago: int, is_told: bool) -> None:
    """Not earlier, and not of what should have gone already."""
    told.choose(30, 7)
    told.came(TODAY - timedelta(days=ago))
    assert told.on(TODAY) == int(is_told)


def test_the_mail_says_when_and_how_many_and_nothing_of_them(
    told: Told, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """To every member of the mailbox, with a link to it; the log says that they were told."""
    told.choose(30, 7)
    case_id = told.came(TODAY - timedelta(days=24))
    told.came(TODAY - timedelta(days=20))
    told.came(TODAY - timedelta(days=10))
    assert told.on(TODAY) == 1
    assert organisation.last_log_facts() == {"mailbox": str(mailbox.id), "messages": 2, "until": "2027-03-23"}
    (mail,) = [mail for mail in told.mails() if mail.address == case_worker.email]
    assert f"I brevlådan {mailbox.name} försvinner snart meddelanden. Antal: 2." in mail.text
    assert "natten till 17 mars 2027" in mail.text
    assert "senast natten till 23 mars 2027" in mail.text
    assert in_work(organisation.platform, case_worker, case_view.case, case_id).case.number in mail.text
    assert mail.link is not None
    assert mail.link.url.endswith(f"/m/{mailbox.id}")
    assert SECRET not in mail.text + mail.subject


def test_nobody_is_told_twice_and_nothing_is_left_out(told: Told) -> None:
    """Day by day a message comes and is told of exactly once, in a mail a week at most, in good time."""
    told.choose(30, 7)
    days = [TODAY + timedelta(days=number) for number in range(60)]
    for day in days:
        told.came(day - timedelta(days=20))
    counts: dict[date, int] = {}
    for day in days:
        if told.on(day):
            counts[day] = int(str(told.organisation.last_log_facts()["messages"]))
        assert told.on(day, 15) == 0
    told_days = list(counts)
    assert all((later - earlier).days >= 7 for earlier, later in pairwise(told_days))
    # What came on the first day was told of, and so on without a gap up to the last mail's end.
    last_gone = told_days[-1] + timedelta(days=7 + retention_reminders.AHEAD)
    assert sum(counts.values()) == (last_gone - timedelta(days=31) - (days[0] - timedelta(days=20))).days + 1


def test_short_days_leave_no_message_untold(told: Told) -> None:
    """Where the days are fewer than those of the warning, what comes tomorrow is told of tomorrow."""
    told.choose(3, 7)
    for number in range(6):
        day = TODAY + timedelta(days=number)
        told.came(day - timedelta(days=1))
        assert told.on(day) == 1
        assert told.organisation.last_log_facts()["messages"] == 1


def test_another_number_of_days_is_told_of_anew(told: Told) -> None:
    """What was far away may be near now."""
    told.choose(300, 7)
    told.came(TODAY - timedelta(days=294))
    told.came(TODAY - timedelta(days=100))
    assert told.on(TODAY) == 1
    told.choose(105, 7)
    assert told.on(TODAY) == 1
    assert told.organisation.last_log_facts()["messages"] == 1


@pytest.mark.parametrize("off", ["days", "reminder", "early", "binned", "held", "mailbox"])
def test_when_nobody_is_told(
    told: Told, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, off: str
) -> None:
    """Where nothing disappears or is chosen, it is night, or all of it is binned, held or in a deleted mailbox."""
    told.choose(0 if off == "days" else 30, 0 if off == "reminder" else 7)
    case_id = told.came(TODAY - timedelta(days=28))
    if off == "binned":
        in_work(organisation.platform, case_worker, actions.bin_case, case_id)
    queries = {
        "mailbox": "UPDATE mailboxes SET deleted_at = now() WHERE id = :mailbox",
        "held": "INSERT INTO destruction_holds (organisation_id, case_id, thing_id, plugin, why, held_at, ask_again_at)"
        " SELECT organisation_id, case_id, id, 'keeper', 'x', now(), now() + interval '1 day' FROM messages"
        " WHERE mailbox_id = :mailbox",
    }
    if off in queries:
        with organisation.platform.database.transaction(organisation.id) as connection:
            connection.execute(text(queries[off]), {"mailbox": mailbox.id})
    assert told.on(TODAY, 6 if off == "early" else 9) == 0


@pytest.mark.feature("G4", "G5")
def test_the_mailboxs_own_number_wins(told: Told, mailbox: FunctionMailbox) -> None:
    """For the days of the warning as for those that a message is kept; 0 follows the organisation."""
    told.choose(30, 3)
    told.choose(0, 14, mailbox)
    told.came(TODAY - timedelta(days=18))
    assert told.on(TODAY) == 1


def test_of_an_inbox_its_owner_is_told(told: Told, case_worker: SampleUser, organisation: SampleOrganisation) -> None:
    """In words of their own."""
    told.choose(30, 7)
    told.came(TODAY - timedelta(days=28))
    own = mailboxes.personal_id(case_worker.user_id)
    with organisation.platform.database.transaction(organisation.id) as connection:
        for table in ("messages", "cases"):
            connection.execute(text(f"UPDATE {table} SET mailbox_id = :own"), {"own": own})
    assert told.on(TODAY) == 1
    (mail,) = told.mails()
    assert mail.address == case_worker.email
    assert "I din personliga inkorg försvinner snart meddelanden. Antal: 1." in mail.text


def test_an_english_reader_is_told_in_english(
    told: Told, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    told.choose(30, 7)
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE users SET language = 'en' WHERE id = :id"), {"id": case_worker.user_id})
    told.came(TODAY - timedelta(days=28))
    told.on(TODAY)
    (mail,) = [mail for mail in told.mails() if mail.address == case_worker.email]
    assert f"Messages in the mailbox {mailbox.name} will soon disappear. Number: 1." in mail.text
    assert "13 March 2027" in mail.text


@pytest.mark.feature("G1")
@pytest.mark.parametrize(("ago", "warns"), [(23, False), (24, True), (30, True)])
def test_the_case_warns_as_well(
    told: Told, organisation: SampleOrganisation, case_worker: SampleUser, ago: int, warns: bool
) -> None:
    """As many days before as the mail."""
    told.choose(30, 7)
    case_id = told.came(TODAY - timedelta(days=ago))
    times = in_work(organisation.platform, case_worker, case_view.case, case_id).times
    assert bool(times.ending(TODAY)) is warns


def test_a_paused_organisation_is_not_told(told: Told, organisation: SampleOrganisation) -> None:
    """Nothing disappears meanwhile."""
    told.choose(30, 7)
    told.came(TODAY - timedelta(days=28))
    with organisation.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("UPDATE organisations SET state = 'paused'"))
    assert told.on(TODAY) == 0
