"""One case across channels: a message that names its case joins it, whatever way it came (feature Z3)."""

import json
from typing import Any
from uuid import uuid4

import pytest

from budkavle.accounts.core_settings import CaseSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.cases import actions, counts, inbox
from budkavle.cases.inbox import CaseFilter
from budkavle.messaging import case_view, sending
from budkavle.model.mailboxes import Case, FunctionMailbox
from budkavle.model.messages import Address, Draft, Reference
from budkavle.operations.worker import Worker
from budkavle.plugins.protocols.directory import Entry
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeDirectory
from budkavle.testing.organisations import SampleOrganisation, SampleUser


def listed(organisation: SampleOrganisation, box: Any = None) -> list[Case]:
    return list(
        in_work(
            organisation.platform, organisation.case_worker, inbox.inbox, (box or organisation.mailbox).id, CaseFilter()
        ).items
    )


def arrive(organisation: SampleOrganisation, transport: str = "sms", **more: Any) -> Case:
    """Let a message come to the mailbox by another transport; returns its case."""
    values = {
        "transport": transport,
        "mailbox_id": organisation.mailbox.id,
        "sender": Address(transport, "0701740605"),
        **more,
    }
    accepted = acting.accept(organisation.platform, organisation.incoming(**values))
    (row,) = organisation.rows("SELECT case_id FROM messages WHERE id = :id", id=accepted.message_id)
    return in_work(organisation.platform, organisation.case_worker, case_view.case, row.case_id).case


def kinds(organisation: SampleOrganisation, case: Case) -> list[str]:
    return [
        event.kind for event in in_work(organisation.platform, organisation.case_worker, case_view.case, case.id).log
    ]


@pytest.fixture
def case(platform: Platform, organisation: SampleOrganisation) -> Case:
    """A case that came by SDK."""
    acting.accept(platform, organisation.incoming(conversation_id="talk"))
    (one,) = listed(organisation)
    return one


@pytest.mark.feature("Z3")
@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Komplettering [{number}]", "Se bilagan."),
        ("Komplettering [#{number}]", "Se bilagan."),
        ("SV: Ärende {number}", "Hej"),
        ("", "Hej! Ärende: {number}. Jag kommer på måndag."),
        ("Fax", "Ref. {number}"),
    ],
)
def test_the_case_s_number_leads_there(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, case: Case, subject: str, body: str
) -> None:
    """In the subject or at the beginning of an SMS; both logs say how it came there."""
    number = case.number
    assert arrive(organisation, subject=subject.format(number=number), body=body.format(number=number)).id == case.id
    assert kinds(organisation, case) == ["opened", "joined", "referred"]
    (row,) = organisation.rows("SELECT entry FROM audit_log WHERE kind = 'message.received' AND entry LIKE '%sms%'")
    assert json.loads(row.entry)["facts"]["placed"] == "reference"
    thread = in_work(platform, case_worker, case_view.case, case.id).thread
    assert [one.message.transport for one in thread] == ["fake", "sms"]


@pytest.mark.parametrize(
    "said",
    ["{number}", "Mitt nummer är {number}", "[12026-0001]", "[2026-00019]", "ärende 2026-9999", "artref {number}"],
)
def test_a_number_that_names_no_case_opens_one(organisation: SampleOrganisation, case: Case, said: str) -> None:
    """Digits alone are no mark, a part of a number is none, and an unknown number leads nowhere."""
    assert arrive(organisation, subject="", body=said.format(number=case.number)).id != case.id


def test_our_own_reference_leads_there(
    platform: Platform,
    organisation: SampleOrganisation,
    fake_directory: FakeDirectory,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """A number of ours that went out with a message: as the counterpart's reference to us, and in words by SMS."""
    them = Address("fake", "them")
    fake_directory.entries.append(Entry(them))
    draft = Draft((them,), "Begäran", "Hej", references=(Reference("dnr", "KS 2026/17", party="sender"),))
    message = in_work(platform, case_worker, sending.send, mailbox.id, draft)
    theirs = Reference("dnr", "ks 2026/17", party="recipient")
    assert arrive(organisation, "fax", references=(theirs,)).id == message.case_id
    assert arrive(organisation, subject="Svar, dnr KS 2026/17", body="Hej").id == message.case_id
    assert arrive(organisation, subject="Svar, dnr KS 2026/18", body="Hej").id != message.case_id


def test_a_counterpart_s_own_number_is_no_reference_of_ours(organisation: SampleOrganisation) -> None:
    """Two organisations may both have 2026/17; what they call their own cases joins nothing."""
    one = arrive(organisation, "fax", references=(Reference("dnr", "2026/17", party="sender"),))
    two = arrive(organisation, "fax", references=(Reference("dnr", "2026/17", party="sender"),))
    three = arrive(organisation, subject="dnr 2026/17", body="Hej")
    assert len({one.id, two.id, three.id}) == 3


def test_it_stays_within_the_mailbox(organisation: SampleOrganisation, case_worker: SampleUser, case: Case) -> None:
    """A number of another mailbox's case, guessed or known, leads nowhere: nobody sees more than before."""
    other = organisation.add_mailbox("Annan", case_worker)
    found = arrive(organisation, subject=f"[{case.number}]", mailbox_id=other.id)
    assert found.id != case.id
    assert kinds(organisation, case) == ["opened"]


def test_a_person_s_own_inbox_has_no_numbers(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Threads there are found by what is answered alone; nobody pushes a message into one by a guess."""
    own = next(
        one.mailbox for one in in_work(platform, case_worker, counts.mailbox_counts) if one.mailbox.owner_id is not None
    )
    first = arrive(organisation, mailbox_id=own.id)
    assert arrive(organisation, mailbox_id=own.id, subject=f"[{first.number}]").id != first.id


def test_a_conversation_comes_before_a_number(platform: Platform, organisation: SampleOrganisation, case: Case) -> None:
    """What goes on in a conversation stays there, whatever number it names."""
    acting.accept(platform, organisation.incoming(conversation_id="other"))
    (second,) = [one for one in listed(organisation) if one.id != case.id]
    found = arrive(
        organisation, "fake", conversation_id="other", subject=f"[{case.number}]", sender=Address("fake", "them")
    )
    assert found.id == second.id


def test_a_closed_case_opens_again_and_a_binned_one_does_not(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, case: Case
) -> None:
    """An answer that comes late is not missed; the bin is not emptied from outside."""
    in_work(platform, case_worker, actions.take, case.id)
    in_work(platform, case_worker, actions.close, case.id)
    assert arrive(organisation, subject=f"[{case.number}]").id == case.id
    assert "reopened" in kinds(organisation, case)
    in_work(platform, case_worker, actions.bin_case, case.id)
    assert arrive(organisation, subject=f"[{case.number}]").id != case.id


def test_the_organisation_may_switch_it_off(platform: Platform, organisation: SampleOrganisation, case: Case) -> None:
    """Then only references of the network and conversations lead to a case."""
    in_work(platform, organisation.system, write_settings, CaseSettings, {"join_by_reference": False})
    assert arrive(organisation, subject=f"[{case.number}]").id != case.id
    in_work(platform, organisation.system, write_settings, CaseSettings, {"join_by_reference": True})
    assert arrive(organisation, subject=f"[{case.number}]").id == case.id


def test_what_is_held_joins_when_its_receipt_has_gone(
    platform: Platform,
    organisation: SampleOrganisation,
    receipt_to_send,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    case: Case,
) -> None:
    """Until then the case shows nothing of it but that something refers to it."""
    receipt = receipt_to_send()
    acting.accept(
        platform,
        organisation.incoming(str(uuid4()), subject=f"[{case.number}]", mailbox_id=mailbox.id, receipt=receipt),
    )
    assert len(in_work(platform, case_worker, case_view.case, case.id).thread) == 1
    worker = Worker(platform, threads=1)
    worker.work_once()
    worker.close()
    assert len(in_work(platform, case_worker, case_view.case, case.id).thread) == 2
