"""The navigation of somebody with very many mailboxes: some of them, and how much waits in the others."""

from uuid import UUID

import pytest
from sqlalchemy import update

from budkavle.accounts.mailbox_list import set_favourite
from budkavle.cases import actions
from budkavle.cases.counts import MOST_SENDERS, MOST_SHOWN, navigation, senders
from budkavle.model.errors import NotFound
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.fixture
def many(organisation: SampleOrganisation, case_worker: SampleUser) -> list[FunctionMailbox]:
    """Mailboxes of the case worker, more than the navigation shows."""
    return [organisation.add_mailbox(f"Nämnd {number:02}", case_worker) for number in range(MOST_SHOWN + 5)]


def _shown(platform: Platform, actor: SampleUser, current: UUID | None = None) -> list[str]:
    boxes = in_work(platform, actor, navigation, current).boxes
    return [box.mailbox.name for box in boxes if box.mailbox.kind is MailboxKind.FUNCTION]


@pytest.mark.feature("F1")
def test_few_mailboxes_are_all_shown(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """As long as they fit; nothing is said of others."""
    shown = in_work(platform, case_worker, navigation)
    assert [box.mailbox.name for box in shown.boxes] == ["Ada Ahl", "Socialnämnden"]
    assert (shown.functions, shown.hidden, shown.untaken, shown.trouble) == (1, 0, 0, False)
    assert organisation


@pytest.mark.feature("F1")
def test_of_many_mailboxes_some_are_shown(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, many: list[FunctionMailbox]
) -> None:
    """The open one, favourites, and those where something happened; in the order of their names."""
    last, favourite, busy = many[-1], many[-2], many[-3]
    assert "Nämnd 24" not in _shown(platform, case_worker)
    organisation.arrive(mailbox_id=busy.id)
    in_work(platform, case_worker, set_favourite, favourite.id, favourite=True)
    shown = _shown(platform, case_worker, last.id)
    assert len(shown) == MOST_SHOWN
    assert {last.name, favourite.name, busy.name} <= set(shown)
    assert shown == sorted(shown)
    in_work(platform, case_worker, set_favourite, favourite.id, favourite=False)
    assert favourite.name not in _shown(platform, case_worker)


@pytest.mark.feature("F1")
def test_what_waits_in_the_others_is_counted(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, many: list[FunctionMailbox]
) -> None:
    """So that nothing is missed: what nobody has taken, and what did not arrive."""
    for box in many[:MOST_SHOWN]:
        in_work(platform, case_worker, set_favourite, box.id, favourite=True)
    waiting, taken = (organisation.arrive(mailbox_id=many[-1].id) for _ in range(2))
    in_work(platform, case_worker, actions.take, taken)
    shown = in_work(platform, case_worker, navigation)
    assert (shown.functions, shown.hidden, shown.untaken, shown.trouble) == (MOST_SHOWN + 6, 6, 1, False)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.cases).where(tables.cases.c.id == waiting).values(trouble=True))
    assert in_work(platform, case_worker, navigation).trouble


@pytest.mark.feature("M4")
def test_a_message_can_be_written_from_any_of_many_mailboxes(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, many: list[FunctionMailbox]
) -> None:
    """All of them stand to choose from, also those that the navigation does not show."""
    offered = in_work(platform, case_worker, senders)
    assert {box.id for box in many} < {box.id for box in offered.mailboxes}
    assert (len(offered.mailboxes), offered.hidden) == (MOST_SHOWN + 7, 0)
    for number in range(MOST_SENDERS):
        organisation.add_mailbox(f"Bolag {number:03}", case_worker)
    last = many[-1].id
    fewer = in_work(platform, case_worker, senders, last)
    assert (len(fewer.mailboxes), fewer.hidden) == (MOST_SENDERS + 1, MOST_SHOWN + 6)
    assert last in {box.id for box in fewer.mailboxes}
    assert last not in {box.id for box in in_work(platform, case_worker, senders).mailboxes}


def test_a_favourite_is_a_mailbox_of_ones_own(
    platform: Platform, mailbox: FunctionMailbox, outsider: SampleUser, other_administrator: SampleUser
) -> None:
    """Nobody marks one that they are no member of."""
    for actor in (outsider, other_administrator):
        with pytest.raises(NotFound):
            in_work(platform, actor, set_favourite, mailbox.id, favourite=True)
