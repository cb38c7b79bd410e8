"""A message and its receipt, all the way: from a draft in one mailbox to a case in another, and back acknowledged."""

import threading
import time
from typing import Any

import pytest

from budkavle import Person, Reference
from budkavle.messaging.drafts import reply
from budkavle.model.states import CaseState
from budkavle.operations.worker import Worker

PATIENCE = 30.0


@pytest.mark.feature("SD1", "SD3", "SD5", "S6", "S9", "S14", "S15", "M10")
def test_a_message_arrives_and_is_acknowledged(town: Any) -> None:
    """What one writes another reads; the receipt comes back and moves the state."""
    town.a.send(town.b.address(), attachments=(town.a.attach(),))
    assert town.a.states() == ["READY_TO_SEND"]
    town.carry()
    assert town.a.states() == ["WAITING_FOR_RECEIPT"]
    town.settle()
    assert town.a.timeline() == ["READY_TO_SEND", "SEND_IN_PROGRESS", "WAITING_FOR_RECEIPT", "ACKNOWLEDGED"]
    (message,) = town.b.messages()
    assert (message.subject, message.body) == ("Orosanmälan", "Hej! **Se** bilagan.")
    assert str(message.sender) == "Björkviks kommun · Socialtjänsten, mottagning barn och unga"
    assert [(file.file_name, file.content_type) for file in message.attachments] == [("kopia.pdf", "application/pdf")]
    assert message.remote_id == str(town.a.delivery().id)
    (sent,) = town.a.sent()
    assert [str(one.state) for one in sent.recipients] == ["ACKNOWLEDGED"]


@pytest.mark.feature("SD1", "SD5")
def test_a_running_worker_does_it_all_by_itself(town: Any) -> None:
    """With the worker's own threads and jobs, nobody has to push."""
    worker, stop = Worker(town.platform), threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        town.a.send(town.b.address())
        deadline = time.monotonic() + PATIENCE
        while town.a.states() != ["ACKNOWLEDGED"] and time.monotonic() < deadline:
            stop.wait(0.05)
    finally:
        stop.set()
        thread.join()
    assert town.a.states() == ["ACKNOWLEDGED"]
    assert len(town.b.messages()) == 1


@pytest.mark.feature("SD8")
def test_nobody_reads_it_before_its_receipt_was_handed_over(town: Any) -> None:
    """Stored, it is held; only when the access point has the receipt can it be read."""
    town.a.send(town.b.address())
    town.carry()
    assert town.fetch() == 1
    assert [row.state for row in town.b.rows("SELECT state FROM messages")] == ["HELD"]
    assert town.b.messages() == []
    town.carry()
    assert len(town.b.messages()) == 1
    assert town.network.access_point.pending(town.a.participant.participant)


@pytest.mark.feature("SD9", "M14")
def test_an_answer_goes_on_in_the_thread(town: Any) -> None:
    """The answer names the message that it answers, keeps the conversation, and joins the sender's own case."""
    town.a.send(town.b.address())
    town.settle()
    (asked,) = town.b.messages()
    draft = reply(asked, town.b.full_address())
    town.b.send(*draft.recipients, subject=draft.subject, reply_to=asked.id)
    town.settle()
    (case,) = town.a.cases()
    assert case.case.state is CaseState.OPEN
    question, answer = (one.message for one in case.thread)
    assert answer.subject == "Sv: Orosanmälan"
    assert answer.ref_to == str(town.a.delivery().id) == asked.remote_id
    assert answer.conversation_id == asked.conversation_id == question.conversation_id
    assert len(town.b.cases()) == 1
    assert town.b.states() == ["ACKNOWLEDGED"]


@pytest.mark.feature("SD9")
def test_several_recipients_are_several_messages(town: Any) -> None:
    """Each recipient gets a message with an id of its own, in one conversation, and acknowledges it by itself."""
    town.a.send(town.b.address(0), town.b.address(1))
    town.settle()
    (first,), (second,) = town.b.messages(0), town.b.messages(1)
    assert first.remote_id != second.remote_id
    assert first.conversation_id == second.conversation_id
    assert town.a.states() == ["ACKNOWLEDGED", "ACKNOWLEDGED"]


@pytest.mark.feature("SD10")
def test_references_and_persons_go_both_ways(town: Any) -> None:
    """The sender's reference is shown to the recipient, and comes back in the answer as the recipient's."""
    dnr = Reference("dnr", "BUN 2026/17", "Vårt ärende", "sender")
    about = Person("1.2.752.129.2.1.3.1", "191212121212", "Tolvan Tolvansson", "recipient")
    town.a.send(town.b.address(), references=(dnr,), persons=(about,))
    town.settle()
    (asked,) = town.b.messages()
    assert asked.references == (dnr,)
    assert asked.persons == (about,)
    draft = reply(asked, town.b.full_address())
    own = Reference("dnr", "REG 9", "", "sender")
    town.b.send(
        *draft.recipients,
        subject=draft.subject,
        reply_to=asked.id,
        references=(*draft.references, own),
        persons=draft.persons,
    )
    town.settle()
    answer = town.a.messages()[-1]
    assert {(one.value, one.party) for one in answer.references} == {("BUN 2026/17", "recipient"), ("REG 9", "sender")}
    assert [(one.name, one.party) for one in answer.persons] == [("Tolvan Tolvansson", "sender")]


@pytest.mark.feature("SD11")
@pytest.mark.parametrize("confidential", [True, False])
def test_the_senders_word_on_secrecy_arrives(town: Any, *, confidential: bool) -> None:
    """What the sender says of confidentiality the reader sees."""
    town.a.send(town.b.address(), confidential=confidential)
    town.settle()
    assert [one.confidential for one in town.b.messages()] == [confidential]
    assert [one.case.confidential for one in town.b.cases()] == [confidential]


@pytest.mark.feature("SD12")
def test_the_text_arrives_to_the_letter(town: Any) -> None:
    """Markdown, odd signs and lines of their own are what they were."""
    body = "# Rubrik\n\n* ett\n* två\n\n<b>inte html</b> & \u2013 \U0001f4ef\n"
    town.a.send(town.b.address(), body=body)
    town.settle()
    assert [one.body for one in town.b.messages()] == [body]


@pytest.mark.feature("SD1")
def test_a_file_without_a_text_is_a_message(town: Any) -> None:
    """An empty text is left out, as the content specification asks."""
    town.a.send(town.b.address(), body="", attachments=(town.a.attach(),))
    town.settle()
    (message,) = town.b.messages()
    assert (message.body, len(message.attachments)) == ("", 1)
