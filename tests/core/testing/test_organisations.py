"""The organisation that tests act in: who may what there, what comes and goes, and what its lookups tell."""

from datetime import UTC, datetime

import pytest

from budkavle.accounts import mailboxes, users
from budkavle.accounts.user_list import count_users
from budkavle.cases import actions
from budkavle.model.errors import Forbidden, NotFound
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import Role
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import PEOPLE, SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due


def test_everybody_is_who_the_kit_says(
    platform: Platform, organisation: SampleOrganisation, other_administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """The members read the mailbox, one administers it; the administrator reads nothing, nor do others."""
    everybody = (organisation.case_worker, organisation.colleague, organisation.mailbox_administrator)
    members = in_work(platform, organisation.administrator, mailboxes.members, mailbox.id)
    assert {(one.user_id, one.administrator) for one in members} == {
        (one.user_id, one is organisation.mailbox_administrator) for one in everybody
    }
    case_id = organisation.arrive()
    for outside in (organisation.outsider, organisation.administrator, other_administrator):
        with pytest.raises(NotFound):
            in_work(platform, outside, actions.take, case_id)
    assert in_work(platform, organisation.case_worker, actions.take, case_id).holder == "Ada Ahl"
    assert in_work(platform, organisation.administrator, count_users).open == 5
    with pytest.raises(Forbidden):
        in_work(platform, organisation.case_worker, count_users)
    assert in_work(platform, organisation.administrator, mailboxes.members, organisation.other_mailbox.id) == []


def test_a_person_is_an_actor_and_an_account(platform: Platform, organisation: SampleOrganisation) -> None:
    """A better identification changes nothing else; the account is the stored one."""
    eva = organisation.add_user("Eva Holm", Role.ADMIN)
    assert in_work(platform, organisation.system, users.user, eva.id) == eva.user
    assert (eva.at(Loa.THREE).loa, eva.at(Loa.THREE).user_id, eva.role) == (Loa.THREE, eva.user_id, Role.ADMIN)
    assert in_work(platform, eva, mailboxes.mailbox, eva.personal_id).mailbox.owner_id == eva.id


def test_an_organisation_without_people_has_none(platform: Platform) -> None:
    """They come where somebody asks for one of them, all at once; what is added comes beside them."""
    kisa = SampleOrganisation.create(platform, "Kisa")
    assert in_work(platform, kisa.system, count_users).open == 0
    eva = kisa.add_user("Eva Holm")
    box = kisa.add_mailbox("Elevhälsan", eva, administrators=[kisa.colleague])
    assert {one.user_id for one in in_work(platform, kisa.system, mailboxes.members, box.id)} == {
        eva.id,
        kisa.colleague.id,
    }
    assert in_work(platform, kisa.system, count_users).open == 6
    assert kisa.staffed() is kisa


def test_what_comes_and_goes_is_told(
    platform: Platform, organisation: SampleOrganisation, other_organisation: SampleOrganisation
) -> None:
    """The lookups follow a message out and in, and see nothing of another organisation."""
    case_id = organisation.arrive("Begäran", received_at=datetime(2026, 1, 2, tzinfo=UTC))
    assert [case.id for case in organisation.cases(organisation.case_worker)] == [case_id]
    in_work(platform, organisation.case_worker, actions.take, case_id)
    assert organisation.case_events(case_id)[-1] == "taken"
    assert organisation.log_kinds()[-1] == "case.taken"
    assert str(case_id) in organisation.log_entries("case.taken")[0]
    message = organisation.send(organisation.colleague, "Svar", body="Hej!")
    assert organisation.delivery_states() == ["READY_TO_SEND"]
    assert deliver_due(platform) == 1
    (delivery,) = organisation.deliveries(message)
    assert organisation.timeline(message.id) == organisation.timeline(delivery.id)
    assert organisation.timeline(delivery.id)[-1] == delivery.state == "WAITING_FOR_RECEIPT"
    assert (other_organisation.delivery_states(), other_organisation.cases(other_organisation.colleague)) == ([], [])


def test_time_passes_where_it_is_told_to(platform: Platform, organisation: SampleOrganisation) -> None:
    """A delivery that waits is due at once."""
    organisation.send(organisation.case_worker)
    organisation.rows("UPDATE deliveries SET due_at = now() + interval '1 hour'")
    assert deliver_due(platform) == 0
    organisation.make_due()
    assert deliver_due(platform) == 1


def stored(organisation: SampleOrganisation) -> dict[str, list[dict[str, object]]]:
    """What lies of its people, with names for what is another in each organisation."""
    boxes = "SELECT m.*, coalesce(u.name, m.name) AS called FROM mailboxes m LEFT JOIN users u ON u.id = m.owner_id"
    queries = {
        "users": "SELECT * FROM users ORDER BY name",
        "mailboxes": f"SELECT * FROM ({boxes}) AS box ORDER BY kind, called",
        "memberships": "SELECT s.*, u.name, m.name AS box FROM memberships s JOIN users u ON u.id = s.user_id"
        " JOIN mailboxes m ON m.id = s.mailbox_id ORDER BY 2, u.name, m.name",
        "events": "SELECT entry::json ->> 'kind' AS kind,"
        " (entry::json -> 'facts')::jsonb - 'user' AS facts FROM audit_log",
    }
    other = {"organisation_id", "id", "owner_id", "mailbox_id", "user_id", "created_at", "password_hash", "email"}
    lying: dict[str, list[dict[str, object]]] = {}
    for table, query in queries.items():
        rows = [row._asdict() for row in organisation.rows(query)]
        kept = [{name: value for name, value in row.items() if name not in other} for row in rows]
        lying[table] = sorted(kept, key=str)
    lying["passwords"] = [{"has": row.has} for row in organisation.rows("SELECT password_hash > '' AS has FROM users")]
    return lying


@pytest.mark.parametrize("password", [None, "kvist-lampa-socker-nio"])
def test_what_is_stored_at_once_is_what_is_made_piece_by_piece(platform: Platform, password: str | None) -> None:
    """People, inboxes, mailboxes, memberships and the event log are as the functions of the product leave them."""
    at_once = SampleOrganisation.create(platform, "Kisa", password=password).staffed()
    singly = SampleOrganisation.create(platform, "Vimmerby", password=password)
    root, *others = [
        singly.add_user(name, Role.ADMIN if name == PEOPLE[0] else Role.USER, email=f"{number}@vimmerby.example")
        for number, name in enumerate(PEOPLE)
    ]
    assert root.role is Role.ADMIN
    singly.add_mailbox("Socialnämnden", *others[:2], administrators=[others[2]])
    singly.add_mailbox("Byggnadsnämnden")
    assert stored(at_once) == stored(singly)
    assert at_once.case_worker.user == in_work(platform, at_once.system, users.user, at_once.case_worker.id)
