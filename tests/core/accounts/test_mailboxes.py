"""Function mailboxes: managed by their administrators, and deleted once nothing is open in them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from budkavle.accounts import mailboxes, users
from budkavle.cases import actions, mailbox_deletion
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.states import CaseState
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.blocking import log_held, until_waiting
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.mark.feature("F3", "F9")
def test_names_of_mailboxes_are_unique(
    platform: Platform, administrator: SampleUser, mailbox_administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """A second mailbox of the same name is refused at the field, also when two make it at once; tenants do not meet."""
    with pytest.raises(Invalid) as caught:
        in_work(platform, administrator, mailboxes.create_mailbox, " socialnämnden ")
    assert "name" in caught.value.fields
    with pytest.raises(Invalid):
        in_work(platform, mailbox_administrator, mailboxes.update_mailbox, mailbox.id, name="Byggnadsnämnden")
    with pytest.raises(Invalid):
        in_work(platform, administrator, mailboxes.create_mailbox, " ")
    made: list[str] = []

    def make() -> None:
        try:
            made.append(in_work(platform, administrator, mailboxes.create_mailbox, "Växeln").name)
        except Invalid as error:
            made.append(str(error))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.count("Växeln") == 1


@pytest.mark.feature("F4", "F6", "F21")
def test_managing_a_mailbox(
    platform: Platform,
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
) -> None:
    """Its administrators and the organisation's change it; a member does not; an outsider finds nothing."""
    changed = in_work(
        platform,
        mailbox_administrator,
        mailboxes.update_mailbox,
        mailbox.id,
        name="Social",
        description="Orosanmälan",
        transports=["sdk"],
    )
    assert in_work(platform, case_worker, mailboxes.mailbox, mailbox.id).mailbox == changed
    assert in_work(platform, administrator, mailboxes.mailbox, mailbox.id).member is False
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, mailboxes.update_mailbox, mailbox.id, name="X")
    with pytest.raises(Forbidden):
        in_work(platform, mailbox_administrator, mailboxes.make_default, mailbox.id)
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    assert in_work(platform, administrator, mailboxes.default_mailbox) == other_mailbox.id


@pytest.mark.feature("F5", "F10", "F11", "Q5")
def test_members(
    platform: Platform,
    organisation: SampleOrganisation,
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    outsider: SampleUser,
    case_worker: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Administrators of the mailbox add, promote and remove; foreign and closed accounts cannot be added."""
    in_work(platform, mailbox_administrator, mailboxes.add_members, mailbox.id, [outsider.user_id, case_worker.user_id])
    names = [
        (member.name, member.administrator) for member in in_work(platform, case_worker, mailboxes.members, mailbox.id)
    ]
    assert names == [("Ada Ahl", False), ("Bo Ek", False), ("Cleo Dahl", True), ("Dag Ny", False)]
    for stranger in (other_administrator.user_id, uuid4()):
        with pytest.raises(NotFound):
            in_work(platform, mailbox_administrator, mailboxes.add_members, mailbox.id, [stranger])
    in_work(
        platform, mailbox_administrator, mailboxes.set_administrator, mailbox.id, outsider.user_id, administrator=True
    )
    assert (
        in_work(platform, outsider, mailboxes.remove_members, mailbox.id, [mailbox_administrator.user_id, uuid4()]) == 1
    )
    with pytest.raises(NotFound):
        in_work(
            platform,
            outsider,
            mailboxes.set_administrator,
            mailbox.id,
            mailbox_administrator.user_id,
            administrator=True,
        )
    assert len(organisation.log_entries("mailbox.member-removed")) == 1


@pytest.mark.feature("F8", "F9")
def test_deleting_a_mailbox(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """It is refused while it has open cases, which are counted, and for the default; afterwards nobody finds it."""
    case_id = organisation.arrive()
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    with pytest.raises(Conflict, match="ett öppet ärende"):
        in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id)
    with pytest.raises(Conflict, match="Välj en annan"):
        in_work(platform, administrator, mailbox_deletion.delete_mailbox, other_mailbox.id)
    in_work(platform, case_worker, actions.close, case_id)
    with pytest.raises(Forbidden):
        in_work(platform, mailbox_administrator, mailbox_deletion.delete_mailbox, mailbox.id)
    in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id)
    for actor in (case_worker, administrator):
        with pytest.raises(NotFound):
            in_work(platform, actor, mailboxes.mailbox, mailbox.id)
    with pytest.raises(NotFound):
        in_work(platform, case_worker, actions.reopen, case_id)
    in_work(platform, administrator, mailboxes.create_mailbox, "Socialnämnden")


@pytest.mark.feature("F8", "F9")
def test_an_administrator_who_is_no_member_closes_what_is_open(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """As many cases as were told of, and no more; each says in its log why it was closed."""
    ids = [organisation.arrive() for _ in range(2)]
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    assert in_work(platform, administrator, mailbox_deletion.open_cases, mailbox.id) == 2
    with pytest.raises(Conflict, match="2 öppna ärenden"):
        in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id, closing=1)
    assert {case.state for case in organisation.cases(case_worker)} == {CaseState.OPEN}
    with pytest.raises(Forbidden):
        in_work(platform, mailbox_administrator, mailbox_deletion.delete_mailbox, mailbox.id, closing=2)
    in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id, closing=2)
    for case_id in ids:
        assert organisation.case_events(case_id)[-1] == "closed"
    assert len([entry for entry in organisation.log_entries("case.closed") if "mailbox-deleted" in entry]) == 2


@pytest.mark.feature("F8")
def test_a_mailbox_is_not_deleted_under_what_is_held(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
    mailbox: FunctionMailbox,
) -> None:
    """A message whose receipt has not left is about to be read; afterwards nobody would see it."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, actions.close, case_id)
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE messages SET state = 'HELD'"))
    with pytest.raises(Conflict, match="på väg in"):
        in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id, closing=9)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE messages SET state = 'RECEIVED'"))
    in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id)


@pytest.mark.feature("F8")
def test_a_mailbox_is_not_deleted_under_what_comes(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    other_mailbox: FunctionMailbox,
    administrator: SampleUser,
) -> None:
    """A message that has been given to it, but is not stored yet, is an open case that stands in the way."""
    with ThreadPoolExecutor(2) as threads:
        with log_held(platform):  # so far they get, and no further
            arrives = threads.submit(organisation.arrive, mailbox_id=other_mailbox.id)
            until_waiting(platform, 1)
            deleted = threads.submit(
                in_work, platform, administrator, mailbox_deletion.delete_mailbox, other_mailbox.id
            )
            until_waiting(platform, 2)
        arrives.result()
        with pytest.raises(Conflict, match="ett öppet ärende"):
            deleted.result()
    assert in_work(platform, administrator, mailboxes.mailbox, other_mailbox.id).mailbox.name == "Byggnadsnämnden"


@pytest.mark.parametrize(
    "function",
    [
        lambda organisation, actor: in_work(organisation.platform, actor, mailboxes.mailbox, organisation.mailbox.id),
        lambda organisation, actor: in_work(organisation.platform, actor, mailboxes.members, organisation.mailbox.id),
        lambda organisation, actor: in_work(
            organisation.platform, actor, mailboxes.update_mailbox, organisation.mailbox.id, name="X"
        ),
        lambda organisation, actor: in_work(
            organisation.platform, actor, mailboxes.add_members, organisation.mailbox.id, [actor.user_id]
        ),
        lambda organisation, actor: in_work(
            organisation.platform,
            actor,
            mailboxes.remove_members,
            organisation.mailbox.id,
            [organisation.case_worker.user_id],
        ),
        lambda organisation, actor: in_work(
            organisation.platform,
            actor,
            mailboxes.set_administrator,
            organisation.mailbox.id,
            organisation.case_worker.user_id,
            administrator=True,
        ),
        lambda organisation, actor: in_work(
            organisation.platform, actor, mailbox_deletion.delete_mailbox, organisation.mailbox.id
        ),
        lambda organisation, actor: (
            in_work(organisation.platform, actor, users.user, organisation.case_worker.user_id)
            if actor.organisation_id != organisation.id
            else _no()
        ),
    ],
)
@pytest.mark.parametrize("who", ["outsider", "other_administrator"])
def test_strangers_find_no_mailbox(
    organisation: SampleOrganisation, function: Callable[[Any, Any], object], who: str, request: pytest.FixtureRequest
) -> None:
    """Neither another organisation's administrator nor a colleague without membership gets at a mailbox."""
    with pytest.raises((NotFound, Forbidden)) as caught:
        function(organisation, request.getfixturevalue(who))
    if who == "other_administrator":
        assert caught.type is NotFound


def _no() -> None:
    raise NotFound("only asked across organisations")
