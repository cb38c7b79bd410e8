"""Reminders, the end of links, and the mails to registered users."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from tests.core.cases.member_news.test_member_news import quiet_now

from budkavle import Address, Draft, Loa, MailboxKind, UserActor
from budkavle.accounts import create_user
from budkavle.accounts.mailboxes import personal_id
from budkavle.cases import mailbox_counts
from budkavle.cases.member_news.choices import choose
from budkavle.deliveries.recall import recall
from budkavle.messaging import send
from budkavle.messaging.sending import retry
from budkavle.notices import Pace
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import deliver_due, do_job
from budkavle_email_link import jobs
from budkavle_email_link.receipts.bounces import Returns
from budkavle_email_link.tables import links, notices


def pass_days(email_link: Any, days: int) -> None:
    """Let days go by, as the table of links sees it."""
    for column in ("remind_at", "expires_at", "over_at"):
        email_link.organisation.rows(f"UPDATE email_link_links SET {column} = {column} - interval '{days} days'")


def due(email_link: Any) -> int:
    """Do what is due: the links, and the mails to registered users."""
    return sum(do_job(email_link.platform, name) for name in ("email_link.due", "outbox.notices.mail"))


@pytest.mark.feature("S1")
def test_two_reminders_and_no_more(email_link: Any, handler: Any) -> None:
    """Each with a name of its own, the same link, the standard text, and a row in the timeline."""
    message = email_link.write(open_text="Bara i det första mejlet")
    assert due(email_link) == 0
    for _ in range(4):
        pass_days(email_link, 7)
        due(email_link)
    first, *reminders = handler.got
    assert len(reminders) == 2
    for mail in reminders:
        assert mail.message["Subject"] == "Påminnelse: Håbo kommun har skickat dig ett säkert meddelande"
        assert "Bara i det första mejlet" not in mail.body("plain")
        assert mail.body("plain").split("/l/")[1].split()[0] == first.body("plain").split("/l/")[1].split()[0]
        assert mail.sender == first.sender
    assert len({mail.message["Message-ID"] for mail in handler.got}) == 3
    assert email_link.organisation.timeline(message.id).count("REMINDED") == 2


def test_no_reminder_once_it_is_opened(email_link: Any, handler: Any, reader: Callable[..., Any]) -> None:
    """Who has read it is left in peace."""
    email_link.write()
    reader().open()
    pass_days(email_link, 7)
    due(email_link)
    assert len(handler.got) == 1
    assert due(email_link) == 0


def test_no_reminder_of_what_is_recalled_or_refused(email_link: Any, handler: Any) -> None:
    """Neither of a recalled message nor to an address that does not exist."""
    one, other = email_link.write(), email_link.write()
    in_work(email_link.platform, email_link.anna, recall, email_link.delivery(one).id)
    raw = (
        f"To: {handler.got[1].sender}\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example\n\nAction: failed\nStatus: 5.1.1\n"
    )
    assert Returns(email_link.host).take(raw.encode())
    assert email_link.delivery(other).state == "SEND_FAILURE"
    pass_days(email_link, 7)
    due(email_link)
    assert len(handler.got) == 2


def test_a_reminder_that_cannot_be_sent_waits(email_link: Any, handler: Any) -> None:
    """A mail server that is busy costs no reminder."""
    message = email_link.write()
    pass_days(email_link, 7)
    handler.answers["MAIL"] = ["451 later"]
    assert due(email_link) == 1
    assert due(email_link) == 0
    email_link.organisation.rows("UPDATE email_link_links SET remind_at = now()")
    due(email_link)
    assert len(handler.got) == 2
    assert email_link.organisation.timeline(message.id).count("REMINDED") == 1


def test_a_reminder_that_meets_an_error_waits(email_link: Any, handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a key for signing mails that cannot be read: once it is mended, the reminder is sent."""

    def breaks(self: object, *mail: object) -> None:
        raise ValueError("no key")

    message = email_link.write()
    pass_days(email_link, 7)
    with monkeypatch.context() as patch:
        patch.setattr("budkavle_email_link.mail.sender.Post.send", breaks)
        assert due(email_link) == 1
    assert due(email_link) == 0
    for _ in range(2):
        email_link.organisation.rows("UPDATE email_link_links SET remind_at = now() WHERE remind_at IS NOT NULL")
        due(email_link)
    assert email_link.organisation.timeline(message.id).count("REMINDED") == 2


def test_a_link_that_cannot_be_read_does_not_hold_the_others_up(email_link: Any, handler: Any) -> None:
    """A row that has been damaged in the store: the reminders of all others go."""
    damaged, other = email_link.write(), email_link.write()
    email_link.organisation.rows(
        f"UPDATE email_link_links SET sealed = 'x' WHERE delivery_id = '{email_link.delivery(damaged).id}'"
    )
    email_link.organisation.rows("UPDATE email_link_links SET remind_at = now() - interval '1 day' WHERE sealed = 'x'")
    email_link.organisation.rows("UPDATE email_link_links SET remind_at = now() WHERE sealed <> 'x'")
    due(email_link)
    assert "REMINDED" in email_link.organisation.timeline(other.id)
    assert "REMINDED" not in email_link.organisation.timeline(damaged.id)


def test_what_is_due_where_an_organisation_was_before_it_moved_does_not_hold_the_others_up(
    email_link: Any, handler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows stay here for a while, and nobody does them: they take no place among those that are looked at."""
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    moved, kisa = email_link.organisation, SampleOrganisation.create(email_link.platform, "Kisa")
    other = type(email_link)(kisa, kisa.add_user("Bo Ek", email="bo@kisa.example").at(Loa.THREE))
    there, here = email_link.write(), other.write()
    pass_days(email_link, 8)
    pass_days(other, 7)
    moved.rows("UPDATE organisations SET state = 'moved' WHERE id = :id", id=moved.id)
    due(email_link)
    assert "REMINDED" in kisa.timeline(here.id)
    pass_days(email_link, 60)
    pass_days(other, 50)
    due(email_link)
    assert "EXPIRED" in kisa.timeline(here.id)
    assert {"REMINDED", "EXPIRED"}.isdisjoint(moved.timeline(there.id))


@pytest.mark.parametrize("none", [{"remind_days": 0}, {"reminders": 0}], ids=["0 days", "0 reminders"])
def test_no_reminders_where_the_settings_say_so(
    open_email_link: Callable[..., Any], mail_server: Any, handler: Any, none: dict[str, int]
) -> None:
    """0 days, or 0 reminders."""
    email_link = open_email_link(host=mail_server[0], port=mail_server[1], **none)
    email_link.write()
    pass_days(email_link, 20)
    assert due(email_link) == 0
    assert len(handler.got) == 1


@pytest.mark.feature("S25")
def test_an_unopened_link_ends_under_what_needs_doing(
    email_link: Any, handler: Any, reader: Callable[..., Any]
) -> None:
    """The sender reads that nobody opened it and what to do; "försök igen" mails the same link with new time."""
    message = email_link.write()
    pass_days(email_link, 31)
    due(email_link)
    row = email_link.delivery(message)
    assert row.state == "SEND_FAILURE"
    assert "utan att meddelandet hade öppnats" in row.failure
    assert "EXPIRED" in email_link.organisation.timeline(message.id)
    assert due(email_link) == 0
    maria = reader()
    assert maria.get().status_code == 410
    in_work(email_link.platform, email_link.anna, retry, row.id)
    deliver_due(email_link.platform)
    assert email_link.delivery(message).state == "WAITING_FOR_RECEIPT"
    assert handler.got[0].body("plain").split("/l/")[1].split()[0] == maria.token
    assert maria.get().status_code == 200


def test_an_opened_link_ends_in_silence(email_link: Any, handler: Any, reader: Callable[..., Any]) -> None:
    """It has done what it was for."""
    message = email_link.write()
    maria = reader()
    maria.open()
    pass_days(email_link, 31)
    due(email_link)
    assert email_link.delivery(message).state == "ACKNOWLEDGED"
    assert "Länken har gått ut" in maria.get().text


def test_old_links_are_forgotten(email_link: Any, handler: Any, reader: Callable[..., Any]) -> None:
    """With the addresses in them; then the link is as unknown as any."""
    email_link.write()
    pass_days(email_link, 31)
    due(email_link)
    assert do_job(email_link.platform, "email_link.sweep") == 0
    pass_days(email_link, 90)
    assert do_job(email_link.platform, "email_link.sweep") == 1
    assert reader().get().status_code == 404


@pytest.fixture
def bo(email_link: Any) -> Any:
    """A registered user, with his mailbox."""
    system = system_actor(email_link.organisation.id, "Provaren")
    user = in_work(
        email_link.platform, system, create_user, email="bo@habo.example", name="Bo Ek", password="tolv tecken minst"
    )
    actor = UserActor(email_link.organisation.id, user.id, user.name, user.role, Loa.TWO)
    (box,) = [
        one.mailbox
        for one in in_work(email_link.platform, actor, mailbox_counts)
        if one.mailbox.kind is MailboxKind.PERSONAL
    ]
    return actor, box


def to_account(email_link: Any, box: Any, subject: str = "Hemlig rubrik") -> Any:
    """Send Bo a secure message."""
    recipient = Address("local", str(box.id), "Bo Ek", "Håbo kommun", str(email_link.organisation.id))
    message = in_work(
        email_link.platform,
        email_link.anna,
        send,
        email_link.anna.personal_id,
        Draft((recipient,), subject, "Hemlig text", loa=Loa.ONE),
    )
    deliver_due(email_link.platform)
    return message


@pytest.mark.feature("S1")
def test_a_registered_user_is_told(email_link: Any, handler: Any, bo: Any) -> None:
    """A mail without content, once; the sender sees that it has been sent."""
    message = to_account(email_link, bo[1])
    assert email_link.delivery(message).notified_at is None
    assert due(email_link) == 1
    (got,) = handler.got
    assert got.recipients == ["bo@habo.example"]
    assert got.message["Subject"] == "Du har fått ett säkert meddelande"
    whole = got.raw.decode() + got.body("plain") + got.body("html")
    assert "Hemlig" not in whole
    assert "Anna" not in whole
    assert "https://meddelande.habo.example/" in got.body("plain")
    assert email_link.delivery(message).notified_at is not None
    assert due(email_link) == 0


@pytest.mark.feature("S2")
def test_who_wants_no_mail_gets_none(email_link: Any, handler: Any, bo: Any) -> None:
    """What is chosen for the own inbox, and the setting for all."""
    own = personal_id(bo[0].user_id)
    in_work(email_link.platform, bo[0], choose, {own: {"mail": Pace.OFF}}, None)
    message = to_account(email_link, bo[1])
    assert due(email_link) == 0
    assert handler.got == []
    assert email_link.delivery(message).notified_at is None


@pytest.mark.feature("E24")
def test_what_came_to_the_inbox_in_quiet_hours_is_told_after_them(email_link: Any, handler: Any, bo: Any) -> None:
    """Once, by the job for members, and at once again where there are none."""
    own = personal_id(bo[0].user_id)
    in_work(email_link.platform, bo[0], choose, {own: {"mail": Pace.AT_ONCE}}, quiet_now())
    to_account(email_link, bo[1])
    do_job(email_link.platform, "core.member-news")
    assert due(email_link) == 0
    with email_link.platform.database.transaction(email_link.organisation.id) as connection:
        connection.execute(text("UPDATE member_news SET due_at = now()"))
    do_job(email_link.platform, "core.member-news")
    assert due(email_link) == 1
    (got,) = handler.got
    assert got.message["Subject"] == "Nytt meddelande i din inkorg"
    assert "Hemlig" not in got.raw.decode() + got.body("plain")
    in_work(email_link.platform, bo[0], choose, {own: {"mail": Pace.AT_ONCE}}, None)
    to_account(email_link, bo[1])
    assert due(email_link) == 1
    do_job(email_link.platform, "core.member-news")
    assert due(email_link) == 0


def test_a_mail_to_a_user_that_cannot_be_sent_waits(email_link: Any, handler: Any, bo: Any) -> None:
    """And is given up after some tries."""
    to_account(email_link, bo[1])
    handler.answers["MAIL"] = ["451 later"] * 20
    assert due(email_link) == 1
    assert due(email_link) == 0
    for _ in range(12):
        email_link.organisation.rows("UPDATE outbox SET due_at = now()")
        due(email_link)
    assert [row.state for row in email_link.organisation.rows("SELECT state FROM outbox")] == ["PARKED"]
    assert handler.got == []


def test_a_mail_that_is_refused_for_good_is_not_tried_again(email_link: Any, handler: Any, bo: Any) -> None:
    """Nobody can do anything about it here: nothing waits, and nothing is parked."""
    to_account(email_link, bo[1])
    handler.answers["MAIL"] = ["550 never"]
    assert due(email_link) == 1
    assert email_link.organisation.rows("SELECT * FROM outbox") == []
    assert handler.got == []


def test_what_an_older_version_has_queued_is_sent(email_link: Any, handler: Any, bo: Any) -> None:
    """Its tables are emptied into the core's outboxes, each entry once."""
    to_account(email_link, bo[1])
    (queued,) = email_link.organisation.rows("DELETE FROM notices RETURNING about")
    email_link.organisation.rows("DELETE FROM outbox")
    facts = {"o": email_link.organisation.id, "message": queued.about, "user": bo[0].user_id}
    email_link.organisation.rows("INSERT INTO email_link_notices VALUES (:o, :message, now(), 3) RETURNING 1", **facts)
    email_link.organisation.rows(
        "INSERT INTO email_link_accounts VALUES (:o, gen_random_uuid(), :user, 'role-changed', now(), now(), 0)"
        " RETURNING 1",
        **facts,
    )
    assert do_job(email_link.platform, "email_link.carry-over") == 2
    assert do_job(email_link.platform, "email_link.carry-over") == 0
    assert due(email_link) == 2
    assert sorted(got.message["Subject"] for got in handler.got) == [
        "Du har fått ett säkert meddelande",
        "En administratör har ändrat din roll",
    ]
    assert (
        email_link.organisation.rows("SELECT 1 FROM email_link_notices UNION ALL SELECT 1 FROM email_link_accounts")
        == []
    )


def test_a_message_to_a_link_is_no_notice_to_a_user(email_link: Any, handler: Any) -> None:
    """Only personal inboxes are told of; an answer in a case is seen there."""
    email_link.write()
    assert email_link.organisation.rows("SELECT * FROM outbox") == []


def test_the_tables_are_the_migrations(email_link: Any) -> None:
    """What the code thinks of the tables, and what they are."""
    for table in (links, notices):
        found = email_link.organisation.rows(
            "SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = :name", name=table.name
        )
        assert {(row.column_name, row.is_nullable == "YES") for row in found} == {
            (column.name, bool(column.nullable)) for column in table.columns
        }


def test_what_was_recalled_before_its_mail_had_gone_is_not_told_of(email_link: Any, handler: Any, bo: Any) -> None:
    """The mail server was busy meanwhile; the notice is withdrawn, and nothing waits."""
    message = to_account(email_link, bo[1])
    handler.answers["MAIL"] = ["451 later"]
    due(email_link)
    in_work(email_link.platform, email_link.anna, recall, email_link.delivery(message).id)
    email_link.organisation.rows("UPDATE outbox SET due_at = now()")
    due(email_link)
    assert handler.got == []
    assert [row.state for row in email_link.organisation.rows("SELECT state FROM notices")] == ["WITHDRAWN"]
    assert email_link.organisation.rows("SELECT * FROM outbox") == []
    assert email_link.delivery(message).notified_at is None
