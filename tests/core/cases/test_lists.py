"""The inbox with its filters and pages, what was sent, the counts, the rail and the search."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text, update

from budkavle.accounts import mailboxes
from budkavle.cases import actions, inbox, search
from budkavle.cases import counts as navigation
from budkavle.cases.finding import index
from budkavle.cases.inbox import CaseFilter, Scope
from budkavle.messaging import case_view
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import File, Reference
from budkavle.model.states import CaseState, DeliveryState
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser


def _all_pages(organisation: SampleOrganisation, limit: int, actor: Any = None, **chosen: Any) -> list[Any]:
    ids, cursor = [], None
    while True:
        page = in_work(
            organisation.platform,
            actor or organisation.case_worker,
            inbox.inbox,
            organisation.mailbox.id,
            CaseFilter(**chosen),
            cursor=cursor,
            limit=limit,
        )
        ids += [case.id for case in page.items]
        assert len(page.items) <= limit
        cursor = page.next_cursor
        if cursor is None:
            return ids


@pytest.mark.feature("F2", "F12")
def test_a_row_shows_what_the_message_says(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """A row has subject, counterpart, channel, attachments and confidentiality, opened from its sealed parts."""
    files = (File("beslut.pdf", "application/pdf", b"%PDF-1.7 x"),)
    organisation.arrive("Begäran om journal", files=files, confidential=True)
    (case,) = organisation.cases(case_worker)
    assert case.subject == "Begäran om journal"
    assert case.counterpart == "Region Jönköpings län · Vårdcentralen Bankeryd"
    assert (case.channel, case.attachments, case.confidential, case.messages) == ("fake", 1, True, 1)
    assert (case.unread, case.holder, case.state) == (True, "", CaseState.OPEN)


@pytest.mark.feature("F19", "F20")
def test_filters_and_counts_agree(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Mine, others', untaken, closed and binned each list their own, and the counts say the same."""
    mine, others, untaken, closed, binned = (organisation.arrive(f"Ärende {n}") for n in range(5))
    in_work(platform, case_worker, actions.take, mine)
    in_work(platform, colleague, actions.take, others)
    in_work(platform, case_worker, actions.close, closed)
    in_work(platform, case_worker, actions.bin_case, binned)
    wanted = {
        "all": (CaseFilter(), {mine, others, untaken}),
        "mine": (CaseFilter(Scope.MINE), {mine}),
        "others": (CaseFilter(Scope.OTHERS), {others}),
        "untaken": (CaseFilter(Scope.UNTAKEN), {untaken}),
        "closed": (CaseFilter(state=CaseState.CLOSED), {closed}),
        "binned": (CaseFilter(state=CaseState.BINNED), {binned}),
        "trouble": (CaseFilter(trouble=True), set()),
    }
    counts = in_work(platform, case_worker, navigation.counts, mailbox.id)
    for name, (filter_, ids) in wanted.items():
        page = in_work(platform, case_worker, inbox.inbox, mailbox.id, filter_)
        assert {case.id for case in page.items} == ids, name
        assert counts[name] == len(ids), name
    assert (counts["sent"], counts["unread"]) == (0, 3)


@pytest.mark.feature("F23")
def test_the_channel_filter(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Only cases whose last message went by the chosen transport."""
    organisation.arrive()
    assert len(organisation.cases(case_worker, channel="fake")) == 1
    assert organisation.cases(case_worker, channel="fax") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_with_equal_times(platform: Platform, organisation: SampleOrganisation, limit: int) -> None:
    """Pages neither miss nor repeat a case, also when many have the very same time."""
    made = [organisation.arrive(f"Nummer {n}") for n in range(7)]
    with platform.database.transaction(organisation.id) as connection:
        moments = {"at": "2026-01-01 12:00:00.123456+00"}
        connection.execute(text("UPDATE cases SET active_at = :at"), moments)
    ids = _all_pages(organisation, limit)
    assert sorted(ids) == sorted(made)
    assert ids == sorted(made, reverse=True)


def test_a_cursor_of_somebody_else_is_refused(
    platform: Platform, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """A cursor that is none of ours is an error in words."""
    for cursor in ("", "x", "2026-01-01_x", "_", f"x_{uuid4()}"):
        with pytest.raises(Invalid, match="från början"):
            in_work(platform, case_worker, inbox.inbox, mailbox.id, cursor=cursor)
        with pytest.raises(Invalid, match="från början"):
            in_work(platform, case_worker, inbox.sent, mailbox.id, cursor=cursor)


@pytest.mark.feature("M10", "M11", "F2")
def test_sent_messages(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """What is sent lands in Skickade with each recipient's state, and not in the inbox until somebody answers."""
    message = organisation.send(case_worker, "Fråga om bygglov")
    page = in_work(platform, colleague, inbox.sent, mailbox.id)
    (row,) = page.items
    assert (row.message_id, row.subject, row.author) == (message.id, "Fråga om bygglov", "Ada Ahl")
    (to,) = row.recipients
    assert (str(to.recipient), to.state) == (
        "Region Jönköpings län · Vårdcentralen Bankeryd",
        DeliveryState.READY_TO_SEND,
    )
    assert organisation.cases(case_worker) == []
    counts = in_work(platform, case_worker, navigation.counts, mailbox.id)
    assert (counts["sent"], counts["all"]) == (1, 0)
    answered = organisation.arrive("Sv: Fråga om bygglov", ref_to=str(to.delivery_id))
    assert answered == message.case_id
    assert [case.id for case in organisation.cases(case_worker)] == [answered]


@pytest.mark.feature("M10")
def test_pages_of_sent(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Skickade is paged like the inbox."""
    made = [organisation.send(case_worker, f"Nummer {n}").id for n in range(5)]
    ids, cursor = [], None
    while True:
        page = in_work(platform, case_worker, inbox.sent, mailbox.id, cursor, limit=2)
        ids += [row.message_id for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert ids == made[::-1]


def test_trouble_shows_in_the_inbox(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """A sent message that did not arrive stands in the inbox, under Behöver åtgärd."""
    message = organisation.send(case_worker)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.deliveries).values(state="SEND_FAILURE"))
        connection.execute(update(tables.cases).values(trouble=True))
    assert [case.id for case in organisation.cases(case_worker, trouble=True)] == [message.case_id]
    assert [case.id for case in organisation.cases(case_worker)] == [message.case_id]
    assert in_work(platform, case_worker, inbox.sent, mailbox.id).items[0].trouble
    assert [(box.mailbox.name, box.trouble) for box in in_work(platform, case_worker, navigation.mailbox_counts)] == [
        ("Ada Ahl", 0),
        ("Socialnämnden", 1),
    ]


@pytest.mark.feature("F1")
def test_the_rail(
    platform: Platform,
    organisation: SampleOrganisation,
    colleague: SampleUser,
    case_worker: SampleUser,
    outsider: SampleUser,
) -> None:
    """A user sees the personal mailbox first, then those of which they are members, with what waits."""
    organisation.arrive()
    taken = organisation.arrive()
    in_work(platform, colleague, actions.take, taken)
    in_work(platform, case_worker, actions.mark_read, taken)
    mine = in_work(platform, case_worker, navigation.mailbox_counts)
    assert [(box.mailbox.name, box.untaken, box.unread) for box in mine] == [("Ada Ahl", 0, 0), ("Socialnämnden", 1, 1)]
    assert [box.mailbox.name for box in in_work(platform, outsider, navigation.mailbox_counts)] == ["Dag Ny"]


@pytest.mark.parametrize("who", ["outsider", "administrator", "other_administrator"])
def test_outsiders_see_no_list(
    platform: Platform,
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    who: str,
    request: pytest.FixtureRequest,
) -> None:
    """Nobody but members lists a mailbox; a row is not found either."""
    case_id, actor = organisation.arrive(), request.getfixturevalue(who)
    for function in (inbox.inbox, inbox.sent, navigation.counts):
        with pytest.raises(NotFound):
            in_work(platform, actor, function, mailbox.id)
    with pytest.raises(NotFound):
        in_work(platform, actor, inbox.case_item, case_id)
    with pytest.raises(NotFound):
        in_work(platform, actor, search.search, "begäran", mailbox_id=mailbox.id)
    assert in_work(platform, actor, search.search, "begäran") == []
    assert all(box.mailbox.id != mailbox.id for box in in_work(platform, actor, navigation.mailbox_counts))


def test_a_list_costs_few_queries(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """However many rows a page has, it takes the same number of queries."""
    count = {"n": 0}

    def counting(*_: object) -> None:
        count["n"] += 1

    def cost(function: Any) -> int:
        function()
        count["n"] = 0
        function()
        return count["n"]

    organisation.arrive()
    event.listen(platform.database.engine, "before_cursor_execute", counting)
    lists = [
        lambda: in_work(platform, case_worker, inbox.inbox, mailbox.id),
        lambda: in_work(platform, case_worker, inbox.sent, mailbox.id),
        lambda: in_work(platform, case_worker, navigation.mailbox_counts),
        lambda: in_work(platform, case_worker, navigation.counts, mailbox.id),
    ]
    organisation.send(case_worker)
    few = [cost(one) for one in lists]
    for _ in range(10):
        organisation.arrive()
        organisation.send(case_worker)
    assert [cost(one) for one in lists] == few
    assert all(n <= 5 for n in few), few


def test_opening_a_case_costs_the_same_at_any_length(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """However long the thread is, it takes the same number of queries."""
    first = organisation.arrive("Fråga")
    question = in_work(platform, case_worker, case_view.case, first).thread[0].message
    organisation.send(case_worker, "Sv", reply_to=question.id)
    in_work(platform, case_worker, case_view.case, first)
    seen: list[str] = []
    event.listen(platform.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))

    def cost() -> int:
        seen.clear()
        in_work(platform, case_worker, case_view.case, first)
        return len(seen)

    few = cost()
    for n in range(5):
        organisation.arrive(
            f"Mer {n}", conversation_id=question.conversation_id, files=(File("a.txt", "text/plain", b"a"),)
        )
        organisation.send(case_worker, f"Sv {n}", reply_to=question.id)
    assert cost() - few in {0, 1}  # attachments are only asked for where there are some
    assert few <= 14


def test_searching(platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """What is not in the index yet is found by whole words of subjects, names and references, in any order and case."""
    reference = Reference("1.2.752.129.2.1.2.1", "KS 2026/112", "Diarienummer")
    case_id = organisation.arrive("Begäran om Journalhandling", references=(reference,), body="Hemlig orosanmälan")
    number = organisation.cases(case_worker)[0].number
    for words in (
        "journalhandling",
        "BEGÄRAN journalhandling",
        "bankeryd",
        "KS 2026/112",
        number,
        "jönköpings begäran",
    ):
        assert [case.id for case in in_work(platform, case_worker, search.search, words)] == [case_id], words
    for words in ("journal", "orosanmälan", "begäran saknas"):
        assert in_work(platform, case_worker, search.search, words) == [], words
    for words in ("", "  ", "-", "x"):
        with pytest.raises(Invalid):
            in_work(platform, case_worker, search.search, words)
    assert "genomsöks inte" in search.SCOPE
    assert index.index_cases(platform) == 1
    for words in ("journal", "orosanmälan", "hemliga begäran", "jönköp", "KS 2026/112"):
        assert [case.id for case in in_work(platform, case_worker, search.search, words)] == [case_id], words
    assert in_work(platform, case_worker, search.search, "handling") == []
    in_work(platform, case_worker, actions.bin_case, case_id)
    assert in_work(platform, case_worker, search.search, "journalhandling") == []


def test_a_member_of_another_mailbox_finds_nothing(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
    outsider: SampleUser,
) -> None:
    """Search covers the searcher's own mailboxes only, inside one organisation too."""
    organisation.arrive("Begäran")
    in_work(platform, administrator, mailboxes.add_members, other_mailbox.id, [outsider.user_id])
    assert in_work(platform, outsider, search.search, "begäran") == []


@pytest.mark.feature("M12", "M13", "M14", "F16")
def test_the_thread_of_a_case(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    mailbox_administrator: SampleUser,
) -> None:
    """A case opens with its messages in the order of who answers what, their tracks and the log."""
    first = organisation.arrive("Fråga", remote_id="fråga-1", files=(File("a.txt", "text/plain", b"a"),))
    question = in_work(platform, case_worker, case_view.case, first).thread[0].message
    answer = organisation.send(case_worker, "Sv: Fråga", reply_to=question.id)
    delivery_id = in_work(platform, case_worker, inbox.sent, mailbox.id).items[0].recipients[0].delivery_id
    organisation.arrive("Annat i samma", conversation_id=question.conversation_id)
    organisation.arrive("Tack", ref_to=str(delivery_id))
    view = in_work(platform, case_worker, case_view.case, first)
    assert [(one.message.subject, one.depth) for one in view.thread] == [
        ("Fråga", 0),
        ("Sv: Fråga", 1),
        ("Tack", 2),
        ("Annat i samma", 0),
    ]
    sent = view.message(answer.id)
    assert sent is not None
    assert (sent.message.author, sent.message.body) == ("Ada Ahl", "Se svaret.")
    assert sent.tracks[0].to.answered_at is not None
    assert sent.tracks[0].events[0].state == "READY_TO_SEND"
    assert question.attachments[0].file_name == "a.txt"
    assert [event.kind for event in view.log][:2] == ["opened", "joined"]
    assert not view.administrator
    assert in_work(platform, mailbox_administrator, case_view.case, first).administrator


def test_a_circle_of_references_is_no_trap(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Messages that claim to answer each other all show, once."""
    conversation = str(uuid4())
    case_id = organisation.arrive("A", remote_id="a", ref_to="b", conversation_id=conversation)
    organisation.arrive("B", remote_id="b", ref_to="a", conversation_id=conversation)
    organisation.arrive("C", remote_id="c", ref_to="c", conversation_id=conversation)
    thread = in_work(platform, case_worker, case_view.case, case_id).thread
    assert sorted(one.message.subject for one in thread) == ["A", "B", "C"]


@pytest.mark.feature("F1")
def test_a_personal_mailbox_has_its_inbox(
    platform: Platform, case_worker: SampleUser, colleague: SampleUser, administrator: SampleUser
) -> None:
    """One's own mailbox lists like a function's, and belongs to one alone."""
    own = in_work(platform, case_worker, navigation.mailbox_counts)[0].mailbox
    assert in_work(platform, case_worker, inbox.inbox, own.id).items == []
    for actor in (colleague, administrator):
        with pytest.raises(NotFound):
            in_work(platform, actor, inbox.inbox, own.id)


@pytest.mark.feature("F20")
def test_others_are_all_holders_but_oneself(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Whichever ids they have; neither one's own cases nor untaken ones are counted, and no more than the limit."""
    ids = [organisation.arrive(f"Ärende {number}") for number in range(5)]
    for case_id, holder in zip(ids, ("0" * 32, "f" * 32, "f" * 32, case_worker.id), strict=False):
        organisation.rows(f"UPDATE cases SET holder_id = '{holder}' WHERE id = '{case_id}'")
    many = in_work(platform, case_worker, navigation.counts, organisation.mailbox.id)
    assert (many["others"], many["mine"], many["untaken"]) == (3, 1, 1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(navigation, "CAP", 2)
        assert in_work(platform, case_worker, navigation.counts, organisation.mailbox.id)["others"] == 2


@pytest.mark.feature("E6")
def test_pages_go_on_from_the_oldest(organisation: SampleOrganisation) -> None:
    """In the other order each page begins behind the last one too; together they are the list turned."""
    for number in range(5):
        organisation.arrive(f"Nummer {number}")
    latest_first = _all_pages(organisation, 2)
    assert _all_pages(organisation, 2, oldest_first=True) == latest_first[::-1]
