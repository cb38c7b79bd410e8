"""What is sent later is judged when its time has come: by the levels of then, and by who its writer is then."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from budkavle.accounts.message_settings import MessageSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.messaging import saved_drafts
from budkavle.messaging.later import sends
from budkavle.messaging.saved_drafts import SavedForm
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Attachment, Draft, Fault
from budkavle.model.people import Actor, Role, UserActor
from budkavle.plugins.protocols.transport import Capabilities
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import do_job

TO = Address("fake", "kim@example.org", "Kim Ek")


class Careful(FakeTransport):
    """A way for those who have shown at level 2 who they are, and for no administrators."""

    def check(self, actor: Actor, mailbox_id: UUID, draft: Draft, files: Sequence[Attachment]) -> list[Fault]:
        is_welcome = isinstance(actor, UserActor) and actor.loa.meets(Loa.TWO) and actor.role is Role.USER
        return [] if is_welcome else [Fault("subject", "Inte för dig.")]


@pytest.fixture
def fake_transport() -> FakeTransport:
    return Careful(capabilities=Capabilities(receipts=True, family="secure"))


@pytest.fixture
def writer(organisation: SampleOrganisation, case_worker: SampleUser) -> SampleUser:
    """Somebody who has planned a message of level 2, at that level."""
    at = datetime.now(UTC) + timedelta(hours=1)
    saved = SavedForm(uuid4(), {"subject": ["Kallelse"], "mailbox": [str(organisation.mailbox.id)]})
    draft = Draft((TO,), "Kallelse", "Välkommen.", loa=Loa.TWO)
    sure = case_worker.at(Loa.TWO)
    in_work(organisation.platform, sure, sends.send_later, organisation.mailbox.id, draft, at, saved)
    return sure


def send_when_due(organisation: SampleOrganisation) -> int:
    """Let the time come that was chosen; return how many messages have been sent."""
    organisation.rows("UPDATE kept_drafts SET send_at = now() - interval '1 second' WHERE send_as IS NOT NULL")
    organisation.rows("UPDATE outbox SET due_at = now() WHERE queue = 'budkavle.later'")
    do_job(organisation.platform, "outbox.budkavle.later")
    return len(organisation.rows("SELECT 1 FROM messages WHERE direction = 'out'"))


def why(organisation: SampleOrganisation, writer: SampleUser) -> str:
    """Why the message is a draft again."""
    (draft,) = in_work(organisation.platform, writer, saved_drafts.load_all)
    return draft.failure


@pytest.mark.feature("E13")
def test_its_writer_is_as_sure_as_then(organisation: SampleOrganisation, writer: SampleUser) -> None:
    """What judges the sending is told the level of when the time was chosen, though nobody is signed in."""
    assert send_when_due(organisation) == 1
    assert in_work(organisation.platform, writer, saved_drafts.load_all) == []


@pytest.mark.feature("E13")
def test_its_writer_has_the_role_of_then(organisation: SampleOrganisation, writer: SampleUser) -> None:
    """Where that has changed meanwhile, the sending is judged by the new one."""
    organisation.rows("UPDATE users SET role = :role WHERE id = :id", role=Role.ADMIN.value, id=writer.id)
    assert send_when_due(organisation) == 0
    assert "Inte för dig." in why(organisation, writer)


@pytest.mark.feature("E13")
def test_a_level_that_is_offered_no_longer_stops_it(organisation: SampleOrganisation, writer: SampleUser) -> None:
    """The draft is there again and says which level that is."""
    organisation.rows("""UPDATE organisations SET settings = '{"loa": {"2": {"on": false}}}'""")
    assert send_when_due(organisation) == 0
    assert "tillitsnivå" in why(organisation, writer)


@pytest.mark.feature("E13")
def test_a_level_that_has_come_to_need_a_yes_stops_it(organisation: SampleOrganisation, writer: SampleUser) -> None:
    """What a colleague approves from a level up is not sent by itself."""
    in_work(organisation.platform, organisation.system, write_settings, MessageSettings, {"approval_from_loa": 2})
    assert send_when_due(organisation) == 0
    assert "godkännas" in why(organisation, writer)
