"""What is archived or thrown away is told by a word and an icon of its own, in every list and on its own page."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budkavle.accounts import delegations
from budkavle.cases import actions, inbox
from budkavle.deliveries import delivery_facts, queue, recall
from budkavle.deliveries.delivery_facts import Fact
from budkavle.deliveries.transitions import StateChange, Transition
from budkavle.messaging import sending
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address, Draft
from budkavle.model.states import DeliveryState
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work, system
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
BIN, ARCHIVE, CLOSE = "M4 7h16M9 7V4h6v3", "M10 12h4", "M9 13.5l2 2 4-4"


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with what is built in."""
    return budkavle_open()


@pytest.fixture
def letter(organisation: SampleOrganisation, other_administrator: SampleUser, case_worker: SampleUser) -> Any:
    """What Ada has written to Eve, carried; Eve's case of it, and Ada's."""
    draft = Draft((Address("secure", other_administrator.email),), "Nyckelord", "Hej!", loa=Loa.ONE)
    message = in_work(organisation.platform, case_worker, sending.send, case_worker.personal_id, draft)
    deliver_due(organisation.platform)
    (theirs,) = in_work(organisation.platform, other_administrator, inbox.inbox, other_administrator.personal_id).items
    return message, theirs


def tags(page: str) -> list[tuple[str, str]]:
    """The tags of the only row: the path of each one's icon, and its word."""
    (row,) = re.findall(r'<li (?:class="row|id="row-).*?</li>', page, re.DOTALL)
    found = re.findall(r'<span class="tag [^"]*">(.*?)</span>', row, re.DOTALL)
    return [(one.partition('<path d="')[2].partition('"')[0], re.sub(r"<[^>]*>", "", one).strip()) for one in found]


def has(page: str, icon: str, word: str) -> bool:
    """Whether the row has this word, with this icon beside it."""
    return any(icon in drawn and said == word for drawn, said in tags(page))


@pytest.mark.feature("S26", "R8")
def test_what_is_archived_says_so_in_the_lists(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    other_administrator: SampleUser,
    case_worker: SampleUser,
    letter: Any,
) -> None:
    """In one's own inbox it is archived: under Arkiv, in a search, and to its sender under Skickade."""
    message, theirs = letter
    eve, ada = browse(other_administrator), browse(case_worker)
    assert not has(eve.get(f"/m/{theirs.mailbox_id}").text, ARCHIVE, "Arkiverat")
    in_work(organisation.platform, other_administrator, actions.close, theirs.id)
    assert has(eve.get(f"/m/{theirs.mailbox_id}?folder=closed").text, ARCHIVE, "Arkiverat")
    assert has(eve.get("/search?q=nyckelord").text, ARCHIVE, "Arkiverat")
    own = f"/m/{message.mailbox_id}/sent"
    assert not has(ada.get(own).text, ARCHIVE, "Arkiverat"), "what the reader does with it is the reader's own"
    in_work(organisation.platform, case_worker, actions.close, message.case_id)
    assert has(ada.get(own).text, ARCHIVE, "Arkiverat")


@pytest.mark.feature("S20")
def test_what_is_thrown_away_says_so_in_the_lists(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    other_administrator: SampleUser,
    case_worker: SampleUser,
    letter: Any,
) -> None:
    """In the bin, and under Skickade, where it stays."""
    message, theirs = letter
    eve, ada = browse(other_administrator), browse(case_worker)
    in_work(organisation.platform, other_administrator, actions.bin_case, theirs.id)
    assert has(eve.get(f"/m/{theirs.mailbox_id}?folder=binned").text, BIN, "I papperskorgen")
    in_work(organisation.platform, case_worker, actions.bin_case, message.case_id)
    assert has(ada.get(f"/m/{message.mailbox_id}/sent").text, BIN, "I papperskorgen")


@pytest.mark.feature("S20")
def test_a_delivery_whose_content_is_gone_says_so(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, letter: Any
) -> None:
    """Under Skickade and on the recipient's own page."""
    message, _ = letter
    (sent,) = in_work(organisation.platform, case_worker, inbox.sent, message.mailbox_id).items
    one, state = sent.recipients[0].delivery_id, DeliveryState.DELETED
    in_work(organisation.platform, case_worker, recall.recall, one)
    change = Transition(state, (StateChange(datetime.now(UTC), state, ""),))
    assert in_work(organisation.platform, case_worker, queue.advance, one, change) is not None
    ada = browse(case_worker)
    assert has(ada.get(f"/m/{message.mailbox_id}/sent").text, BIN, "Borttaget")
    assert "Innehållet finns inte kvar." in ada.get(f"/d/{one}").text


@pytest.mark.feature("S20", "S26")
def test_a_functions_cases_are_closed_or_thrown_away(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    administrator: SampleUser,
    case_worker: SampleUser,
) -> None:
    """There the word is Avslutat, and in English the words are English."""
    draft = Draft((Address("local", str(mailbox.id)),), "Nyckelord", "Hej!", loa=Loa.ONE)
    in_work(organisation.platform, administrator, sending.send, administrator.personal_id, draft)
    deliver_due(organisation.platform)
    (case,) = in_work(organisation.platform, case_worker, inbox.inbox, mailbox.id).items
    ada = browse(case_worker)
    in_work(organisation.platform, case_worker, actions.close, case.id)
    assert has(ada.get(f"/m/{mailbox.id}?folder=closed").text, CLOSE, "Avslutat")
    in_work(organisation.platform, case_worker, actions.bin_case, case.id)
    assert has(ada.get(f"/m/{mailbox.id}?folder=binned").text, BIN, "I papperskorgen")
    ada.cookie += "; language=en"
    assert has(ada.get(f"/m/{mailbox.id}?folder=binned").text, BIN, "In the bin")


@pytest.mark.feature("Y7")
@pytest.mark.parametrize("may_answer", [True, False])
def test_who_only_reads_is_offered_nothing_else(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    colleague: SampleUser,
    case_worker: SampleUser,
    *,
    may_answer: bool,
) -> None:
    """The page of a message in the inbox of somebody absent has only the buttons that the delegation gives."""
    draft = Draft((Address("secure", colleague.email),), "Nyckelord", "Hej!", loa=Loa.ONE)
    in_work(organisation.platform, case_worker, sending.send, case_worker.personal_id, draft)
    deliver_due(organisation.platform)
    (case,) = in_work(organisation.platform, colleague, inbox.inbox, colleague.personal_id).items
    until, terms = datetime.now(UTC) + timedelta(days=3), {"old_too": True, "may_answer": may_answer}
    in_work(organisation.platform, colleague, delegations.delegate, case_worker.id, until, **terms)
    ada = browse(case_worker)
    page = ada.get(f"/c/{case.id}").text
    assert "Hej!" in page
    for way in ("reply", "close", "bin"):
        assert (f"/c/{case.id}/{way}" in page) == may_answer, way
    assert ada.post(f"/c/{case.id}/close").status_code == (303 if may_answer else 403)
    assert (f"/c/{case.id}/reopen" in ada.get(f"/c/{case.id}").text) == may_answer


@pytest.mark.feature("S11", "S25", "M11")
@pytest.mark.parametrize(
    ("fact", "word", "sentence"),
    [
        (Fact.BOUNCED, "Kom inte fram", "Mejlet med länken kom tillbaka, så mottagaren har inte fått den."),
        (Fact.EXPIRED, "Gick ut, aldrig läst", "Länken gick ut innan mottagaren hade öppnat meddelandet."),
    ],
)
def test_what_did_not_reach_its_reader_says_how(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    letter: Any,
    fact: Fact,
    word: str,
    sentence: str,
) -> None:
    """Under Skickade and on the recipient's own page: not that it was never sent, for it was."""
    message, _ = letter
    (sent,) = in_work(organisation.platform, case_worker, inbox.sent, message.mailbox_id).items
    one = sent.recipients[0].delivery_id
    assert in_work(organisation.platform, system(message.organisation_id), delivery_facts.note, one, fact)
    ada = browse(case_worker)
    page = ada.get(f"/m/{message.mailbox_id}/sent").text
    assert word in [said for _, said in tags(page)]
    assert f"Eve Far: {word}" in page
    assert "Inte skickat" not in page
    assert sentence in ada.get(f"/d/{one}").text


@pytest.mark.feature("Y7", "U9")
def test_who_only_reads_for_somebody_is_offered_nothing_to_write(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    colleague: SampleUser,
) -> None:
    """No answer and no sending on, which would be refused, but a line that says so; with leave, both are there."""
    draft = Draft((Address("secure", case_worker.email),), "Till Ada", "Hej!", loa=Loa.ONE)
    in_work(organisation.platform, administrator, sending.send, administrator.personal_id, draft)
    deliver_due(organisation.platform)
    ada, until = case_worker, datetime.now(UTC) + timedelta(days=2)
    (case,) = in_work(organisation.platform, ada, inbox.inbox, case_worker.personal_id).items
    bo, ways = browse(colleague), (f"/c/{case.id}/reply", f"/c/{case.id}/forward")
    for may in (True, False):
        in_work(organisation.platform, ada, delegations.delegate, colleague.id, until, old_too=True, may_answer=may)
        page = bo.get(f"/c/{case.id}").text
        assert [way in page for way in ways] == [may, may]
        assert ("Du läser åt Ada Ahl och får inte svara." in page) is not may


@pytest.mark.feature("E30")
def test_skickade_says_who_wrote(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
    letter: Any,
) -> None:
    """In a shared mailbox the colleague who wrote; in one's own inbox only who stood in, and for whom."""
    wrote = re.compile(r"Skickat av </span>([^<]*)<")
    draft = Draft((Address("secure", "eve@mullsjo.example"),), "Underlag", "Hej!", loa=Loa.ONE)
    in_work(organisation.platform, colleague, sending.send, mailbox.id, draft)
    assert wrote.findall(browse(case_worker).get(f"/m/{mailbox.id}/sent").text) == [colleague.name]
    own = letter[0].mailbox_id
    assert wrote.findall(browse(case_worker).get(f"/m/{own}/sent").text) == []
    until = datetime.now(UTC) + timedelta(days=2)
    in_work(organisation.platform, case_worker, delegations.delegate, colleague.id, until, may_answer=True)
    in_work(organisation.platform, colleague, sending.send, own, draft)
    page = browse(case_worker).get(f"/m/{own}/sent").text
    assert wrote.findall(page) == [f"{colleague.name} för {case_worker.name}"]
