"""Mails to users with an account about changes of it; their bounces are handled like those of guests' mails."""

import re
from typing import Any

import pytest

from budkavle import Actor, Address, Draft, Loa, UserActor
from budkavle.accounts import find_user
from budkavle.accounts.core_settings import SignInSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.accounts.users import create_user, set_password, update_user
from budkavle.identification import NewIdentity, administration, link_identity, linked_identities, sessions
from budkavle.identification.account_secrets import GuessOrigin, check_password
from budkavle.identification.browser_proof import Shown
from budkavle.identification.identities import unlink
from budkavle.identification.outcome import SignedIn
from budkavle.messaging import send
from budkavle.model.errors import Copied, NotSignedIn
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import deliver_due, do_job
from budkavle_email_link.receipts import account_bounces
from budkavle_email_link.receipts.bounces import Returns

OLD, NEW = "en lång mening om vintern", "en lång mening om sommaren"
REPORT = """\
Return-Path: <>
Delivered-To: {to}
To: {to}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; bo@habo.example
Action: failed
Status: 5.1.1

--b--
"""


@pytest.fixture
def bo(email_link: Any) -> Actor:
    """Somebody with an account beside Anna."""
    admin = system_actor(email_link.organisation.id)
    user = in_work(email_link.platform, admin, create_user, email="bo@habo.example", name="Bo Ek", password=OLD)
    return UserActor(email_link.organisation.id, user.id, user.name)


def change_password(email_link: Any, whose: Actor, old: str = OLD) -> None:
    assert whose.user_id
    in_work(email_link.platform, whose, set_password, whose.user_id, NEW, old=old)


def due(email_link: Any) -> None:
    do_job(email_link.platform, "outbox.notices.mail")


def test_a_user_is_told_how_the_account_changed(email_link: Any, handler: Any, bo: Actor) -> None:
    """A method added, a method removed, the password changed: a mail each, in the user's language, without secrets."""
    in_work(email_link.platform, bo, link_identity, NewIdentity("bankid", "199001012385", "BankID"))
    (one,) = in_work(email_link.platform, bo, linked_identities)
    in_work(email_link.platform, bo, unlink, one.id)
    change_password(email_link, bo)
    due(email_link)
    due(email_link)
    subjects = [got.message["Subject"] for got in handler.got]
    assert sorted(subjects) == [
        "Ett nytt sätt att logga in på ditt konto",
        "Ett sätt att logga in är borttaget från ditt konto",
        "Lösenordet till ditt konto är bytt",
    ]
    assert {tuple(got.recipients) for got in handler.got} == {("bo@habo.example",)}
    for got in handler.got:
        assert "Var det inte du?" in got.body("plain")
        assert "/account/methods" in got.body("plain")
        assert re.search(r"hände den \d+ \w+ \d{4} \d\d\.\d\d\.", got.body("plain")), "time as the pages write it"
        assert not {"199001012385", NEW, OLD} & set(got.raw.decode().split())
    assert len({got.sender for got in handler.got}) == 3, "each mail has its own address for bounces"


def test_a_user_is_told_that_somebody_has_guessed_too_often(email_link: Any, handler: Any, bo: Actor) -> None:
    """One mail that says that nobody came in, and neither from where nor what was tried."""
    for _ in range(8):
        check_password(email_link.platform, "bo@habo.example", "fel lösenord här", GuessOrigin("192.0.2.1"))
    for _ in range(2):
        do_job(email_link.platform, "core.wrong-tries")
        due(email_link)
    (got,) = handler.got
    assert got.message["Subject"] == "Någon har försökt logga in på ditt konto"
    assert got.recipients == ["bo@habo.example"]
    assert "Försöken nekades" in got.body("plain")
    assert "192.0.2" not in got.body("plain")


@pytest.mark.feature("ZS3")
def test_a_user_is_told_once_that_a_session_was_copied(email_link: Any, handler: Any, bo: Actor) -> None:
    """One mail for each session that was used in two browsers, however often the copy is tried again."""
    assert bo.user_id
    user = in_work(email_link.platform, system_actor(email_link.organisation.id), find_user, bo.user_id)
    cookie = sessions.start(email_link.platform, SignedIn(user, Loa.TWO, "test", "/"))
    _, proof = sessions.find_bound(email_link.platform, cookie, Shown(""))
    sessions.find_bound(email_link.platform, cookie, Shown(proof))
    email_link.organisation.rows("UPDATE sessions SET proof_shown_at = proof_shown_at - interval '1 hour'")
    for error in (Copied, NotSignedIn):
        with pytest.raises(error):
            sessions.find_bound(email_link.platform, cookie, Shown("a proof from before"))
        due(email_link)
    (got,) = handler.got
    assert got.message["Subject"] == "Din inloggning användes i två webbläsare"
    assert got.recipients == ["bo@habo.example"]
    assert "Den avslutades i båda" in got.body("plain")
    sessions.end(email_link.platform, sessions.start(email_link.platform, SignedIn(user, Loa.TWO, "test", "/")))
    due(email_link)
    assert len(handler.got) == 1, "signing out is told to nobody"


def test_a_user_is_told_what_an_administrator_has_done(email_link: Any, handler: Any, bo: Actor) -> None:
    """The number that was entered and confirmed, a one-time password, another role; and never the password itself."""
    assert bo.user_id
    system = system_actor(email_link.organisation.id)
    in_work(
        email_link.platform,
        system,
        link_identity,
        NewIdentity("personnummer", "199001012385", "Personnummer"),
        user_id=bo.user_id,
    )
    (one,) = in_work(email_link.platform, bo, linked_identities)
    in_work(email_link.platform, system, administration.confirm, bo.user_id, one.id)
    values = {"new_password_by_mail": False}
    in_work(email_link.platform, email_link.organisation.administrator, write_settings, SignInSettings, values)
    given = in_work(email_link.platform, system, administration.reset_password, bo.user_id)
    in_work(email_link.platform, system, administration.change_role, bo.user_id, "admin")
    due(email_link)
    assert sorted(got.message["Subject"] for got in handler.got) == [
        "En administratör har bekräftat hur du loggar in på ditt konto",
        "En administratör har gett ditt konto ett engångslösenord",
        "En administratör har skrivit in ett personnummer för ditt konto",
        "En administratör har ändrat din roll",
    ]
    assert not any(given in got.raw.decode() for got in handler.got)


def test_a_change_that_was_refused_tells_nothing(email_link: Any, handler: Any, bo: Actor) -> None:
    """Only what has been committed is told."""
    with pytest.raises(Exception, match="Lösenordet kunde inte sparas"):
        change_password(email_link, bo, "fel")
    due(email_link)
    assert handler.got == []


def test_english_is_for_who_wants_it(email_link: Any, handler: Any, bo: Actor) -> None:
    """The account's own language."""
    assert bo.user_id
    in_work(email_link.platform, bo, update_user, bo.user_id, language="en")
    change_password(email_link, bo)
    due(email_link)
    (got,) = handler.got
    assert got.message["Subject"] == "The password of your account has been changed"
    assert "Var det" not in got.body("plain")


@pytest.mark.feature("S1")
def test_a_bounced_notice_is_told_to_the_sender(email_link: Any, handler: Any, bo: Actor) -> None:
    """The message stays in the reader's inbox, to be opened or recalled; its sender sees that the mail bounced."""
    assert bo.user_id
    user = in_work(email_link.platform, system_actor(email_link.organisation.id), find_user, bo.user_id)
    draft = Draft((Address("secure", user.email),), "Kallelse", "Hej!", loa=Loa.ONE)
    message = in_work(email_link.platform, email_link.anna, send, email_link.anna.personal_id, draft)
    deliver_due(email_link.platform)
    due(email_link)
    (got,) = handler.got
    assert got.sender.startswith("bounce+")
    host = email_link.host
    assert Returns(host).take(REPORT.format(to=got.sender).encode())
    assert email_link.delivery(message).state == "WAITING_FOR_RECEIPT"
    assert email_link.organisation.timeline(message.id)[-1] == "NOT_NOTIFIED"
    assert not Returns(host).take(REPORT.format(to="bounce+" + "a" * 24 + "@habo.example").encode())


def test_an_account_whose_mail_bounces_breaks_nothing(email_link: Any, handler: Any, bo: Actor) -> None:
    """A mail about an account is about no message; old addresses are deleted in time."""
    change_password(email_link, bo)
    due(email_link)
    (got,) = handler.got
    token = got.sender.partition("+")[2].partition("@")[0]
    (notice,) = email_link.organisation.rows("SELECT id, about FROM notices")
    assert notice.about == bo.user_id
    assert account_bounces.find(email_link.host, token) == account_bounces.About(
        bo.organisation_id, notice_id=notice.id
    )
    assert Returns(email_link.host).take(REPORT.format(to=got.sender).encode())
    with email_link.platform.database.transaction(bo.organisation_id) as connection:
        connection.exec_driver_sql("UPDATE email_link_bounces SET at = now() - interval '31 days'")
    do_job(email_link.platform, "email_link.sweep")
    assert account_bounces.find(email_link.host, token) is None
