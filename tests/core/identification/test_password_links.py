"""A link for a new password that cannot be sent."""

from typing import Any

import pytest

from budkavle.accounts.core_settings import SignInSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.identification.mail_links import new_passwords
from budkavle.model.errors import Invalid, Permanent
from budkavle.model.notices import Notice, NoticeKind
from budkavle.model.states import NoticeState
from budkavle.plugins.protocols.notifier import NoticeAttempt, NotifierTraits
from budkavle.plugins.protocols.transport import Backoff
from budkavle.testing.acting import in_work
from budkavle.testing.working import do_job

JOB = f"outbox.{new_passwords.QUEUE}"
OLD = "en lång mening om vintern"


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links are offered, although no plugin here asks for passwords."""
    monkeypatch.setattr(new_passwords, "is_offered", lambda platform: True)


class Refusing:
    """A way to send mail whose `check` takes no address of one domain, and whose server takes none at all."""

    name, kind = "refusing", NoticeKind.MAIL
    traits = NotifierTraits()

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault

    def check(self, notice: Notice) -> None:
        if self.fault:
            raise self.fault

    def send(self, attempt: NoticeAttempt) -> NoticeState:
        raise Permanent("Mottagarens e-postserver tar inte emot.")


def test_a_link_whose_notifier_breaks_waits_and_is_given_up_and_told(build_organisation: Any, offered: None) -> None:
    """The notice waits for the plugin; when it is given up, an administrator sees it in the event log."""
    organisation = build_organisation(notifiers=(Refusing(RuntimeError("trasig")),))
    ada = organisation.add_user("Ada Ny", email="ada.ny@habo.example", password=OLD).user
    new_passwords.request(organisation.platform, ada.email)
    do_job(organisation.platform, JOB)
    assert [row.queue for row in organisation.rows("SELECT queue FROM outbox")] == ["notices.mail_urgent"]
    assert "user.password-forgotten" in organisation.log_kinds()
    for _ in range(Backoff().tries):
        organisation.rows("UPDATE outbox SET due_at = now() RETURNING 1")
        do_job(organisation.platform, "outbox.notices.mail_urgent")
    assert "notice.lost" in organisation.log_kinds()


def test_a_link_that_cannot_be_sent_is_given_up_and_told(build_organisation: Any, offered: None) -> None:
    """The entry is forgotten, and an administrator sees in the event log that somebody waits for it in vain."""
    organisation = build_organisation(notifiers=(Refusing(Invalid("Dit går det inte att skicka.")),))
    ada = organisation.add_user("Ada Ny", email="ada.ny@habo.example", password=OLD).user
    new_passwords.request(organisation.platform, ada.email)
    for _ in range(Backoff().tries + 1):
        organisation.rows("UPDATE outbox SET due_at = now() RETURNING 1")
        do_job(organisation.platform, JOB)
    assert organisation.rows("SELECT 1 FROM outbox") == []
    (entry,) = organisation.log_entries("user.password-link-failed")
    assert str(ada.id) in entry
    assert "user.password-forgotten" not in organisation.log_kinds()


@pytest.mark.parametrize("switched_off", ["mail", "by the organisation"])
def test_where_links_were_switched_off_meanwhile_the_administrator_is_told(
    build_organisation: Any, offered: None, monkeypatch: pytest.MonkeyPatch, switched_off: str
) -> None:
    """The old password is gone already; of somebody who has asked themselves nothing is told, since theirs goes on."""
    organisation = build_organisation(notifiers=(Refusing(),))
    ada = organisation.add_user("Ada Ny", email="ada.ny@habo.example", password=OLD).user
    new_passwords.request(organisation.platform, ada.email)
    in_work(organisation.platform, organisation.administrator, new_passwords.send, ada.id)
    if switched_off == "mail":
        monkeypatch.setattr(new_passwords, "is_offered", lambda platform: False)
    else:
        values = {"new_password_by_mail": False}
        in_work(organisation.platform, organisation.administrator, write_settings, SignInSettings, values)
    do_job(organisation.platform, JOB)
    (entry,) = organisation.log_entries("user.password-link-failed")
    assert str(ada.id) in entry
    assert "engångslösenord" in entry
    assert organisation.rows("SELECT 1 FROM notices") == organisation.rows("SELECT 1 FROM outbox") == []


def test_a_link_that_the_mail_server_refuses_is_told(build_organisation: Any, offered: None) -> None:
    """Nobody else hears of it: the one who waits has no other address."""
    organisation = build_organisation(notifiers=(Refusing(),))
    ada = organisation.add_user("Ada Ny", email="ada.ny@habo.example", password=OLD).user
    new_passwords.request(organisation.platform, ada.email)
    do_job(organisation.platform, JOB)
    do_job(organisation.platform, "outbox.notices.mail_urgent")
    (entry,) = organisation.log_entries("notice.lost")
    assert str(ada.id) in entry
    assert "tar inte emot" in entry
    assert organisation.rows("SELECT 1 FROM outbox") == []
