"""A restricted case and its named readers."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from budkavle.cases.teamwork.restricting import restrict
from budkavle.messaging import case_view, sending
from budkavle.model.messages import Draft
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle.testing.organisations import PEER
from budkavle.testing.working import deliver_due

REASON = "Skyddade uppgifter"


@dataclass(frozen=True)
class Restricted:
    """A case that only the case worker is named for, with an answer that has been sent."""

    case_id: UUID
    number: str
    message_id: UUID
    delivery_id: UUID


@pytest.fixture
def restricted(platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser) -> Restricted:
    """A restricted case."""
    case_id = organisation.arrive("Hemlig plats", conversation_id="samtal-1")
    view = in_work(platform, case_worker, case_view.case, case_id)
    draft = Draft((PEER,), "Svar", "Hej!", reply_to=view.thread[0].message.id)
    sent = in_work(platform, case_worker, sending.send, organisation.mailbox.id, draft)
    deliver_due(platform)
    in_work(platform, case_worker, restrict, case_id, [case_worker.id], REASON)
    (delivery,) = organisation.deliveries(sent)
    return Restricted(case_id, view.case.number, sent.id, delivery.id)
