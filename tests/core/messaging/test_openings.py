"""Any transport may promise that its sender decides whether a message can still be opened: the core knows no name."""

from typing import Any
from uuid import UUID

import pytest

from budkavle.deliveries import recall
from budkavle.messaging import case_view, sending
from budkavle.model.errors import Unresponsive
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address, Draft, File
from budkavle.model.states import DeliveryState, IncomingState
from budkavle.plugins.protocols.transport import Capabilities, ClaimsOpening
from budkavle.storage.outside import ledger
from budkavle.storage.outside.ledger import LedgerEvent
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due


@pytest.fixture
def told(fake_transport: FakeTransport, organisation: SampleOrganisation) -> list[Any]:
    """What the transport has heard; it says that the message of this id has been recalled."""
    heard: list[Any] = []
    fake_transport.open_messages = lambda actor, messages: {one.id for one in messages if one.body == "Återkallat"}
    fake_transport.downloaded = lambda sender, remote_id: heard.append((sender.value, remote_id))
    fake_transport.recalled = lambda recipient, delivery_id: heard.append((recipient.value, delivery_id))
    fake_transport.capabilities = Capabilities(receipts=True, recall=True)
    assert isinstance(fake_transport, ClaimsOpening)
    return heard


def arrive(organisation: SampleOrganisation, **more: Any) -> UUID:
    """Let a message come in; returns its case."""
    acting.accept(organisation.platform, organisation.incoming(mailbox_id=organisation.mailbox.id, **more))
    return UUID(str(organisation.rows("SELECT id FROM cases")[0].id))


@pytest.mark.parametrize(("body", "shown"), [("Återkallat", ""), ("Se bilagan.", "Se bilagan.")])
@pytest.mark.usefixtures("told")
def test_nothing_of_what_its_transport_says_is_recalled_is_shown(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, body: str, shown: str
) -> None:
    """The rest of the case is."""
    case_id = arrive(organisation, body=body)
    (threaded,) = in_work(platform, case_worker, case_view.case, case_id).thread
    assert threaded.message.body == shown
    assert (threaded.message.state is IncomingState.RECALLED) is (shown == "")


def test_its_transport_hears_of_a_download(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, told: list[Any]
) -> None:
    """With what the sender called the message."""
    file = File("plan.txt", "text/plain", b"en plan")
    case_id = arrive(organisation, remote_id="theirs-1", files=(file,))
    (threaded,) = in_work(platform, case_worker, case_view.case, case_id).thread
    in_work(platform, case_worker, case_view.open_attachment, threaded.message.attachments[0].id)
    assert told == [("region", "theirs-1")]


@pytest.mark.usefixtures("told")
def test_a_recall_stands_whatever_its_transport_does_with_it(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    fake_transport: FakeTransport,
) -> None:
    """Nobody is told that it failed, and a restored installation repeats it, since it is in the ledger."""
    draft = Draft((Address("fake", "them"),), "Utlåtande", "Se bilagan.", loa=Loa.ONE)
    in_work(platform, case_worker, sending.send, mailbox.id, draft)
    deliver_due(platform)
    (delivery,) = organisation.rows("SELECT id FROM deliveries")

    def stumble(recipient: Address, delivery_id: UUID) -> None:
        raise LookupError

    fake_transport.recalled = stumble
    in_work(platform, case_worker, recall.recall, delivery.id)
    assert organisation.delivery_states() == [DeliveryState.RECALLED.value]
    assert ledger.read(platform.settings)[organisation.id][LedgerEvent.RECALLED] == {delivery.id}


def test_its_transport_hears_of_a_recall(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    told: list[Any],
) -> None:
    """So that the recipient's copy can be marked."""
    draft = Draft((Address("fake", "them"),), "Utlåtande", "Se bilagan.", loa=Loa.ONE)
    in_work(platform, case_worker, sending.send, mailbox.id, draft)
    deliver_due(platform)
    (delivery,) = organisation.rows("SELECT id FROM deliveries")
    in_work(platform, case_worker, recall.recall, delivery.id)
    assert told == [("them", delivery.id)]
    assert organisation.delivery_states() == [DeliveryState.RECALLED.value]


@pytest.mark.parametrize("answer", [None, 7, "allt", ["återkallat"]])
def test_a_transport_whose_answer_is_none_opens_nothing(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    fake_transport: FakeTransport,
    told: list[Any],
    answer: Any,
) -> None:
    """Nobody knows then what may be shown; the reader is told in words, and may try again."""
    fake_transport.open_messages = lambda actor, messages: answer
    case_id = arrive(organisation)
    with pytest.raises(Unresponsive, match="svarade inte som det ska"):
        in_work(platform, case_worker, case_view.case, case_id)
