"""Notices: asked for in a unit of work, sent by the kind's notifier, and heard of by whoever asked."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock
from uuid import uuid4

import pytest

from budkavle.model.errors import Invalid, NotYet, Permanent, Temporary, Unresponsive
from budkavle.model.notices import CalendarEvent, Notice, NoticeKind, NoticeLink
from budkavle.model.people import SystemActor
from budkavle.model.states import NoticeState
from budkavle.notices import (
    count_failed_notices,
    find_notice,
    find_notices,
    list_notices,
    notice_kinds,
    notify,
    report_notice,
)
from budkavle.operations import notice_sending
from budkavle.plugins.protocols.notifier import NotifierTraits
from budkavle.storage import outbox
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeNotifier
from budkavle.testing.working import do_job

Pushes = Any  # of conftest.py, which cannot be imported
SECRET = "Duvan har landat."
REFUSED = "Prenumerationen ska ha en adress som börjar med https://."


def state(pushes: Pushes, notice_id: Any) -> tuple[NoticeState, str] | None:
    """Where a notice is, and why."""
    status = in_work(pushes.platform, pushes.organisation.system, find_notice, notice_id)
    return (status.state, status.failure) if status else None


@pytest.mark.feature("PL2")
def test_a_notice_is_sent_and_told_of(pushes: Pushes) -> None:
    """The notifier gets what was asked for; whoever asked hears of it by notice_changed, or reads it by its thing."""
    about = uuid4()
    asked = pushes.ask(subject="Duva", about=about, language="en", link=NoticeLink("Visa", "https://habo.example/d"))
    assert state(pushes, asked) == (NoticeState.WAITING, "")
    assert pushes.changes == []
    assert pushes.work_off() == 1
    (attempt,) = pushes.notifier.sent
    assert (attempt.organisation_id, attempt.number, attempt.is_unsure) == (pushes.organisation.id, 1, False)
    notice = attempt.notice
    assert (notice.id, notice.subject, notice.text, notice.language) == (asked, "Duva", SECRET, "en")
    assert notice.link == NoticeLink("Visa", "https://habo.example/d")
    (status,) = pushes.changes
    assert (status.id, status.topic, status.about, status.state) == (asked, "fake.landed", about, NoticeState.SENT)
    assert in_work(pushes.platform, pushes.organisation.system, find_notices, "fake.landed", [about, uuid4()]) == [
        status
    ]
    assert in_work(pushes.platform, pushes.organisation.system, find_notices, "fake.lost", [about]) == []
    assert pushes.work_off() == 0


def test_nothing_of_it_lies_in_clear(pushes: Pushes) -> None:
    """Neither address nor text; and once it is sent the text is not there at all."""

    def rows() -> str:
        return repr(pushes.organisation.rows("SELECT n::text FROM notices n UNION ALL SELECT o::text FROM outbox o"))

    pushes.ask()
    assert "push.example" not in rows()
    (stored,) = in_work(pushes.platform, pushes.organisation.system, list_notices, NoticeKind.PUSH)
    assert (stored.notice.address, stored.notice.text) == ("https://push.example/maria", SECRET)
    pushes.work_off()
    (stored,) = in_work(pushes.platform, pushes.organisation.system, list_notices, NoticeKind.PUSH)
    assert (stored.notice.address, stored.notice.text, stored.notice.subject) == ("https://push.example/maria", "", "")
    assert "push.example" not in rows()


def test_a_notifier_of_development_keeps_the_text(open_pushes: Callable[..., Pushes]) -> None:
    """Sealed, for administrators to read."""
    pushes = open_pushes(FakeNotifier(traits=NotifierTraits(keeps_text=True)))
    pushes.ask()
    pushes.work_off()
    (stored,) = in_work(pushes.platform, pushes.organisation.system, list_notices, NoticeKind.PUSH)
    assert stored.notice.text == SECRET


@pytest.mark.feature("PL2")
def test_nothing_is_told_before_the_commit(pushes: Pushes) -> None:
    """What is rolled back was never asked for."""

    def fail() -> None:
        with pushes.platform.work(pushes.organisation.system) as work:
            assert notify(work, Notice(NoticeKind.PUSH, "https://push.example/x", "fake.landed"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert pushes.work_off() == 0
    assert pushes.organisation.rows("SELECT id FROM notices") == []


@pytest.mark.parametrize("kind", [NoticeKind.MAIL, NoticeKind.SMS])
def test_what_nobody_sends_is_refused_at_once(pushes: Pushes, kind: NoticeKind) -> None:
    """Before anything is stored, in a sentence; whoever offers a choice can ask first."""
    assert notice_kinds(pushes.platform) == {NoticeKind.PUSH}
    with pytest.raises(Invalid, match="inget tillägg"):
        in_work(
            pushes.platform, pushes.organisation.system, notify, Notice(kind, "maria@exempel.example", "fake.landed")
        )
    assert pushes.organisation.rows("SELECT 1 FROM notices UNION ALL SELECT 1 FROM outbox") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "mailto:maria"},
        {"subject": "Rad ett\nBcc: alla@exempel.example"},
        {"link": NoticeLink("Visa", "javascript:alert(1)")},
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(pushes: Pushes, wrong: dict[str, Any]) -> None:
    """By the notifier's own judgement of the address, and by what holds for all."""
    with pytest.raises(Invalid) as refused:
        pushes.ask(**wrong)
    assert "maria" not in str(refused.value)
    assert pushes.organisation.rows("SELECT 1 FROM notices UNION ALL SELECT 1 FROM outbox") == []


@pytest.mark.feature("PL2")
@pytest.mark.parametrize("broken", [ValueError("hemligt"), Unresponsive("Svarar inte.", asked=False)])
def test_a_check_that_breaks_stops_nobody(pushes: Pushes, monkeypatch: Any, broken: Exception) -> None:
    """Whoever asks goes on, however often it breaks. The notifier judges before it sends, once it can."""
    check = Mock(side_effect=broken)
    with monkeypatch.context() as patch:
        patch.setattr(pushes.notifier, "check", check)
        asked = [pushes.ask(address=address) for address in ["mailto:maria", *["https://push.example/maria"] * 14]]
        assert check.call_count == (12 if isinstance(broken, ValueError) else 15)  # then it is paused
    pushes.work_off()
    assert state(pushes, asked[0]) == (NoticeState.FAILED, REFUSED)
    assert {attempt.notice.id for attempt in pushes.notifier.sent} == set(asked[1:])


def test_a_notice_of_a_key_is_sent_once(pushes: Pushes) -> None:
    """Also long after the first has been sent; another topic has keys of its own."""
    assert pushes.ask(key="1")
    assert pushes.ask(key="1") is None
    pushes.work_off()
    assert pushes.ask(key="1") is None
    assert pushes.ask("fake.lost", key="1")
    assert [pushes.ask(), pushes.ask()] != [None, None]
    pushes.work_off()
    assert len(pushes.notifier.sent) == 4


@pytest.mark.parametrize("error", [Temporary("Tjänsten svarar inte."), ValueError("hemligt")])
def test_what_fails_is_tried_again_and_then_parked(pushes: Pushes, error: Exception) -> None:
    """Whoever asked hears of it when it is given up; when an administrator lets it be tried anew, it is sent."""
    asked = pushes.ask()
    pushes.notifier.failures = [error] * 3
    for _ in range(3):
        assert pushes.work_off() == 1
        assert state(pushes, asked)[0] is (NoticeState.WAITING if pushes.notifier.failures else NoticeState.PARKED)
        pushes.make_due()
    (status,) = pushes.changes
    assert (status.state, "hemligt" in status.failure) == (NoticeState.PARKED, False)
    assert status.failure
    since = datetime.now(UTC) - timedelta(hours=1)
    assert in_work(pushes.platform, pushes.organisation.system, count_failed_notices, NoticeKind.PUSH, since) == 1
    assert pushes.work_off() == 0
    assert outbox.retry_parked(pushes.platform.database, pushes.organisation.id, "notices.push") == 1
    assert pushes.work_off() == 1
    assert state(pushes, asked) == (NoticeState.SENT, "")
    assert [attempt.notice.text for attempt in pushes.notifier.sent] == [SECRET]


def test_why_a_try_failed_is_seen_while_it_waits(pushes: Pushes) -> None:
    """An administrator need not wait until it is given up."""
    asked = pushes.ask()
    pushes.notifier.failures = [Temporary("Tjänsten svarar inte."), NotYet("Inte än.", pause=timedelta(minutes=1))]
    pushes.work_off()
    assert state(pushes, asked) == (NoticeState.WAITING, "Tjänsten svarar inte.")
    pushes.make_due()
    pushes.work_off()
    assert state(pushes, asked) == (NoticeState.WAITING, "Inte än.")
    pushes.make_due()
    pushes.work_off()
    assert state(pushes, asked) == (NoticeState.SENT, "")


def test_what_can_never_be_sent_is_told_and_nothing_is_parked(pushes: Pushes) -> None:
    """Nobody who runs the installation can do anything about somebody's wrong address."""
    asked = pushes.ask()
    pushes.notifier.failures = [Permanent("Prenumerationen finns inte längre.")]
    pushes.work_off()
    assert state(pushes, asked) == (NoticeState.FAILED, "Prenumerationen finns inte längre.")
    assert [status.state for status in pushes.changes] == [NoticeState.FAILED]
    assert pushes.organisation.rows("SELECT id FROM outbox") == []


def test_what_is_too_late_is_not_sent(pushes: Pushes) -> None:
    """Its time is up before it could be sent."""
    asked = pushes.ask(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    pushes.work_off()
    assert state(pushes, asked) == (NoticeState.FAILED, notice_sending.TOO_LATE)
    in_time = pushes.ask(expires_at=datetime.now(UTC) + timedelta(minutes=1))
    pushes.work_off()
    assert [attempt.notice.id for attempt in pushes.notifier.sent] == [in_time]


def test_who_asked_may_withdraw_it_before_it_is_sent(pushes: Pushes) -> None:
    """Its hook notice_due is asked right before each try; None and True let it go."""
    pushes.due |= {"fake.cancelled": False, "fake.landed": None, "fake.still": True}
    asked = [pushes.ask(topic) for topic in ("fake.cancelled", "fake.landed", "fake.still")]
    pushes.work_off()
    assert [attempt.notice.topic for attempt in pushes.notifier.sent] == ["fake.landed", "fake.still"]
    assert state(pushes, asked[0]) == (NoticeState.WITHDRAWN, "")
    assert pushes.organisation.rows("SELECT id FROM outbox") == []


def test_urgent_ones_overtake_the_others(pushes: Pushes) -> None:
    """They have an outbox of their own, so that a thousand others do not hold them up."""
    pushes.ask()
    urgent = pushes.ask(is_urgent=True)
    assert pushes.work_off(urgent=True) == 1
    assert [attempt.notice.id for attempt in pushes.notifier.sent] == [urgent]
    assert pushes.work_off() == 1


def test_as_many_are_sent_at_once_as_the_notifier_takes(open_pushes: Callable[..., Pushes]) -> None:
    """Each in a thread of its own: they wait for each other here."""
    together = threading.Barrier(3, timeout=20)

    class Slow(FakeNotifier):
        def send(self, attempt: Any) -> NoticeState:
            together.wait()
            return super().send(attempt)

    pushes = open_pushes(Slow(traits=NotifierTraits(at_once=3)))
    for _ in range(3):
        pushes.ask()
    assert pushes.work_off() == 3
    assert len(pushes.notifier.sent) == 3


def test_a_report_may_overtake_the_answer(pushes: Pushes) -> None:
    """What has come through stays so, whatever the worker then writes; it is told of once."""
    asked = pushes.ask()
    send = pushes.notifier.send

    def report_first(attempt: Any) -> NoticeState:
        assert in_work(pushes.platform, pushes.organisation.system, report_notice, asked, NoticeState.DELIVERED)
        return send(attempt)

    pushes.notifier.send = report_first
    pushes.work_off()
    assert state(pushes, asked) == (NoticeState.DELIVERED, "")
    assert not in_work(
        pushes.platform, pushes.organisation.system, report_notice, asked, NoticeState.FAILED, "för sent"
    )
    assert [status.state for status in pushes.changes] == [NoticeState.DELIVERED]


def test_a_report_follows_what_was_sent(pushes: Pushes) -> None:
    """Once; one of nobody's notice changes nothing."""
    asked = pushes.ask()
    pushes.work_off()
    assert in_work(
        pushes.platform, pushes.organisation.system, report_notice, asked, NoticeState.FAILED, "Den kom tillbaka."
    )
    assert not in_work(
        pushes.platform, pushes.organisation.system, report_notice, asked, NoticeState.FAILED, "Den kom tillbaka."
    )
    assert not in_work(pushes.platform, pushes.organisation.system, report_notice, uuid4(), NoticeState.FAILED)
    assert [(status.state, status.failure) for status in pushes.changes] == [
        (NoticeState.SENT, ""),
        (NoticeState.FAILED, "Den kom tillbaka."),
    ]


def test_a_worker_that_ends_in_the_middle_loses_nothing(pushes: Pushes) -> None:
    """Another one sends it, and knows that it may have been sent; one that was stored as sent is not sent again."""
    asked = pushes.ask()
    database, vault = pushes.platform.database, pushes.platform.vault
    outbox.claim(database, vault, "notices.push", 5, timedelta(minutes=1))
    pushes.make_due()
    pushes.work_off()
    assert [attempt.is_unsure for attempt in pushes.notifier.sent] == [True]
    again = pushes.ask()
    outbox.claim(database, vault, "notices.push", 5, timedelta(minutes=1))
    in_work(pushes.platform, pushes.organisation.system, report_notice, again, NoticeState.SENT)
    pushes.make_due()
    pushes.work_off()
    assert [attempt.notice.id for attempt in pushes.notifier.sent] == [asked]
    assert pushes.organisation.rows("SELECT id FROM outbox") == []


def test_a_strange_answer_is_the_notifiers_fault(pushes: Pushes) -> None:
    """It counts as a try, and the state does not change."""
    asked = pushes.ask()
    pushes.notifier.answer = NoticeState.WITHDRAWN
    pushes.work_off()
    assert state(pushes, asked)[0] is NoticeState.WAITING


def test_old_ones_are_forgotten(open_pushes: Callable[..., Pushes]) -> None:
    """After the notifier's own time; what waits stays, however old it is."""
    pushes = open_pushes(FakeNotifier(traits=NotifierTraits(kept=timedelta(days=3))))
    sent = pushes.ask()
    pushes.work_off()
    waiting = pushes.ask()
    assert do_job(pushes.platform, "core.notices") == 0
    pushes.organisation.rows("UPDATE notices SET changed_at = changed_at - interval '4 days'")
    assert do_job(pushes.platform, "core.notices") == 1
    assert state(pushes, sent) is None
    assert state(pushes, waiting) is not None


def test_each_organisation_has_its_own(pushes: Pushes) -> None:
    """Row-level security, beside the filters: another one sees, counts and changes nothing."""
    asked = pushes.ask(about=(about := uuid4()))
    elsewhere = replace(SystemActor(uuid4(), "Provaren"), scopes=pushes.organisation.system.scopes)
    with pushes.platform.work(elsewhere) as work:
        assert find_notice(work, asked) is None
        assert find_notices(work, "fake.landed", [about]) == []
        assert list_notices(work, NoticeKind.PUSH) == []
        assert not report_notice(work, asked, NoticeState.FAILED)
    assert len(pushes.organisation.rows("SELECT id FROM notices")) == 1


def test_nothing_of_it_is_logged_or_shown(pushes: Pushes, caplog: Any, capsys: Any) -> None:
    """Whatever goes wrong."""
    with caplog.at_level(logging.DEBUG):
        pushes.ask()
        pushes.notifier.failures = [RuntimeError(SECRET), Temporary("Upptaget."), Permanent("Nej.")]
        for _ in range(3):
            pushes.make_due()
            pushes.work_off()
    said = caplog.text + "".join(capsys.readouterr()) + repr(pushes.changes)
    assert not [word for word in (SECRET, "push.example") if word in said]
    notice = Notice(NoticeKind.PUSH, "https://push.example/x", "fake.landed", "Rubrik", SECRET)
    assert not [word for word in (SECRET, "push.example", "Rubrik") if word in repr(notice)]


def test_the_first_plugin_of_a_kind_is_asked(open_pushes: Callable[..., Pushes]) -> None:
    """In the order of `enabled`; two of one name stop the start."""
    first, second = FakeNotifier(), FakeNotifier(name="other")
    pushes = open_pushes(first, second)
    pushes.ask()
    pushes.work_off()
    assert (len(first.sent), len(second.sent)) == (1, 0)
    with pytest.raises(Exception, match="redan taget"):
        open_pushes(FakeNotifier(), FakeNotifier())


def test_what_is_wrong_is_told_where_it_is_made() -> None:
    """The author's own line is in sight."""
    begin = datetime(2026, 12, 1, 9, tzinfo=UTC)
    with pytest.raises(ValueError, match="expires_at"):
        Notice(NoticeKind.SMS, "+46701234512", "fake.landed", expires_at=begin.replace(tzinfo=None))
    for topic in ("landed", ".landed", "fake."):
        with pytest.raises(ValueError, match="topic"):
            Notice(NoticeKind.SMS, "+46701234512", topic)
    with pytest.raises(ValueError, match="time zone"):
        CalendarEvent("1@habo.example", begin.replace(tzinfo=None), begin, "Möte")
    with pytest.raises(ValueError, match="later"):
        CalendarEvent("1@habo.example", begin, begin, "Möte")
