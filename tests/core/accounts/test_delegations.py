"""Standing in for somebody (features U9, U10, Q7, Y7)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from budkavle.accounts import delegations, mailboxes, preferences, users
from budkavle.cases import actions, inbox, search
from budkavle.cases import counts as navigation
from budkavle.deliveries import undo
from budkavle.messaging import sending, tracking
from budkavle.messaging.case_view import case as read_case
from budkavle.messaging.case_view import open_attachment
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.messages import Address, Draft, File, Message
from budkavle.model.people import Actor
from budkavle.plugins.protocols.transport import Capabilities
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work, system
from budkavle.testing.organisations import SampleOrganisation, SampleUser

SOON = datetime.now(UTC) + timedelta(days=3)
TO = Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län")


def own_box(organisation: SampleOrganisation, actor: Actor) -> UUID:
    return in_work(organisation.platform, actor, navigation.mailbox_counts)[0].mailbox.id


def arrive(organisation: SampleOrganisation, subject: str, **more: Any) -> UUID:
    """Let a message come to Ada's own inbox, as an answer to one of hers."""
    sent = in_work(
        organisation.platform,
        organisation.case_worker,
        sending.send,
        own_box(organisation, organisation.case_worker),
        Draft((TO,), "Fråga", "Hej"),
    )
    return organisation.arrive(subject, conversation_id=sent.conversation_id, **more)  # type: ignore[no-any-return]


def seen_by(organisation: SampleOrganisation, actor: Actor, box: UUID, case_id: UUID) -> Any:
    """What somebody sees of a case of which they may see nothing."""
    for deed in (read_case, inbox.case_item, actions.mark_unread, actions.take):
        with pytest.raises(NotFound):
            in_work(organisation.platform, actor, deed, case_id)  # type: ignore[operator]
    (own,) = (one for one in in_work(organisation.platform, actor, navigation.mailbox_counts) if one.mailbox.id == box)
    counts = {
        name: count for name, count in in_work(organisation.platform, actor, navigation.counts, box).items() if count
    }
    listed = (
        in_work(organisation.platform, actor, inbox.inbox, box).items,
        in_work(organisation.platform, actor, inbox.sent, box).items,
    )
    return listed, in_work(organisation.platform, actor, search.search, "Gammalt"), counts, own.unread


def later(organisation: SampleOrganisation, **changes: Any) -> None:
    """Move the delegation in time."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        given = update(tables.memberships).where(tables.memberships.c.until.is_not(None))
        connection.execute(given.values(**changes))


@pytest.mark.feature("U9", "Q7")
def test_a_stand_in_is_a_member_until_the_day(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Then nobody is told of the inbox's cases, named in them or leads its meetings, as who may no longer read it."""
    box, platform = own_box(organisation, case_worker), organisation.platform
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON)
    assert {one.user_id for one in in_work(platform, case_worker, mailboxes.members, box)} == {
        case_worker.user_id,
        colleague.user_id,
    }
    later(organisation, until=datetime.now(UTC) - timedelta(minutes=1))
    assert [one.user_id for one in in_work(platform, case_worker, mailboxes.members, box)] == [case_worker.user_id]


@pytest.mark.feature("U9", "Q7")
def test_a_delegate_reads_until_the_day(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """The inbox stands in the colleague's rail, and is gone when the delegation has ended."""
    case_id = arrive(organisation, "Nytt")
    box = own_box(organisation, case_worker)
    with pytest.raises(NotFound):
        in_work(platform, colleague, read_case, case_id)
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON, old_too=True)
    assert in_work(platform, colleague, read_case, case_id).case.subject == "Nytt"
    mine = in_work(platform, colleague, navigation.mailbox_counts)
    assert mine[0].mailbox.owner_id == colleague.user_id  # one's own comes first
    assert [one.delegated.may_answer for one in mine if one.delegated] == [True]
    later(organisation, until=datetime.now(UTC) - timedelta(seconds=1))
    assert [
        one.mailbox.id for one in in_work(platform, colleague, navigation.mailbox_counts) if one.mailbox.id == box
    ] == []
    for forbidden in (
        lambda: in_work(platform, colleague, read_case, case_id),
        lambda: in_work(platform, colleague, inbox.inbox, box),
        lambda: in_work(platform, colleague, sending.send, box, Draft((TO,), "Svar", "Hej")),
    ):
        with pytest.raises(NotFound):
            forbidden()


@pytest.mark.feature("U10")
def test_old_messages_stay_hidden_unless_they_are_shared(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """In the list, the search, the counts, what was sent and the thread: only what came since."""
    old = arrive(organisation, "Gammalt", files=(File("a.pdf", "application/pdf", b"%PDF-1.7"),))
    box = own_box(organisation, case_worker)
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON)
    with pytest.raises(NotFound):
        in_work(platform, colleague, read_case, old)
    assert in_work(platform, colleague, inbox.inbox, box).items == []
    assert in_work(platform, colleague, inbox.sent, box).items == []
    assert in_work(platform, colleague, search.search, "Gammalt") == []
    counts = in_work(platform, colleague, navigation.counts, box)
    assert (counts["all"], counts["sent"], counts["unread"]) == (0, 0, 0)
    new = arrive(organisation, "Nyare")
    assert [one.id for one in in_work(platform, colleague, inbox.inbox, box).items] == [new]
    assert [one.unread for one in in_work(platform, colleague, navigation.mailbox_counts) if one.delegated] == [1]
    with platform.database.transaction(organisation.id) as connection:
        conversation = connection.execute(
            select(tables.cases.c.conversation_id).where(tables.cases.c.id == old)
        ).scalar_one()
    organisation.arrive("Sv: Gammalt", conversation_id=conversation)
    thread = in_work(platform, colleague, read_case, old).thread
    assert [one.message.subject for one in thread] == ["Sv: Gammalt"]
    (hidden,) = (
        file for one in in_work(platform, case_worker, read_case, old).thread for file in one.message.attachments
    )
    with pytest.raises(NotFound):
        in_work(platform, colleague, open_attachment, hidden.id)
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON, old_too=True)
    assert in_work(platform, colleague, open_attachment, hidden.id)[0] == hidden


@pytest.mark.feature("U10")
def test_what_the_owner_takes_back_shows_nothing_old(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """An answer in an old case brings it to the delegate; undone, it takes the case away again, in every view."""
    old = arrive(organisation, "Gammalt")
    box = own_box(organisation, case_worker)
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON)
    before = in_work(platform, case_worker, inbox.case_item, old).active_at
    given = seen_by(organisation, colleague, box, old)
    replied = in_work(platform, case_worker, read_case, old).thread[-1].message
    draft = Draft((TO,), "Sv", "Hej", reply_to=replied.id)
    sent = in_work(platform, case_worker, sending.send, box, draft, hold=timedelta(seconds=10))
    assert sent.case_id == old
    assert [one.message.subject for one in in_work(platform, colleague, read_case, old).thread] == ["Sv"]
    in_work(platform, case_worker, undo.undo, sent.id)
    assert seen_by(organisation, colleague, box, old) == given
    assert in_work(platform, case_worker, inbox.case_item, old).active_at <= before


@pytest.mark.feature("U10")
def test_a_case_that_looks_alive_shows_nothing_old(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Whatever moved the case, it is there for the delegate when one of its messages is."""
    old = arrive(organisation, "Gammalt")
    box = own_box(organisation, case_worker)
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON)
    given = seen_by(organisation, colleague, box, old)
    with platform.database.transaction(organisation.id) as connection:
        later_on = datetime.now(UTC) + timedelta(minutes=1)
        connection.execute(update(tables.cases).where(tables.cases.c.id == old).values(active_at=later_on))
    assert seen_by(organisation, colleague, box, old) == given


@pytest.mark.feature("U10")
def test_words_of_hidden_messages_find_nothing(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """A case that goes on is found by what is new in it and by its number, and by nothing old."""
    old = arrive(organisation, "Gammalt")
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON)
    view = in_work(platform, case_worker, read_case, old)
    organisation.arrive("Nyare", conversation_id=view.case.conversation_id)

    def found(words: str) -> list[UUID]:
        return [one.id for one in in_work(platform, colleague, search.search, words)]

    assert (found("Gammalt"), found("Nyare"), found(view.case.number)) == ([], [old], [old])
    assert [one.id for one in in_work(platform, case_worker, search.search, "Gammalt")] == [old]
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON, old_too=True)
    assert found("Gammalt") == [old]


@pytest.mark.feature("U10")
def test_what_was_sent_before_is_not_followed(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Neither the page of one recipient nor Länkar tells a delegate of new messages of an older one."""
    box = own_box(organisation, case_worker)
    organisation.platform.plugins.transports["fake"].capabilities = Capabilities(guests=True)

    def delivery_of(sent: Message) -> UUID:
        return in_work(organisation.platform, case_worker, inbox.sent, box).items[0].recipients[0].delivery_id

    old = delivery_of(in_work(organisation.platform, case_worker, sending.send, box, Draft((TO,), "Gammalt", "Hej")))
    in_work(organisation.platform, case_worker, delegations.delegate, colleague.user_id, SOON)
    new = delivery_of(in_work(organisation.platform, case_worker, sending.send, box, Draft((TO,), "Nyare", "Hej")))
    assert in_work(organisation.platform, colleague, tracking.followed, new)[0].subject == "Nyare"
    assert [one.subject for one in in_work(organisation.platform, colleague, tracking.links, box).items] == ["Nyare"]
    with pytest.raises(NotFound):
        in_work(organisation.platform, colleague, tracking.followed, old)
    in_work(organisation.platform, case_worker, delegations.delegate, colleague.user_id, SOON, old_too=True)
    assert in_work(organisation.platform, colleague, tracking.followed, old)[0].subject == "Gammalt"
    assert len(in_work(organisation.platform, colleague, tracking.links, box).items) == 2


@pytest.mark.feature("Y7")
def test_a_delegate_answers_only_where_that_is_allowed(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """And then it is logged under the delegate's own name."""
    box = own_box(organisation, case_worker)
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON, may_answer=False)
    with pytest.raises(Forbidden, match="får inte svara"):
        in_work(platform, colleague, sending.send, box, Draft((TO,), "Svar", "Hej"))
    case_id = arrive(organisation, "Nytt")
    for deed in (actions.close, actions.bin_case, actions.take):
        with pytest.raises(Forbidden, match="får inte svara eller flytta"):
            in_work(platform, colleague, deed, case_id)
    in_work(platform, colleague, actions.mark_unread, case_id)
    sent = in_work(platform, case_worker, sending.send, box, Draft((TO,), "Fråga", "Hej"))
    with platform.database.transaction(organisation.id) as connection:
        write = update(tables.deliveries).where(tables.deliveries.c.message_id == sent.id)
        delivery_id = connection.execute(write.values(state="SEND_FAILURE").returning(tables.deliveries.c.id)).scalar()
    with pytest.raises(Forbidden):
        in_work(platform, colleague, sending.retry, delivery_id)
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON)
    sent = in_work(platform, colleague, sending.send, box, Draft((TO,), "Svar", "Hej"))
    seen = in_work(platform, case_worker, read_case, sent.case_id).thread[0].message
    assert (seen.author, seen.on_behalf_of) == (sent.author, sent.on_behalf_of) == (colleague.name, case_worker.name)
    listed = in_work(platform, case_worker, inbox.sent, box).items[0]
    assert listed.on_behalf_of == case_worker.name
    assert any(str(colleague.user_id) in entry for entry in organisation.log_entries("message.sent"))


@pytest.mark.feature("U9")
def test_a_delegation_is_listed_and_ended(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Given twice it is one, with the new terms; ended, it is gone at once."""
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON)
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON + timedelta(days=1), old_too=True)
    (one,) = in_work(platform, case_worker, delegations.delegations)
    assert (one.name, one.old_too, one.until) == (colleague.name, True, SOON + timedelta(days=1))
    in_work(platform, case_worker, delegations.end_delegation, colleague.user_id)
    in_work(platform, case_worker, delegations.end_delegation, colleague.user_id)
    assert in_work(platform, case_worker, delegations.delegations) == []
    assert len(organisation.log_entries("delegation.ended")) == 1


@pytest.mark.feature("U9")
def test_a_delegation_is_listed_until_its_day_has_come(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """What has ended by itself is not said to go on."""
    in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON)
    later(organisation, until=datetime.now(UTC) - timedelta(seconds=1))
    assert in_work(platform, case_worker, delegations.delegations) == []


@pytest.mark.feature("U9")
def test_whose_account_is_closed_stands_in_for_nobody(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """They are not found, and nothing is stored."""
    in_work(platform, organisation.administrator, users.update_user, colleague.id, active=False)
    with pytest.raises(NotFound):
        in_work(platform, case_worker, delegations.delegate, colleague.user_id, SOON)
    assert in_work(platform, case_worker, delegations.delegations) == []


@pytest.mark.feature("U9")
@pytest.mark.parametrize(
    ("days", "field"), [(-1, "until"), (400, "until")], ids=["a day that has been", "more than a year"]
)
def test_a_wrong_date_is_told_at_its_field(
    platform: Platform, case_worker: SampleUser, colleague: SampleUser, days: int, field: str
) -> None:
    """Nothing is stored."""
    with pytest.raises(Invalid) as fault:
        in_work(
            platform, case_worker, delegations.delegate, colleague.user_id, datetime.now(UTC) + timedelta(days=days)
        )
    assert list(fault.value.fields) == [field]
    assert in_work(platform, case_worker, delegations.delegations) == []


@pytest.mark.feature("U9")
def test_nobody_delegates_to_themselves_or_to_strangers(
    platform: Platform, case_worker: SampleUser, other_administrator: SampleUser
) -> None:
    """The owner's own membership is never changed, and another organisation's people are not found."""
    with pytest.raises(Invalid):
        in_work(platform, case_worker, delegations.delegate, case_worker.user_id, SOON)
    with pytest.raises(NotFound):
        in_work(platform, case_worker, delegations.delegate, other_administrator.user_id, SOON)
    assert in_work(platform, case_worker, navigation.mailbox_counts)[0].delegated is None


@pytest.mark.feature("U6")
def test_a_choice_is_kept_and_its_content_is_not_logged(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Each by its name; a text that is too long is refused at its field."""
    in_work(platform, case_worker, preferences.prefer, "signature", "Hälsningar\nAda")
    in_work(platform, case_worker, preferences.prefer, "auto_reply", {"on": True, "text": "Jag är borta."})
    kept = in_work(platform, system(organisation.id), preferences.preferences, case_worker.user_id)
    assert kept["signature"] == "Hälsningar\nAda"
    assert kept["auto_reply"] == {"on": True, "text": "Jag är borta."}
    assert not any("Hälsningar" in entry for entry in organisation.log_entries("user.preferred"))
    with pytest.raises(Invalid) as fault:
        in_work(platform, case_worker, preferences.prefer, "signature", "x" * 5_000)
    assert list(fault.value.fields) == ["signature"]
