"""Standing in for somebody (features U9, U10, Q7, Y7)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from budkavle.accounts import delegations, preferences
from budkavle.cases import actions, inbox, search
from budkavle.cases import counts as navigation
from budkavle.deliveries import undo
from budkavle.messaging import sending, tracking
from budkavle.messaging.case_view import case as read_case
from budkavle.messaging.case_view import open_attachment
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.messages import Address, Draft, File, Message
from budkavle.model.people import Actor
from budkavle.plugins.protocols import Capabilities
from budkavle.storage import tables
from budkavle.testing.acting import in_work, system

SOON = datetime.now(UTC) + timedelta(days=3)
TO = Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län")


def own_box(world: Any, actor: Actor) -> UUID:
    return in_work(world.platform, actor, navigation.mailbox_counts)[0].mailbox.id


def arrive(world: Any, subject: str, **more: Any) -> UUID:
    """Let a message come to Ada's own inbox, as an answer to one of hers."""
    sent = in_work(world.platform, world.ada, sending.send, own_box(world, world.ada), Draft((TO,), "Fråga", "Hej"))
    return world.arrive(subject, conversation_id=sent.conversation_id, **more)  # type: ignore[no-any-return]


def seen_by(world: Any, actor: Actor, box: UUID, case_id: UUID) -> Any:
    """What somebody sees of a case of which they may see nothing."""
    for deed in (read_case, inbox.case_item, actions.mark_unread, actions.take):
        with pytest.raises(NotFound):
            in_work(world.platform, actor, deed, case_id)  # type: ignore[operator]
    (own,) = (one for one in in_work(world.platform, actor, navigation.mailbox_counts) if one.mailbox.id == box)
    counts = {name: count for name, count in in_work(world.platform, actor, navigation.counts, box).items() if count}
    listed = (
        in_work(world.platform, actor, inbox.inbox, box).items,
        in_work(world.platform, actor, inbox.sent, box).items,
    )
    return listed, in_work(world.platform, actor, search.search, "Gammalt"), counts, own.unread


def later(world: Any, **changes: Any) -> None:
    """Move the delegation in time."""
    with world.platform.database.transaction(world.organisation.id) as connection:
        given = update(tables.memberships).where(tables.memberships.c.until.is_not(None))
        connection.execute(given.values(**changes))


@pytest.mark.feature("U9", "Q7")
def test_a_delegate_reads_until_the_day(world: Any) -> None:
    """The inbox stands in the colleague's rail, and is gone when the delegation has ended."""
    case_id = arrive(world, "Nytt")
    box = own_box(world, world.ada)
    with pytest.raises(NotFound):
        in_work(world.platform, world.bo, read_case, case_id)
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON, old_too=True)
    assert in_work(world.platform, world.bo, read_case, case_id).case.subject == "Nytt"
    mine = in_work(world.platform, world.bo, navigation.mailbox_counts)
    assert mine[0].mailbox.owner_id == world.bo.user_id  # one's own comes first
    assert [one.delegated.may_answer for one in mine if one.delegated] == [True]
    later(world, until=datetime.now(UTC) - timedelta(seconds=1))
    assert [
        one.mailbox.id for one in in_work(world.platform, world.bo, navigation.mailbox_counts) if one.mailbox.id == box
    ] == []
    for forbidden in (
        lambda: in_work(world.platform, world.bo, read_case, case_id),
        lambda: in_work(world.platform, world.bo, inbox.inbox, box),
        lambda: in_work(world.platform, world.bo, sending.send, box, Draft((TO,), "Svar", "Hej")),
    ):
        with pytest.raises(NotFound):
            forbidden()


@pytest.mark.feature("U10")
def test_old_messages_stay_hidden_unless_they_are_shared(world: Any) -> None:
    """In the list, the search, the counts, what was sent and the thread: only what came since."""
    old = arrive(world, "Gammalt", files=(File("a.pdf", "application/pdf", b"%PDF-1.7"),))
    box = own_box(world, world.ada)
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON)
    with pytest.raises(NotFound):
        in_work(world.platform, world.bo, read_case, old)
    assert in_work(world.platform, world.bo, inbox.inbox, box).items == []
    assert in_work(world.platform, world.bo, inbox.sent, box).items == []
    assert in_work(world.platform, world.bo, search.search, "Gammalt") == []
    counts = in_work(world.platform, world.bo, navigation.counts, box)
    assert (counts["all"], counts["sent"], counts["unread"]) == (0, 0, 0)
    new = arrive(world, "Nyare")
    assert [one.id for one in in_work(world.platform, world.bo, inbox.inbox, box).items] == [new]
    assert [one.unread for one in in_work(world.platform, world.bo, navigation.mailbox_counts) if one.delegated] == [1]
    with world.platform.database.transaction(world.organisation.id) as connection:
        conversation = connection.execute(
            select(tables.cases.c.conversation_id).where(tables.cases.c.id == old)
        ).scalar_one()
    world.arrive("Sv: Gammalt", conversation_id=conversation)
    thread = in_work(world.platform, world.bo, read_case, old).thread
    assert [one.message.subject for one in thread] == ["Sv: Gammalt"]
    (hidden,) = (
        file for one in in_work(world.platform, world.ada, read_case, old).thread for file in one.message.attachments
    )
    with pytest.raises(NotFound):
        in_work(world.platform, world.bo, open_attachment, hidden.id)
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON, old_too=True)
    assert in_work(world.platform, world.bo, open_attachment, hidden.id)[0] == hidden


@pytest.mark.feature("U10")
def test_what_the_owner_takes_back_shows_nothing_old(world: Any) -> None:
    """An answer in an old case brings it to the delegate; undone, it takes the case away again, in every view."""
    old = arrive(world, "Gammalt")
    box = own_box(world, world.ada)
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON)
    before = in_work(world.platform, world.ada, inbox.case_item, old).active_at
    given = seen_by(world, world.bo, box, old)
    replied = in_work(world.platform, world.ada, read_case, old).thread[-1].message
    draft = Draft((TO,), "Sv", "Hej", reply_to=replied.id)
    sent = in_work(world.platform, world.ada, sending.send, box, draft, hold=timedelta(seconds=10))
    assert sent.case_id == old
    assert [one.message.subject for one in in_work(world.platform, world.bo, read_case, old).thread] == ["Sv"]
    in_work(world.platform, world.ada, undo.undo, sent.id)
    assert seen_by(world, world.bo, box, old) == given
    assert in_work(world.platform, world.ada, inbox.case_item, old).active_at <= before


@pytest.mark.feature("U10")
def test_a_case_that_looks_alive_shows_nothing_old(world: Any) -> None:
    """Whatever moved the case, it is there for the delegate when one of its messages is."""
    old = arrive(world, "Gammalt")
    box = own_box(world, world.ada)
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON)
    given = seen_by(world, world.bo, box, old)
    with world.platform.database.transaction(world.organisation.id) as connection:
        later_on = datetime.now(UTC) + timedelta(minutes=1)
        connection.execute(update(tables.cases).where(tables.cases.c.id == old).values(active_at=later_on))
    assert seen_by(world, world.bo, box, old) == given


@pytest.mark.feature("U10")
def test_words_of_hidden_messages_find_nothing(world: Any) -> None:
    """A case that goes on is found by what is new in it and by its number, and by nothing old."""
    old = arrive(world, "Gammalt")
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON)
    view = in_work(world.platform, world.ada, read_case, old)
    world.arrive("Nyare", conversation_id=view.case.conversation_id)

    def found(words: str) -> list[UUID]:
        return [one.id for one in in_work(world.platform, world.bo, search.search, words)]

    assert (found("Gammalt"), found("Nyare"), found(view.case.number)) == ([], [old], [old])
    assert [one.id for one in in_work(world.platform, world.ada, search.search, "Gammalt")] == [old]
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON, old_too=True)
    assert found("Gammalt") == [old]


@pytest.mark.feature("U10")
def test_what_was_sent_before_is_not_followed(world: Any) -> None:
    """Neither the page of one recipient nor Länkar tells a delegate of new messages of an older one."""
    box = own_box(world, world.ada)
    world.platform.plugins.transports["fake"].capabilities = Capabilities(guests=True)

    def delivery_of(sent: Message) -> UUID:
        return in_work(world.platform, world.ada, inbox.sent, box).items[0].recipients[0].delivery_id

    old = delivery_of(in_work(world.platform, world.ada, sending.send, box, Draft((TO,), "Gammalt", "Hej")))
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON)
    new = delivery_of(in_work(world.platform, world.ada, sending.send, box, Draft((TO,), "Nyare", "Hej")))
    assert in_work(world.platform, world.bo, tracking.followed, new)[0].subject == "Nyare"
    assert [one.subject for one in in_work(world.platform, world.bo, tracking.links, box).items] == ["Nyare"]
    with pytest.raises(NotFound):
        in_work(world.platform, world.bo, tracking.followed, old)
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON, old_too=True)
    assert in_work(world.platform, world.bo, tracking.followed, old)[0].subject == "Gammalt"
    assert len(in_work(world.platform, world.bo, tracking.links, box).items) == 2


@pytest.mark.feature("Y7")
def test_a_delegate_answers_only_where_that_is_allowed(world: Any) -> None:
    """And then it is logged under the delegate's own name."""
    box = own_box(world, world.ada)
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON, may_answer=False)
    with pytest.raises(Forbidden, match="får inte svara"):
        in_work(world.platform, world.bo, sending.send, box, Draft((TO,), "Svar", "Hej"))
    case_id = arrive(world, "Nytt")
    for deed in (actions.close, actions.bin_case, actions.take):
        with pytest.raises(Forbidden, match="får inte svara eller flytta"):
            in_work(world.platform, world.bo, deed, case_id)
    in_work(world.platform, world.bo, actions.mark_unread, case_id)
    sent = in_work(world.platform, world.ada, sending.send, box, Draft((TO,), "Fråga", "Hej"))
    with world.platform.database.transaction(world.organisation.id) as connection:
        write = update(tables.deliveries).where(tables.deliveries.c.message_id == sent.id)
        delivery_id = connection.execute(write.values(state="SEND_FAILURE").returning(tables.deliveries.c.id)).scalar()
    with pytest.raises(Forbidden):
        in_work(world.platform, world.bo, sending.retry, delivery_id)
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON)
    sent = in_work(world.platform, world.bo, sending.send, box, Draft((TO,), "Svar", "Hej"))
    seen = in_work(world.platform, world.ada, read_case, sent.case_id).thread[0].message
    assert (seen.author, seen.on_behalf_of) == (sent.author, sent.on_behalf_of) == (world.bo.name, world.ada.name)
    listed = in_work(world.platform, world.ada, inbox.sent, box).items[0]
    assert listed.on_behalf_of == world.ada.name
    assert any(str(world.bo.user_id) in entry for entry in world.audit("message.sent"))


@pytest.mark.feature("U9")
def test_a_delegation_is_listed_and_ended(world: Any) -> None:
    """Given twice it is one, with the new terms; ended, it is gone at once."""
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON)
    in_work(world.platform, world.ada, delegations.delegate, world.bo.user_id, SOON + timedelta(days=1), old_too=True)
    (one,) = in_work(world.platform, world.ada, delegations.delegations)
    assert (one.name, one.old_too, one.until) == (world.bo.name, True, SOON + timedelta(days=1))
    in_work(world.platform, world.ada, delegations.end_delegation, world.bo.user_id)
    in_work(world.platform, world.ada, delegations.end_delegation, world.bo.user_id)
    assert in_work(world.platform, world.ada, delegations.delegations) == []
    assert len(world.audit("delegation.ended")) == 1


@pytest.mark.feature("U9")
@pytest.mark.parametrize(
    ("days", "field"), [(-1, "until"), (400, "until")], ids=["a day that has been", "more than a year"]
)
def test_a_wrong_date_is_told_at_its_field(world: Any, days: int, field: str) -> None:
    """Nothing is stored."""
    with pytest.raises(Invalid) as fault:
        in_work(
            world.platform, world.ada, delegations.delegate, world.bo.user_id, datetime.now(UTC) + timedelta(days=days)
        )
    assert list(fault.value.fields) == [field]
    assert in_work(world.platform, world.ada, delegations.delegations) == []


@pytest.mark.feature("U9")
def test_nobody_delegates_to_themselves_or_to_strangers(world: Any) -> None:
    """The owner's own membership is never changed, and another organisation's people are not found."""
    with pytest.raises(Invalid):
        in_work(world.platform, world.ada, delegations.delegate, world.ada.user_id, SOON)
    with pytest.raises(NotFound):
        in_work(world.platform, world.ada, delegations.delegate, world.eve.user_id, SOON)
    assert in_work(world.platform, world.ada, navigation.mailbox_counts)[0].delegated is None


@pytest.mark.feature("U6")
def test_a_choice_is_kept_and_its_content_is_not_logged(world: Any) -> None:
    """Each by its name; a text that is too long is refused at its field."""
    in_work(world.platform, world.ada, preferences.prefer, "signature", "Hälsningar\nAda")
    in_work(world.platform, world.ada, preferences.prefer, "auto_reply", {"on": True, "text": "Jag är borta."})
    kept = in_work(world.platform, system(world.organisation.id), preferences.preferences, world.ada.user_id)
    assert kept == {"signature": "Hälsningar\nAda", "auto_reply": {"on": True, "text": "Jag är borta."}}
    assert not any("Hälsningar" in entry for entry in world.audit("user.preferred"))
    with pytest.raises(Invalid) as fault:
        in_work(world.platform, world.ada, preferences.prefer, "signature", "x" * 5_000)
    assert list(fault.value.fields) == ["signature"]
