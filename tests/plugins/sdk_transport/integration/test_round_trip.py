"""A message and its receipt, all the way: from a draft in one mailbox to a case in another, and back acknowledged."""

import threading
import time
from typing import Any

import pytest

from budkavle import Person, Platform, Reference
from budkavle.messaging.drafts import reply
from budkavle.model.states import CaseState
from budkavle.operations.worker import Worker
from budkavle_sdk_transport.network import Network

PATIENCE = 30.0


@pytest.mark.feature("SD1", "SD3", "SD5", "S6", "S9", "S14", "S15", "M10")
def test_a_message_arrives_and_is_acknowledged(municipality: Any, region: Any, sdk_worker: Any) -> None:
    """What one writes another reads; the receipt comes back and moves the state."""
    municipality.send(region.address(), attachments=(municipality.attach(),))
    assert municipality.states() == ["READY_TO_SEND"]
    sdk_worker.deliver()
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    sdk_worker.settle()
    assert municipality.timeline() == ["READY_TO_SEND", "SEND_IN_PROGRESS", "WAITING_FOR_RECEIPT", "ACKNOWLEDGED"]
    (message,) = region.messages()
    assert (message.subject, message.body) == ("Orosanmälan", "Hej! **Se** bilagan.")
    assert str(message.sender) == "Björkviks kommun · Socialtjänsten, mottagning barn och unga"
    assert [(file.file_name, file.content_type) for file in message.attachments] == [("kopia.pdf", "application/pdf")]
    assert message.remote_id == str(municipality.delivery().id)
    (sent,) = municipality.sent()
    assert [str(one.state) for one in sent.recipients] == ["ACKNOWLEDGED"]


@pytest.mark.feature("SD1", "SD5")
def test_a_running_worker_does_it_all_by_itself(platform: Platform, municipality: Any, region: Any) -> None:
    """With the worker's own threads and jobs, nobody has to push."""
    worker, stop = Worker(platform), threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        municipality.send(region.address())
        deadline = time.monotonic() + PATIENCE
        while municipality.states() != ["ACKNOWLEDGED"] and time.monotonic() < deadline:
            stop.wait(0.05)
    finally:
        stop.set()
        thread.join()
    assert municipality.states() == ["ACKNOWLEDGED"]
    assert len(region.messages()) == 1


@pytest.mark.feature("SD8")
def test_nobody_reads_it_before_its_receipt_was_handed_over(
    municipality: Any, region: Any, sdk_worker: Any, parts: Network
) -> None:
    """Stored, it is held; only when the access point has the receipt can it be read."""
    municipality.send(region.address())
    sdk_worker.deliver()
    assert sdk_worker.fetch() == 1
    assert [row.state for row in region.organisation.rows("SELECT state FROM messages")] == ["HELD"]
    assert region.messages() == []
    sdk_worker.deliver()
    assert len(region.messages()) == 1
    assert parts.access_point.pending(municipality.participant.participant)


@pytest.mark.feature("SD9", "M14")
def test_an_answer_goes_on_in_the_thread(municipality: Any, region: Any, sdk_worker: Any) -> None:
    """The answer names the message that it answers, keeps the conversation, and joins the sender's own case."""
    municipality.send(region.address())
    sdk_worker.settle()
    (asked,) = region.messages()
    draft = reply(asked, region.full_address())
    region.send(*draft.recipients, subject=draft.subject, reply_to=asked.id)
    sdk_worker.settle()
    (case,) = municipality.cases()
    assert case.case.state is CaseState.OPEN
    question, answer = (one.message for one in case.thread)
    assert answer.subject == "Sv: Orosanmälan"
    assert answer.ref_to == str(municipality.delivery().id) == asked.remote_id
    assert answer.conversation_id == asked.conversation_id == question.conversation_id
    assert len(region.cases()) == 1
    assert region.states() == ["ACKNOWLEDGED"]


@pytest.mark.feature("SD9")
def test_several_recipients_are_several_messages(municipality: Any, region: Any, sdk_worker: Any) -> None:
    """Each recipient gets a message with an id of its own, in one conversation, and acknowledges it by itself."""
    municipality.send(region.address(0), region.address(1))
    sdk_worker.settle()
    (first,), (second,) = region.messages(0), region.messages(1)
    assert first.remote_id != second.remote_id
    assert first.conversation_id == second.conversation_id
    assert municipality.states() == ["ACKNOWLEDGED", "ACKNOWLEDGED"]


@pytest.mark.feature("SD10")
def test_references_and_persons_go_both_ways(municipality: Any, region: Any, sdk_worker: Any) -> None:
    """The sender's reference is shown to the recipient, and comes back in the answer as the recipient's."""
    dnr = Reference("dnr", "BUN 2026/17", "Vårt ärende", "sender")
    about = Person("1.2.752.129.2.1.3.1", "191212121212", "Tolvan Tolvansson", "recipient")
    municipality.send(region.address(), references=(dnr,), persons=(about,))
    sdk_worker.settle()
    (asked,) = region.messages()
    assert asked.references == (dnr,)
    assert asked.persons == (about,)
    draft = reply(asked, region.full_address())
    own = Reference("dnr", "REG 9", "", "sender")
    region.send(
        *draft.recipients,
        subject=draft.subject,
        reply_to=asked.id,
        references=(*draft.references, own),
        persons=draft.persons,
    )
    sdk_worker.settle()
    answer = municipality.messages()[-1]
    assert {(one.value, one.party) for one in answer.references} == {("BUN 2026/17", "recipient"), ("REG 9", "sender")}
    assert [(one.name, one.party) for one in answer.persons] == [("Tolvan Tolvansson", "sender")]


@pytest.mark.feature("SD11")
@pytest.mark.parametrize("confidential", [True, False])
def test_the_senders_word_on_secrecy_arrives(
    municipality: Any, region: Any, sdk_worker: Any, *, confidential: bool
) -> None:
    """What the sender says of confidentiality the reader sees."""
    municipality.send(region.address(), confidential=confidential)
    sdk_worker.settle()
    assert [one.confidential for one in region.messages()] == [confidential]
    assert [one.case.confidential for one in region.cases()] == [confidential]


@pytest.mark.feature("SD12")
def test_the_text_arrives_to_the_letter(municipality: Any, region: Any, sdk_worker: Any) -> None:
    """Markdown, odd signs and lines of their own are what they were."""
    body = "# Rubrik\n\n* ett\n* två\n\n<b>inte html</b> & \u2013 \U0001f4ef\n"
    municipality.send(region.address(), body=body)
    sdk_worker.settle()
    assert [one.body for one in region.messages()] == [body]


@pytest.mark.feature("SD1")
def test_a_file_without_a_text_is_a_message(municipality: Any, region: Any, sdk_worker: Any) -> None:
    """An empty text is left out, as the content specification asks."""
    municipality.send(region.address(), body="", attachments=(municipality.attach(),))
    sdk_worker.settle()
    (message,) = region.messages()
    assert (message.body, len(message.attachments)) == ("", 1)
