"""A person is told before an invitation or a one-time password ends: once, while it can still be used."""

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.core.mailer import Mailer

from budkavle.accounts import users
from budkavle.accounts.passwords import ONCE_FOR
from budkavle.identification.mail_links import endings, invitations
from budkavle.model.errors import Invalid
from budkavle.model.notices import Notice
from budkavle.model.people import User
from budkavle.notices.asking import notify
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import do_job

JOB = "core.endings"
PASSWORD = "en lång mening om hösten"


@pytest.fixture
def mailer() -> Mailer:
    """Who mails."""
    return Mailer()


@pytest.fixture
def organisation(build_organisation: Callable[..., SampleOrganisation], mailer: Mailer) -> SampleOrganisation:
    """An organisation whose installation sends mail."""
    return build_organisation(notifiers=(mailer,))


def told(organisation: SampleOrganisation, mailer: Mailer) -> list[Notice]:
    """Do the job, send what waits, and return the reminders that have been sent until now."""
    do_job(organisation.platform, JOB)
    do_job(organisation.platform, "outbox.notices.mail")
    return [attempt.notice for attempt in mailer.sent if attempt.notice.topic == endings.TOPIC]


def invited(organisation: SampleOrganisation, left: str, name: str = "Nina Ny") -> User:
    """Somebody who was invited so long ago that this is left."""
    user = organisation.add_user(name).user
    in_work(organisation.platform, organisation.system, users.update_user, user.id, active=False)
    invite(organisation, user)
    invitation_ends(organisation, left)
    return user


def invite(organisation: SampleOrganisation, user: User) -> None:
    in_work(organisation.platform, organisation.system, invitations.invite, user)


def invitation_ends(organisation: SampleOrganisation, left: str) -> None:
    organisation.rows(f"UPDATE invitations SET expires_at = now() + interval '{left}' RETURNING 1")


def given(organisation: SampleOrganisation, left: str) -> User:
    """Somebody who was given a one-time password, of whose time this is left."""
    user = organisation.add_user("Ola Ny").user
    in_work(organisation.platform, organisation.system, users.keep_password, user.id, PASSWORD, ONCE_FOR)
    organisation.rows(
        f"UPDATE users SET password_until = now() + interval '{left}' WHERE password_until IS NOT NULL RETURNING 1"
    )
    return user


@pytest.mark.feature("ZS1")
def test_an_invitation_that_ends_is_told_once(organisation: SampleOrganisation, mailer: Mailer) -> None:
    """With the time until which it holds, and without a link: its secret is not kept. A new invitation is told anew."""
    user = invited(organisation, "56 hours")
    (notice,) = told(organisation, mailer)
    assert (notice.address, notice.link) == (user.email, None)
    assert f"hos {organisation.name} gäller till" in notice.text
    assert user.name not in notice.text
    assert told(organisation, mailer) == [notice]
    (entry,) = organisation.log_entries("user.ending-told")
    assert str(user.id) in entry
    assert user.email not in entry
    invite(organisation, user)
    assert told(organisation, mailer) == [notice]
    invitation_ends(organisation, "1 hour")
    assert len(told(organisation, mailer)) == 2


@pytest.mark.feature("ZS1")
def test_a_one_time_password_that_ends_is_told_once(organisation: SampleOrganisation, mailer: Mailer) -> None:
    """With the way to the page for signing in, and without the password."""
    user = given(organisation, "8 hours")
    (notice,) = told(organisation, mailer)
    assert notice.address == user.email
    assert notice.link is not None
    assert notice.link.url == f"{organisation.platform.settings.base_url}/sign-in"
    assert PASSWORD not in notice.text
    assert told(organisation, mailer) == [notice]


@pytest.mark.parametrize("left", ["57 hours", "-1 minute"])
def test_an_invitation_is_told_neither_early_nor_late(
    organisation: SampleOrganisation, mailer: Mailer, left: str
) -> None:
    """Not while more than a third of the week is left, and not when it is over."""
    invited(organisation, left)
    assert told(organisation, mailer) == []
    assert organisation.log_entries("user.ending-told") == []


@pytest.mark.parametrize("left", ["9 hours", "-1 minute"])
def test_a_one_time_password_is_told_neither_early_nor_late(
    organisation: SampleOrganisation, mailer: Mailer, left: str
) -> None:
    """Not while more than a third of the day is left, and not when it is over."""
    given(organisation, left)
    assert told(organisation, mailer) == []
    assert organisation.log_entries("user.ending-told") == []


def test_what_has_been_used_or_taken_back_is_not_told(organisation: SampleOrganisation, mailer: Mailer) -> None:
    """An invitation that was accepted or withdrawn, a password that was replaced, and one of a closed account."""
    used, withdrawn = invited(organisation, "1 hour"), invited(organisation, "1 hour", "Vera Ny")
    (row,) = organisation.rows(
        "SELECT encode(hash, 'hex') FROM invitations ORDER BY user_id = :id DESC LIMIT 1", id=used.id
    )
    in_work(organisation.platform, used.acting(), invitations.use, used, row[0])
    in_work(organisation.platform, organisation.system, invitations.withdraw, withdrawn.id)
    opened = invited(organisation, "1 hour", "Odd Ny")
    in_work(organisation.platform, organisation.system, users.update_user, opened.id, active=True)
    changed = given(organisation, "1 hour")
    mark = users.password_kept(organisation.platform, changed).mark
    users.replace_one_time_password(organisation.platform, changed, mark, "en annan mening om våren")
    closed = organisation.add_user("Kaj Ny").user
    in_work(organisation.platform, organisation.system, users.keep_password, closed.id, PASSWORD, ONCE_FOR / 4)
    in_work(organisation.platform, organisation.system, users.update_user, closed.id, active=False)
    assert told(organisation, mailer) == []


def test_a_worker_that_is_killed_doubles_nothing(
    organisation: SampleOrganisation, mailer: Mailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before its transaction ends it has told nobody; the next one tells each person once."""
    invited(organisation, "1 hour")
    given(organisation, "1 hour")

    def killed(work: Any, notice: Notice) -> Any:
        notify(work, notice)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(endings, "notify", killed)
        with pytest.raises(KeyboardInterrupt):
            endings.remind(organisation.platform)
    assert mailer.sent == []
    assert len(told(organisation, mailer)) == 2
    assert len(told(organisation, mailer)) == 2


def test_an_address_that_takes_no_mail_stops_nobody_else(
    organisation: SampleOrganisation, mailer: Mailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in the service log, which names nobody, and the others are told."""
    nina, other = invited(organisation, "1 hour"), given(organisation, "1 hour")
    monkeypatch.setattr(mailer, "check", refuse_nina)
    with capture_logs() as logged:
        assert [notice.address for notice in told(organisation, mailer)] == [other.email]
    (line,) = [line for line in logged if line["event"] == "ending.not_told"]
    assert line["organisation"] == str(organisation.id)
    assert nina.email not in str(line)


def refuse_nina(notice: Notice) -> None:
    """Take no mail to one person."""
    if notice.address.startswith("nina"):
        raise Invalid("Dit går det inte att skicka.")
