"""The mail to whoever planned a message that could not be sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from budkavle.accounts import mailboxes
from budkavle.messaging import saved_drafts
from budkavle.messaging.later import colleagues, sends
from budkavle.messaging.saved_drafts import SavedForm
from budkavle.model.errors import Invalid, Unresponsive
from budkavle.model.messages import Address, Draft
from budkavle.model.notices import Notice, NoticeKind
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeNotifier, FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import do_job


@dataclass
class Post(FakeNotifier):
    """A notifier of mails in memory."""

    name: str = "post"
    kind: NoticeKind = NoticeKind.MAIL
    error: Exception | None = None

    def check(self, notice: Notice) -> None:
        """Take any address, unless there is an error to raise."""
        if self.error:
            raise self.error


@pytest.fixture
def post() -> Post:
    """The mails that have been sent."""
    return Post()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], post: Post) -> Platform:
    """An installation that sends mails."""
    module = plugin_module("fake", transports=lambda host: [FakeTransport()], notifiers=lambda host: [post])
    return budkavle_open(offers=offer(fake=module), enabled=("fake",))


def plan(organisation: SampleOrganisation, writer: SampleUser) -> None:
    """Let a message wait for an hour."""
    box = organisation.mailbox.id
    saved = SavedForm(uuid4(), {"subject": ["Kallelse"], "mailbox": [str(box)]})
    draft = Draft((Address("fake", "region"),), "Kallelse", "Hemligt")
    in_work(organisation.platform, writer, sends.send_later, box, draft, datetime.now(UTC) + timedelta(hours=1), saved)


def work_off(organisation: SampleOrganisation) -> None:
    """Make everything due, and let a worker look."""
    organisation.rows("UPDATE kept_drafts SET send_at = now() - interval '1 second' WHERE send_as IS NOT NULL")
    organisation.rows("UPDATE outbox SET due_at = now()")
    do_job(organisation.platform, "outbox.budkavle.later")
    do_job(organisation.platform, "outbox.notices.mail")


@pytest.mark.feature("E13")
def test_the_writer_gets_one_mail_without_content(
    organisation: SampleOrganisation, case_worker: SampleUser, post: Post
) -> None:
    """It says that something was not sent, and leads to the drafts; nothing of what it was."""
    plan(organisation, case_worker)
    box, system = organisation.mailbox.id, organisation.system
    in_work(organisation.platform, system, mailboxes.remove_members, box, [case_worker.id])
    work_off(organisation)
    work_off(organisation)
    (mail,) = [attempt.notice for attempt in post.sent]
    assert (mail.address, mail.subject) == (case_worker.email, "Ett meddelande skickades inte")
    assert "Det finns kvar bland dina utkast" in mail.text
    assert mail.link is not None
    assert mail.link.url.endswith("/drafts")
    assert "Kallelse" not in mail.subject + mail.text
    assert "Hemligt" not in mail.subject + mail.text


@pytest.mark.feature("E13")
@pytest.mark.parametrize("error", [Invalid("Adressen går inte att skicka till."), Unresponsive("Svarar inte.")])
def test_a_writer_who_cannot_get_the_mail_gets_the_draft_back(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, post: Post, error: Exception
) -> None:
    """Whether it could not be sent, or a colleague stopped it."""
    post.error = error
    plan(organisation, case_worker)
    box, system = organisation.mailbox.id, organisation.system
    in_work(organisation.platform, system, mailboxes.remove_members, box, [case_worker.id])
    work_off(organisation)
    in_work(organisation.platform, system, mailboxes.add_members, box, [case_worker.id])
    plan(organisation, case_worker)
    (draft,) = in_work(organisation.platform, case_worker, sends.load_waiting)
    in_work(organisation.platform, colleague, colleagues.stop, draft.draft.id)
    kept = in_work(organisation.platform, case_worker, saved_drafts.load_all)
    assert len(kept) == 2
    assert all(one.failure for one in kept)


@pytest.mark.feature("E13")
def test_whoever_is_stopped_gets_one_too(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, post: Post
) -> None:
    """And what is sent tells nobody."""
    plan(organisation, case_worker)
    (draft,) = in_work(organisation.platform, case_worker, sends.load_waiting)
    in_work(organisation.platform, colleague, colleagues.stop, draft.draft.id)
    work_off(organisation)
    assert [attempt.notice.address for attempt in post.sent] == [case_worker.email]
    plan(organisation, colleague)
    work_off(organisation)
    assert len(post.sent) == 1
