"""What a reader sees of a case with several messages."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from budkavle import Address, Draft, Incoming
from budkavle.cases import CaseFilter, actions, list_cases
from budkavle.messaging import read_case, sending
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.mark.feature("SD11")
@pytest.mark.parametrize(
    ("path", "part"), [("", "<details class=.message.*?</summary>"), ("/print", "<section class=.message.*?</h2>")]
)
def test_which_message_of_a_case_is_confidential(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    browse: Callable[..., Any],
    path: str,
    part: str,
) -> None:
    """The flag is each sender's for one message: it stands at that one, on the screen and on paper."""
    conversation = str(uuid4())
    for body, confidential in (("Öppet", False), ("Hemligt", True), ("Öppet igen", False)):
        incoming = Incoming(
            organisation_id=organisation.id,
            transport="fake",
            remote_id=str(uuid4()),
            sender=Address("fake", "region", "Vårdcentralen"),
            recipient=Address("fake", "habo", "Socialnämnden"),
            subject="Begäran",
            body=body,
            received_at=datetime.now(UTC),
            conversation_id=conversation,
            confidential=confidential,
        )
        acting.accept(platform, incoming)
    (case,) = in_work(platform, case_worker, list_cases, mailbox.id, CaseFilter()).items
    page = browse(case_worker).get(f"/c/{case.id}{path}").text
    assert ["Sekretess" in one for one in re.findall(part, page, re.DOTALL)] == [False, True, False]


@pytest.mark.parametrize(("underway", "told"), [(timedelta(minutes=4), False), (timedelta(hours=2), True)])
def test_when_a_message_was_written_is_told_where_it_came_later(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    browse: Callable[..., Any],
    underway: timedelta,
    told: bool,
) -> None:
    """On the line of what matters, and among the facts; a few minutes on the way are nothing."""
    came = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    case_id = organisation.arrive(received_at=came, written_at=came - underway)
    page = browse(case_worker).get(f"/c/{case_id}").text
    assert page.count("2 mars 2026 08.30") == (2 if told else 0)
    assert ("Skrivet 2 mars 2026 08.30" in page) is told


@pytest.mark.feature("Y1", "Y2")
def test_the_log_tells_what_came_from_what_was_sent(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    browse: Callable[..., Any],
) -> None:
    """An answer is told with its writer, also where it opens a closed case again; only what came in has come in."""
    ada = case_worker
    organisation.arrive()
    (case,) = in_work(platform, ada, list_cases, mailbox.id, CaseFilter()).items
    in_work(platform, ada, actions.close, case.id)
    (message,) = in_work(platform, ada, read_case, case.id).thread
    answer = Draft((Address("fake", "region", "Vårdcentralen"),), "Sv", "Hej", reply_to=message.message.id)
    in_work(platform, ada, sending.send, mailbox.id, answer)
    page = browse(case_worker).get(f"/c/{case.id}").text
    log = re.findall(r"<span>([^<]*)</span><time", page[page.index("Händelser") :])
    assert log[-3:] == ["Ada Ahl avslutade ärendet", "Ada Ahl skickade ett meddelande", "Ada Ahl öppnade ärendet igen"]
    assert not [one for one in log if "kom in" in one]
