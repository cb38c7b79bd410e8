"""The inbox with its filters and pages, what was sent, the counts, the rail and the search."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text, update

from budkavle.accounts import mailboxes
from budkavle.cases import actions, inbox, search
from budkavle.cases import counts as navigation
from budkavle.cases.inbox import CaseFilter, Scope
from budkavle.messaging import case_view
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.messages import File, Reference
from budkavle.model.states import CaseState, DeliveryState
from budkavle.storage import tables
from budkavle.testing.acting import in_work

World = Any  # of conftest.py, which cannot be imported


def _all_pages(world: World, limit: int, actor: Any = None) -> list[Any]:
    found, cursor = [], None
    while True:
        page = in_work(world.platform, actor or world.ada, inbox.inbox, world.box.id, cursor=cursor, limit=limit)
        found += [case.id for case in page.items]
        assert len(page.items) <= limit
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.feature("F2", "F12")
def test_a_row_shows_what_the_message_says(world: World) -> None:
    """A row has subject, counterpart, channel, attachments and confidentiality, opened from its sealed parts."""
    files = (File("beslut.pdf", "application/pdf", b"%PDF-1.7 x"),)
    world.arrive("Begäran om journal", files=files, confidential=True)
    (case,) = world.cases(world.ada)
    assert case.subject == "Begäran om journal"
    assert case.counterpart == "Region Jönköpings län · Vårdcentralen Bankeryd"
    assert (case.channel, case.attachments, case.confidential, case.messages) == ("fake", 1, True, 1)
    assert (case.unread, case.holder, case.state) == (True, "", CaseState.OPEN)


@pytest.mark.feature("F19", "F20")
def test_filters_and_counts_agree(world: World) -> None:
    """Mine, others', untaken, closed and binned each list their own, and the counts say the same."""
    mine, others, untaken, closed, binned = (world.arrive(f"Ärende {n}") for n in range(5))
    in_work(world.platform, world.ada, actions.take, mine)
    in_work(world.platform, world.bo, actions.take, others)
    in_work(world.platform, world.ada, actions.close, closed)
    in_work(world.platform, world.ada, actions.bin_case, binned)
    wanted = {
        "all": (CaseFilter(), {mine, others, untaken}),
        "mine": (CaseFilter(Scope.MINE), {mine}),
        "others": (CaseFilter(Scope.OTHERS), {others}),
        "untaken": (CaseFilter(Scope.UNTAKEN), {untaken}),
        "closed": (CaseFilter(state=CaseState.CLOSED), {closed}),
        "binned": (CaseFilter(state=CaseState.BINNED), {binned}),
        "trouble": (CaseFilter(trouble=True), set()),
    }
    counts = in_work(world.platform, world.ada, navigation.counts, world.box.id)
    for name, (filter_, ids) in wanted.items():
        page = in_work(world.platform, world.ada, inbox.inbox, world.box.id, filter_)
        assert {case.id for case in page.items} == ids, name
        assert counts[name] == len(ids), name
    assert (counts["sent"], counts["unread"]) == (0, 3)


@pytest.mark.feature("F23")
def test_the_channel_filter(world: World) -> None:
    """Only cases whose last message went by the chosen transport."""
    world.arrive()
    assert len(world.cases(world.ada, channel="fake")) == 1
    assert world.cases(world.ada, channel="fax") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_with_equal_times(world: World, limit: int) -> None:
    """Pages neither miss nor repeat a case, also when many have the very same time."""
    made = [world.arrive(f"Nummer {n}") for n in range(7)]
    with world.platform.database.transaction(world.organisation.id) as connection:
        moments = {"at": "2026-01-01 12:00:00.123456+00"}
        connection.execute(text("UPDATE cases SET active_at = :at"), moments)
    found = _all_pages(world, limit)
    assert sorted(found) == sorted(made)
    assert found == sorted(made, reverse=True)


def test_a_cursor_of_somebody_else_is_refused(world: World) -> None:
    """A cursor that is none of ours is an error in words."""
    for cursor in ("", "x", "2026-01-01_x", "_", f"x_{uuid4()}"):
        with pytest.raises(Invalid, match="från början"):
            in_work(world.platform, world.ada, inbox.inbox, world.box.id, cursor=cursor)
        with pytest.raises(Invalid, match="från början"):
            in_work(world.platform, world.ada, inbox.sent, world.box.id, cursor=cursor)


@pytest.mark.feature("M10", "M11", "F2")
def test_sent_messages(world: World) -> None:
    """What is sent lands in Skickade with each recipient's state, and not in the inbox until somebody answers."""
    message = world.send(world.ada, "Fråga om bygglov")
    page = in_work(world.platform, world.bo, inbox.sent, world.box.id)
    (row,) = page.items
    assert (row.message_id, row.subject, row.author) == (message.id, "Fråga om bygglov", "Ada Ahl")
    (to,) = row.recipients
    assert (str(to.recipient), to.state) == (
        "Region Jönköpings län · Vårdcentralen Bankeryd",
        DeliveryState.READY_TO_SEND,
    )
    assert world.cases(world.ada) == []
    counts = in_work(world.platform, world.ada, navigation.counts, world.box.id)
    assert (counts["sent"], counts["all"]) == (1, 0)
    answered = world.arrive("Sv: Fråga om bygglov", ref_to=str(to.delivery_id))
    assert answered == message.case_id
    assert [case.id for case in world.cases(world.ada)] == [answered]


@pytest.mark.feature("M10")
def test_pages_of_sent(world: World) -> None:
    """Skickade is paged like the inbox."""
    made = [world.send(world.ada, f"Nummer {n}").id for n in range(5)]
    found, cursor = [], None
    while True:
        page = in_work(world.platform, world.ada, inbox.sent, world.box.id, cursor, limit=2)
        found += [row.message_id for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == made[::-1]


def test_trouble_shows_in_the_inbox(world: World) -> None:
    """A sent message that did not arrive stands in the inbox, under Behöver åtgärd."""
    message = world.send(world.ada)
    with world.platform.database.transaction(world.organisation.id) as connection:
        connection.execute(update(tables.deliveries).values(state="SEND_FAILURE"))
        connection.execute(update(tables.cases).values(trouble=True))
    assert [case.id for case in world.cases(world.ada, trouble=True)] == [message.case_id]
    assert [case.id for case in world.cases(world.ada)] == [message.case_id]
    assert in_work(world.platform, world.ada, inbox.sent, world.box.id).items[0].trouble
    assert [
        (box.mailbox.name, box.trouble) for box in in_work(world.platform, world.ada, navigation.mailbox_counts)
    ] == [
        ("Ada Ahl", 0),
        ("Socialnämnden", 1),
    ]


@pytest.mark.feature("F1")
def test_the_rail(world: World) -> None:
    """A user sees the personal mailbox first, then those of which they are members, with what waits."""
    world.arrive()
    taken = world.arrive()
    in_work(world.platform, world.bo, actions.take, taken)
    in_work(world.platform, world.ada, actions.mark_read, taken)
    mine = in_work(world.platform, world.ada, navigation.mailbox_counts)
    assert [(box.mailbox.name, box.untaken, box.unread) for box in mine] == [("Ada Ahl", 0, 0), ("Socialnämnden", 1, 1)]
    assert [box.mailbox.name for box in in_work(world.platform, world.dag, navigation.mailbox_counts)] == ["Dag Ny"]


@pytest.mark.parametrize("who", ["dag", "root", "eve"])
def test_outsiders_see_no_list(world: World, who: str) -> None:
    """Nobody but members lists a mailbox; a row is not found either."""
    case_id, actor = world.arrive(), getattr(world, who)
    for function in (inbox.inbox, inbox.sent, navigation.counts):
        with pytest.raises(NotFound):
            in_work(world.platform, actor, function, world.box.id)
    with pytest.raises(NotFound):
        in_work(world.platform, actor, inbox.case_item, case_id)
    with pytest.raises(NotFound):
        in_work(world.platform, actor, search.search, "begäran", mailbox_id=world.box.id)
    assert in_work(world.platform, actor, search.search, "begäran") == []
    assert all(box.mailbox.id != world.box.id for box in in_work(world.platform, actor, navigation.mailbox_counts))


def test_a_list_costs_few_queries(world: World) -> None:
    """However many rows a page has, it takes the same number of queries."""
    count = {"n": 0}

    def counting(*_: object) -> None:
        count["n"] += 1

    def cost(function: Any) -> int:
        function()
        count["n"] = 0
        function()
        return count["n"]

    world.arrive()
    event.listen(world.platform.database.engine, "before_cursor_execute", counting)
    lists = [
        lambda: in_work(world.platform, world.ada, inbox.inbox, world.box.id),
        lambda: in_work(world.platform, world.ada, inbox.sent, world.box.id),
        lambda: in_work(world.platform, world.ada, navigation.mailbox_counts),
        lambda: in_work(world.platform, world.ada, navigation.counts, world.box.id),
    ]
    world.send(world.ada)
    few = [cost(one) for one in lists]
    for _ in range(10):
        world.arrive()
        world.send(world.ada)
    assert [cost(one) for one in lists] == few
    assert all(n <= 5 for n in few), few


def test_opening_a_case_costs_the_same_at_any_length(world: World) -> None:
    """However long the thread is, it takes the same number of queries."""
    first = world.arrive("Fråga")
    question = in_work(world.platform, world.ada, case_view.case, first).thread[0].message
    world.send(world.ada, "Sv", reply_to=question.id)
    in_work(world.platform, world.ada, case_view.case, first)
    seen: list[str] = []
    event.listen(world.platform.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))

    def cost() -> int:
        seen.clear()
        in_work(world.platform, world.ada, case_view.case, first)
        return len(seen)

    few = cost()
    for n in range(5):
        world.arrive(f"Mer {n}", conversation_id=question.conversation_id, files=(File("a.txt", "text/plain", b"a"),))
        world.send(world.ada, f"Sv {n}", reply_to=question.id)
    assert cost() - few in {0, 1}  # attachments are only asked for where there are some
    assert few <= 14


def test_searching(world: World) -> None:
    """Whole words of subjects, names and references find a case, in any order and case; parts and texts do not."""
    reference = Reference("1.2.752.129.2.1.2.1", "KS 2026/112", "Diarienummer")
    case_id = world.arrive("Begäran om Journalhandling", references=(reference,), body="Hemlig orosanmälan")
    number = world.cases(world.ada)[0].number
    for words in (
        "journalhandling",
        "BEGÄRAN journalhandling",
        "bankeryd",
        "KS 2026/112",
        number,
        "jönköpings begäran",
    ):
        assert [case.id for case in in_work(world.platform, world.ada, search.search, words)] == [case_id], words
    for words in ("journal", "orosanmälan", "begäran saknas"):
        assert in_work(world.platform, world.ada, search.search, words) == [], words
    for words in ("", "  ", "-", "x"):
        with pytest.raises(Invalid):
            in_work(world.platform, world.ada, search.search, words)
    assert "genomsöks inte" in search.SCOPE
    in_work(world.platform, world.ada, actions.bin_case, case_id)
    assert in_work(world.platform, world.ada, search.search, "journalhandling") == []


def test_a_member_of_another_mailbox_finds_nothing(world: World) -> None:
    """Search covers the searcher's own mailboxes only, inside one organisation too."""
    world.arrive("Begäran")
    in_work(world.platform, world.root, mailboxes.add_members, world.other_box.id, [world.dag.user_id])
    assert in_work(world.platform, world.dag, search.search, "begäran") == []


@pytest.mark.feature("M12", "M13", "M14", "F16")
def test_the_thread_of_a_case(world: World) -> None:
    """A case opens with its messages in the order of who answers what, their tracks and the log."""
    first = world.arrive("Fråga", remote_id="fråga-1", files=(File("a.txt", "text/plain", b"a"),))
    question = in_work(world.platform, world.ada, case_view.case, first).thread[0].message
    answer = world.send(world.ada, "Sv: Fråga", reply_to=question.id)
    delivery_id = in_work(world.platform, world.ada, inbox.sent, world.box.id).items[0].recipients[0].delivery_id
    world.arrive("Annat i samma", conversation_id=question.conversation_id)
    world.arrive("Tack", ref_to=str(delivery_id))
    view = in_work(world.platform, world.ada, case_view.case, first)
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
    assert in_work(world.platform, world.cleo, case_view.case, first).administrator


def test_a_circle_of_references_is_no_trap(world: World) -> None:
    """Messages that claim to answer each other all show, once."""
    conversation = str(uuid4())
    case_id = world.arrive("A", remote_id="a", ref_to="b", conversation_id=conversation)
    world.arrive("B", remote_id="b", ref_to="a", conversation_id=conversation)
    world.arrive("C", remote_id="c", ref_to="c", conversation_id=conversation)
    thread = in_work(world.platform, world.ada, case_view.case, case_id).thread
    assert sorted(one.message.subject for one in thread) == ["A", "B", "C"]


@pytest.mark.feature("F1")
def test_a_personal_mailbox_has_its_inbox(world: World) -> None:
    """One's own mailbox lists like a function's, and belongs to one alone."""
    own = in_work(world.platform, world.ada, navigation.mailbox_counts)[0].mailbox
    assert in_work(world.platform, world.ada, inbox.inbox, own.id).items == []
    for actor in (world.bo, world.root):
        with pytest.raises(NotFound):
            in_work(world.platform, actor, inbox.inbox, own.id)
