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
from budkavle.model.mailboxes import Case
from budkavle.model.messages import Address, Draft, Reference
from budkavle.operations.worker import Worker
from budkavle.plugins.protocols import Entry
from budkavle.testing import acting
from budkavle.testing.acting import in_work


def listed(house: Any, box: Any = None) -> list[Case]:
    return list(in_work(house.platform, house.anna, inbox.inbox, (box or house.box).id, CaseFilter()).items)


def arrive(house: Any, transport: str = "sms", **more: Any) -> Case:
    """Let a message come to the mailbox by another transport; returns its case."""
    values = {"transport": transport, "mailbox_id": house.box.id, "sender": Address(transport, "0701740605"), **more}
    accepted = acting.accept(house.platform, house.incoming(**values))
    (row,) = house.rows("SELECT case_id FROM messages WHERE id = :id", id=accepted.message_id)
    return in_work(house.platform, house.anna, case_view.case, row.case_id).case


def kinds(house: Any, case: Case) -> list[str]:
    return [event.kind for event in in_work(house.platform, house.anna, case_view.case, case.id).log]


@pytest.fixture
def case(house: Any) -> Case:
    """A case that came by SDK."""
    acting.accept(house.platform, house.incoming(conversation_id="talk"))
    (one,) = listed(house)
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
def test_the_case_s_number_leads_there(house: Any, case: Case, subject: str, body: str) -> None:
    """In the subject or at the beginning of an SMS; both logs say how it came there."""
    number = case.number
    assert arrive(house, subject=subject.format(number=number), body=body.format(number=number)).id == case.id
    assert kinds(house, case) == ["opened", "joined", "referred"]
    (row,) = house.rows("SELECT entry FROM audit_log WHERE kind = 'message.received' AND entry LIKE '%sms%'")
    assert json.loads(row.entry)["facts"]["placed"] == "reference"
    thread = in_work(house.platform, house.anna, case_view.case, case.id).thread
    assert [one.message.transport for one in thread] == ["fake", "sms"]


@pytest.mark.parametrize(
    "said",
    ["{number}", "Mitt nummer är {number}", "[12026-0001]", "[2026-00019]", "ärende 2026-9999", "artref {number}"],
)
def test_a_number_that_names_no_case_opens_one(house: Any, case: Case, said: str) -> None:
    """Digits alone are no mark, a part of a number is none, and an unknown number leads nowhere."""
    assert arrive(house, subject="", body=said.format(number=case.number)).id != case.id


def test_our_own_reference_leads_there(house: Any) -> None:
    """A number of ours that went out with a message: as the counterpart's reference to us, and in words by SMS."""
    them = Address("fake", "them")
    house.directory.entries.append(Entry(them))
    draft = Draft((them,), "Begäran", "Hej", references=(Reference("dnr", "KS 2026/17", party="sender"),))
    message = in_work(house.platform, house.anna, sending.send, house.box.id, draft)
    theirs = Reference("dnr", "ks 2026/17", party="recipient")
    assert arrive(house, "fax", references=(theirs,)).id == message.case_id
    assert arrive(house, subject="Svar, dnr KS 2026/17", body="Hej").id == message.case_id
    assert arrive(house, subject="Svar, dnr KS 2026/18", body="Hej").id != message.case_id


def test_a_counterpart_s_own_number_is_no_reference_of_ours(house: Any) -> None:
    """Two organisations may both have 2026/17; what they call their own cases joins nothing."""
    one = arrive(house, "fax", references=(Reference("dnr", "2026/17", party="sender"),))
    two = arrive(house, "fax", references=(Reference("dnr", "2026/17", party="sender"),))
    three = arrive(house, subject="dnr 2026/17", body="Hej")
    assert len({one.id, two.id, three.id}) == 3


def test_it_stays_within_the_mailbox(house: Any, case: Case) -> None:
    """A number of another mailbox's case, guessed or known, leads nowhere: nobody sees more than before."""
    other = house.mailbox("Annan", house.anna)
    found = arrive(house, subject=f"[{case.number}]", mailbox_id=other.id)
    assert found.id != case.id
    assert kinds(house, case) == ["opened"]


def test_a_person_s_own_inbox_has_no_numbers(house: Any) -> None:
    """Threads there are found by what is answered alone; nobody pushes a message into one by a guess."""
    own = next(
        one.mailbox
        for one in in_work(house.platform, house.anna, counts.mailbox_counts)
        if one.mailbox.owner_id is not None
    )
    first = arrive(house, mailbox_id=own.id)
    assert arrive(house, mailbox_id=own.id, subject=f"[{first.number}]").id != first.id


def test_a_conversation_comes_before_a_number(house: Any, case: Case) -> None:
    """What goes on in a conversation stays there, whatever number it names."""
    acting.accept(house.platform, house.incoming(conversation_id="other"))
    (second,) = [one for one in listed(house) if one.id != case.id]
    found = arrive(house, "fake", conversation_id="other", subject=f"[{case.number}]", sender=Address("fake", "them"))
    assert found.id == second.id


def test_a_closed_case_opens_again_and_a_binned_one_does_not(house: Any, case: Case) -> None:
    """An answer that comes late is not missed; the bin is not emptied from outside."""
    in_work(house.platform, house.anna, actions.take, case.id)
    in_work(house.platform, house.anna, actions.close, case.id)
    assert arrive(house, subject=f"[{case.number}]").id == case.id
    assert "reopened" in kinds(house, case)
    in_work(house.platform, house.anna, actions.bin_case, case.id)
    assert arrive(house, subject=f"[{case.number}]").id != case.id


def test_the_organisation_may_switch_it_off(house: Any, case: Case) -> None:
    """Then only references of the network and conversations lead to a case."""
    in_work(house.platform, house.admin, write_settings, CaseSettings, {"join_by_reference": False})
    assert arrive(house, subject=f"[{case.number}]").id != case.id
    in_work(house.platform, house.admin, write_settings, CaseSettings, {"join_by_reference": True})
    assert arrive(house, subject=f"[{case.number}]").id == case.id


def test_what_is_held_joins_when_its_receipt_has_gone(house: Any, case: Case) -> None:
    """Until then the case shows nothing of it but that something refers to it."""
    receipt = house.receipt_to_send()
    acting.accept(
        house.platform,
        house.incoming(str(uuid4()), subject=f"[{case.number}]", mailbox_id=house.box.id, receipt=receipt),
    )
    assert len(in_work(house.platform, house.anna, case_view.case, case.id).thread) == 1
    worker = Worker(house.platform, threads=1)
    worker.work_once()
    worker.close()
    assert len(in_work(house.platform, house.anna, case_view.case, case.id).thread) == 2
