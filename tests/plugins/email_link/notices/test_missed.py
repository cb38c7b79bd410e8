"""Messages to a person's own inbox of which the plugin was never told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from budkavle import Address, Draft, Loa
from budkavle.accounts import create_user
from budkavle.accounts.mailboxes import personal_id
from budkavle.messaging import send
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import deliver_due, do_job
from budkavle_email_link.notices import missed


@pytest.fixture
def bo(email_link: Any) -> UUID:
    """A registered user's own mailbox."""
    system = system_actor(email_link.organisation.id, "Provaren")
    user = in_work(email_link.platform, system, create_user, email="bo@habo.example", name="Bo Ek")
    return personal_id(user.id)


@pytest.fixture
def dying(email_link: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Let processes end right after a commit: no plugin learns of what happened."""

    @contextmanager
    def until() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(email_link.platform.plugins, "emit", lambda *_, **__: None)
            yield

    return until


def write(email_link: Any, box: UUID) -> None:
    recipient = Address("local", str(box), "Bo Ek", "Håbo kommun", str(email_link.organisation.id))
    draft = Draft((recipient,), "Hemlig rubrik", "Hemlig text", loa=Loa.ONE)
    in_work(email_link.platform, email_link.anna, send, email_link.anna.personal_id, draft)
    deliver_due(email_link.platform)


def work_off(email_link: Any) -> None:
    do_job(email_link.platform, "email_link.missed")
    do_job(email_link.platform, "outbox.notices.mail")


@pytest.mark.feature("S1")
def test_a_message_that_nobody_was_told_of_is_found_in_the_log(
    email_link: Any, handler: Any, bo: UUID, dying: Callable[[], Any]
) -> None:
    """The process that stored it has died; its reader gets the mail all the same, and each once."""
    write(email_link, bo)
    work_off(email_link)
    with dying():
        write(email_link, bo)
    do_job(email_link.platform, "outbox.notices.mail")
    assert len(handler.got) == 1
    for _ in range(2):
        work_off(email_link)
    assert [got.message["Subject"] for got in handler.got] == ["Du har fått ett säkert meddelande"] * 2
    assert len(email_link.organisation.rows("SELECT number FROM email_link_places WHERE number > 0")) == 1


def test_what_is_old_is_told_of_no_more(
    email_link: Any, handler: Any, bo: UUID, dying: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example since the plugin was off: nobody is surprised by a heap of mails."""
    work_off(email_link)
    with dying():
        write(email_link, bo)
    monkeypatch.setattr(missed, "TOO_OLD", timedelta(0))
    work_off(email_link)
    assert handler.got == []


def test_where_accounts_get_no_mail_nothing_is_read(
    open_email_link: Callable[..., Any], mail_server: Any, handler: Any
) -> None:
    """The log of an organisation is read for a reason only."""
    quiet = open_email_link(host=mail_server[0], port=mail_server[1], notify_accounts=False)
    work_off(quiet)
    assert quiet.organisation.rows("SELECT * FROM email_link_places") == []
