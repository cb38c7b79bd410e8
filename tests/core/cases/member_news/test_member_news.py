"""Members are told what comes to their mailboxes, as each has chosen, and nothing of what it says."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from budkavle.accounts import mailboxes
from budkavle.cases import actions
from budkavle.cases.member_news import choices, telling
from budkavle.cases.member_news.paces import QuietHours
from budkavle.cases.member_news.waiting import tell_colleagues
from budkavle.cases.teamwork.assignment import assign
from budkavle.cases.teamwork.restricting import restrict
from budkavle.messaging import case_view
from budkavle.model import sources
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address, ReceiptToSend
from budkavle.model.notices import MemberNews, NewsKind, Pace
from budkavle.model.people import UserActor
from budkavle.model.sources import Sources
from budkavle.model.times import ZONE
from budkavle.storage import audit
from budkavle.storage.platform import Platform, Work
from budkavle.testing import SampleOrganisation, SampleUser, deliver_due, do_job, in_work

SECRET = "Barnets hälsa"


def quiet_now() -> QuietHours:
    """Return hours that have begun, and that last for an hour yet, at any time of the day."""
    now, hour = datetime.now(ZONE).replace(second=0, microsecond=0), timedelta(hours=1)
    return QuietHours((now - hour).time(), (now + hour).time())


@dataclass
class Bell:
    """A way in memory."""

    name: str = "bell"
    label: str = "Klocka"
    usual: Pace = Pace.OFF
    tells_inbox_itself: bool = False
    rung: list[MemberNews] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def lacks(self, work: Work, user_id: UUID) -> str:
        return ""

    def tell(self, work: Work, news: MemberNews) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.rung.append(news)


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def platform(open_fake: Callable[..., Platform], bell: Bell) -> Platform:
    """An installation with a bell."""
    return open_fake(notice_ways=[bell])


class Members:
    """Lets members choose and time pass, and hears the bell."""

    def __init__(self, organisation: SampleOrganisation, bell: Bell) -> None:
        self.organisation = organisation
        self.platform = organisation.platform
        self.bell = bell

    def choose(self, member: UserActor, mailbox_id: UUID, pace: Pace, quiet: QuietHours | None = None) -> None:
        in_work(self.platform, member, choices.choose, {mailbox_id: {"bell": pace}}, quiet)

    def told(self) -> list[MemberNews]:
        do_job(self.platform, "core.member-news")
        rung = [*self.bell.rung]
        self.bell.rung.clear()
        return rung

    def wait(self) -> None:
        """Let the time of everything come that waits."""
        self.organisation.rows("UPDATE member_news SET due_at = now()")

    def waiting(self) -> int:
        return len(self.organisation.rows("SELECT FROM member_news"))


@pytest.fixture
def members(organisation: SampleOrganisation, bell: Bell) -> Members:
    return Members(organisation, bell)


@pytest.mark.feature("E24")
def test_who_has_chosen_it_is_told_at_once(
    members: Members, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Of that mailbox, in the person's own words and with a link, and nothing of what has come; others are not."""
    organisation.arrive("Före valet")
    members.choose(case_worker, mailbox.id, Pace.AT_ONCE)
    case_id = organisation.arrive(SECRET)
    (news,) = members.told()
    assert (news.user_id, news.mailbox_id, news.kind) == (case_worker.id, mailbox.id, NewsKind.ARRIVED)
    assert news.case_ids == (case_id,)
    assert news.subject == f"Nytt meddelande i {mailbox.name}"
    assert news.link.url.endswith(f"/c/{case_id}")
    assert SECRET not in str([news.subject, news.text, news.link, news.footnote])
    assert members.told() == []
    assert members.waiting() == 0


@pytest.mark.feature("E24")
def test_what_waits_for_its_hour_is_told_of_in_one(
    members: Members, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Three messages, one notice; what the person has read meanwhile is left out."""
    members.choose(case_worker, mailbox.id, Pace.HOURLY)
    read, *unread = (organisation.arrive(f"Nummer {number}") for number in range(3))
    assert members.told() == []
    assert members.waiting() == 3
    in_work(members.platform, case_worker, case_view.case, read)
    members.wait()
    (news,) = members.told()
    assert sorted(news.case_ids) == sorted(unread)
    assert news.subject == f"Nya meddelanden i {mailbox.name}: 2"
    assert news.link.url.endswith(f"/m/{mailbox.id}")
    assert members.waiting() == 0


def test_where_nothing_has_happened_nobody_looks(
    members: Members,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    transactions: list[list[bytes]],
) -> None:
    """One statement finds the organisations to look into: they may be many, and it asks every few seconds."""
    members.choose(case_worker, mailbox.id, Pace.AT_ONCE)
    members.told()
    transactions.clear()
    assert members.told() == []
    assert len(transactions) == 1
    in_work(members.platform, case_worker, audit.record, "case.viewed", uuid4())
    members.told()  # it was no message
    transactions.clear()
    assert members.told() == []
    assert len(transactions) == 1
    organisation.arrive("Nytt")
    assert len(members.told()) == 1


@pytest.mark.feature("E24")
def test_quiet_hours_hold_it_back(
    members: Members, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Until they end."""
    quiet = quiet_now()
    members.choose(case_worker, mailbox.id, Pace.AT_ONCE, quiet)
    organisation.arrive()
    assert members.told() == []
    assert members.waiting() == 1
    shown = in_work(members.platform, case_worker, choices.list_choices)
    assert shown.quiet == quiet


@pytest.mark.parametrize("change", ["binned", "left", "closed account", "deleted"])
def test_nobody_is_told_of_what_they_may_not_open_any_more(
    members: Members,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
    change: str,
) -> None:
    """It is forgotten."""
    members.choose(case_worker, mailbox.id, Pace.HOURLY)
    case_id = organisation.arrive()
    members.told()
    members.wait()
    if change == "binned":
        in_work(members.platform, colleague, actions.bin_case, case_id)
    elif change == "left":
        in_work(members.platform, organisation.system, mailboxes.remove_members, mailbox.id, [case_worker.id])
    elif change == "closed account":
        organisation.rows("UPDATE users SET active = false WHERE id = :id", id=case_worker.id)
    else:
        organisation.rows("UPDATE mailboxes SET deleted_at = now() WHERE id = :id", id=mailbox.id)
    assert members.told() == []
    assert members.waiting() == 0


@pytest.mark.feature("E22", "E24")
@pytest.mark.parametrize("pace", [Pace.AT_ONCE, Pace.HOURLY, Pace.MORNING])
@pytest.mark.parametrize("when", ["before it came", "while it waited"])
def test_of_a_restricted_case_only_those_are_told_who_are_named(
    members: Members,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
    pace: Pace,
    when: str,
) -> None:
    """The notice of a colleague neither names nor counts it, however long what is told is held back."""
    for person in (case_worker, colleague):
        members.choose(person, mailbox.id, pace)
    hidden = organisation.arrive(SECRET, conversation_id="samtal-1", mailbox_id=mailbox.id)
    if when == "before it came":
        organisation.rows("UPDATE member_news SET due_at = now()")
        members.told()
        members.wait()
        members.told()
    in_work(members.platform, case_worker, restrict, hidden, [case_worker.id], "Skyddade uppgifter")
    if when == "before it came":
        assert organisation.arrive("Svar", conversation_id="samtal-1", mailbox_id=mailbox.id) == hidden
    shown = organisation.arrive("Parkering")
    rung = members.told()
    members.wait()
    told = {news.user_id: news for news in [*rung, *members.told()]}
    assert told[colleague.id].case_ids == (shown,)
    assert told[colleague.id].subject == f"Nytt meddelande i {mailbox.name}"
    assert set(told[case_worker.id].case_ids) == {hidden, shown}
    assert members.waiting() == 0


def test_what_is_held_is_told_when_it_can_be_read(
    members: Members, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Not before its receipt has been handed over."""
    members.choose(case_worker, mailbox.id, Pace.AT_ONCE)
    receipt = ReceiptToSend(uuid4(), Address("fake", "region"), b"kvittens")
    organisation.arrive(receipt=receipt)
    assert members.told() == []
    assert members.waiting() == 1
    deliver_due(members.platform)
    assert len(members.told()) == 1


@pytest.mark.feature("E24")
def test_colleagues_are_told_as_chosen_for_the_own_inbox(
    members: Members,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Once for a thing, in one notice for several, and never the one who did it."""
    members.choose(colleague, colleague.personal_id, Pace.AT_ONCE)
    members.choose(case_worker, case_worker.personal_id, Pace.AT_ONCE)
    things = {uuid4(): organisation.arrive(), uuid4(): organisation.arrive()}
    everybody = [colleague.id, case_worker.id]
    for _ in range(2):
        in_work(members.platform, case_worker, tell_colleagues, everybody, NewsKind.MENTIONED, mailbox.id, things)
    (news,) = members.told()
    assert (news.user_id, news.kind) == (colleague.id, NewsKind.MENTIONED)
    assert news.subject == f"Du har nämnts i anteckningar i {mailbox.name}: 2"


@pytest.mark.feature("E24")
def test_a_host_whose_clock_is_ahead_tells_as_soon(
    members: Members, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """When it is due is by the clock of the database."""
    ahead, now = Sources(), datetime.now(ZONE) + timedelta(hours=1)
    ahead.now = lambda: now  # type: ignore[method-assign]
    members.choose(colleague, colleague.personal_id, Pace.AT_ONCE)
    things, box_id = {uuid4(): organisation.arrive()}, organisation.mailbox.id
    with sources.replaced(ahead):
        in_work(members.platform, case_worker, tell_colleagues, [colleague.id], NewsKind.MENTIONED, box_id, things)
    assert len(members.told()) == 1


def test_the_usual_pace_is_of_the_own_inbox_alone(
    members: Members, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, bell: Bell
) -> None:
    """Nobody is told of function mailboxes who has not chosen it."""
    bell.usual = Pace.AT_ONCE
    paces = in_work(
        members.platform, case_worker, choices.find_paces, case_worker.id, [mailbox.id, case_worker.personal_id]
    )
    assert paces == {mailbox.id: {"bell": Pace.OFF}, case_worker.personal_id: {"bell": Pace.AT_ONCE}}


def test_a_plugin_that_tells_of_the_inbox_itself_is_asked_for_the_rest(
    members: Members, organisation: SampleOrganisation, case_worker: SampleUser, bell: Bell
) -> None:
    """Not for what is told at once, and for what came in quiet hours."""
    bell.tells_inbox_itself = True
    own = mailboxes.personal_id(case_worker.id)
    members.choose(case_worker, own, Pace.AT_ONCE)
    organisation.arrive(mailbox_id=own)
    assert members.told() == []
    assert members.waiting() == 0
    members.choose(case_worker, own, Pace.AT_ONCE, quiet_now())
    organisation.arrive(mailbox_id=own)
    members.told()
    members.wait()
    (news,) = members.told()
    assert news.subject == "Nytt meddelande i din inkorg"


def test_a_way_that_fails_is_asked_again_and_holds_nobody_up(
    members: Members, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, bell: Bell
) -> None:
    """What it refuses is given up; what fails waits, and for no longer than a day."""
    for member in (case_worker, colleague):
        members.choose(member, organisation.mailbox.id, Pace.AT_ONCE)
    bell.failures = [Invalid("Nej."), RuntimeError("trasig")]
    organisation.arrive()
    with capture_logs() as logs:
        assert members.told() == []
    assert [entry["event"] for entry in logs if entry["event"].startswith("news.")] == ["news.refused", "news.failed"]
    assert members.waiting() == 1
    members.wait()
    assert len(members.told()) == 1
    bell.failures = [RuntimeError("trasig"), RuntimeError("trasig")]
    organisation.arrive()
    members.told()
    organisation.rows("UPDATE member_news SET due_at = now(), happened_at = now() - interval '25 hours'")
    bell.failures = [RuntimeError("trasig"), RuntimeError("trasig")]
    assert members.told() == []
    assert members.waiting() == 0


def test_choices_are_for_ones_own_mailboxes(
    members: Members, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """A foreign mailbox and an unknown way are not found; a change is in the event log."""
    foreign: list[Any] = [organisation.other_mailbox.id, colleague.personal_id, uuid4()]
    for mailbox_id in foreign:
        with pytest.raises(NotFound):
            members.choose(case_worker, mailbox_id, Pace.AT_ONCE)
    with pytest.raises(NotFound):
        in_work(
            members.platform,
            case_worker,
            choices.choose,
            {organisation.mailbox.id: {"horn": Pace.AT_ONCE}},
            None,
        )
    assert organisation.rows("SELECT FROM notice_choices") == []
    members.choose(case_worker, organisation.mailbox.id, Pace.MORNING)
    members.choose(case_worker, organisation.mailbox.id, Pace.MORNING)
    assert organisation.log_kinds().count("user.notices-chosen") == 1


def test_the_english_reader_is_told_in_english(
    members: Members, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """By the account's language."""
    organisation.rows("UPDATE users SET language = 'en' WHERE id = :id", id=case_worker.id)
    members.choose(replace(case_worker, language="en"), mailbox.id, Pace.AT_ONCE)
    organisation.arrive()
    (news,) = members.told()
    assert news.subject == f"New message in {mailbox.name}"
    assert telling.FOOTNOTE not in news.footnote


@pytest.mark.feature("E17", "E24")
def test_who_is_given_a_case_is_told(
    members: Members,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """As chosen for the own inbox, with the way to the case and no word of it; who takes one oneself is not told."""
    members.choose(colleague, colleague.personal_id, Pace.AT_ONCE)
    case_id, own = organisation.arrive(SECRET), organisation.arrive()
    in_work(members.platform, case_worker, assign, [case_id], colleague.id)
    in_work(members.platform, colleague, assign, [own], colleague.id)
    (news,) = members.told()
    assert (news.user_id, news.kind, news.case_ids) == (colleague.id, NewsKind.ASSIGNED, (case_id,))
    assert news.subject == f"Du har fått ett ärende i {mailbox.name}"
    assert SECRET not in str([news.subject, news.text, news.link, news.footnote])


@pytest.mark.feature("E24")
def test_what_colleagues_do_waits_for_the_end_of_quiet_hours(
    members: Members,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
) -> None:
    """As what comes does."""
    members.choose(colleague, colleague.personal_id, Pace.AT_ONCE, quiet_now())
    in_work(members.platform, case_worker, assign, [organisation.arrive()], colleague.id)
    assert members.told() == []
    assert members.waiting() == 1
    members.wait()
    assert [news.kind for news in members.told()] == [NewsKind.ASSIGNED]
