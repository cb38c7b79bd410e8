"""Many cases at once, where something is chosen first; each with one undo."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from budkavle.accounts import mailboxes
from budkavle.accounts.mailbox_list import set_reading
from budkavle.cases.bulk.acts import MOST, Selection
from budkavle.cases.bulk.choosing import do_with_many, list_selected, undo_with_many
from budkavle.cases.inbox import CaseFilter
from budkavle.cases.teamwork.due_dates import set_due, today
from budkavle.cases.teamwork.restricting import restrict
from budkavle.cases.teamwork.tags import add_tag
from budkavle.messaging import case_view
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, SampleUser, in_work


@pytest.fixture
def ids(organisation: SampleOrganisation) -> list[UUID]:
    """Three cases."""
    return [organisation.arrive(f"Ärende {number}") for number in range(3)]


@pytest.mark.feature("E7")
@pytest.mark.parametrize("act", ["assign", "tag", "due", "move"])
def test_each_is_done_with_all_and_undone_at_once(
    act: str, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, ids: list[UUID]
) -> None:
    """As it was means as each was: one has a holder, a tag and a day of its own that has passed."""
    box, colleague = organisation.mailbox.id, organisation.colleague
    tag = in_work(platform, organisation.mailbox_administrator, add_tag, box, "SIP", "blue")
    values = {
        "assign": str(colleague.id),
        "tag": str(tag.id),
        "due": (today() + timedelta(5)).isoformat(),
        "move": str(organisation.other_mailbox.id),
    }
    in_work(platform, case_worker, do_with_many, box, "assign", ids[:1], str(case_worker.id))
    in_work(platform, case_worker, do_with_many, box, "tag", ids[:1], str(tag.id))
    in_work(platform, case_worker, set_due, ids[:1], today())
    organisation.rows("UPDATE cases SET due_on = current_date - 3 WHERE due_on IS NOT NULL")
    before = _state(organisation)
    done = in_work(platform, case_worker, do_with_many, box, act, ids, values[act])
    assert (len(done.ids), done.left) == ((2, 1) if act == "tag" else (3, 0))
    assert _state(organisation) != before
    undone = in_work(platform, case_worker, undo_with_many, box, act, values[act], done.before)
    assert set(undone) == set(done.ids)
    assert _state(organisation) == before


def _state(organisation: SampleOrganisation) -> list[tuple[object, ...]]:
    query = (
        "SELECT c.id, c.mailbox_id, c.holder_id, c.due_on, c.state,"
        " (SELECT count(*) FROM case_tags t WHERE t.case_id = c.id) AS tags,"
        " (SELECT min(m.mailbox_id::text) FROM messages m WHERE m.case_id = c.id) AS messages,"
        " (SELECT count(*) FROM case_moves v WHERE v.case_id = c.id) AS moves FROM cases c ORDER BY c.id"
    )
    return [tuple(row) for row in organisation.rows(query)]


@pytest.mark.feature("E7")
def test_all_of_the_list_is_meant_and_restricted_cases_are_not_among_it(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, ids: list[UUID]
) -> None:
    """Nor can one be named by its id; who only reads chooses nothing."""
    box, colleague = organisation.mailbox.id, organisation.colleague
    in_work(platform, case_worker, restrict, ids[0], [case_worker.id], "Skyddat")
    whole = Selection(whole=CaseFilter())
    assert set(in_work(platform, colleague, list_selected, box, whole)) == set(ids[1:])
    with pytest.raises(NotFound):
        in_work(platform, colleague, do_with_many, box, "assign", ids, str(colleague.id))
    with pytest.raises(Invalid):
        in_work(platform, case_worker, do_with_many, box, "assign", ids, str(colleague.id))
    with pytest.raises(Invalid):
        in_work(platform, colleague, list_selected, box, Selection([uuid4()] * (MOST + 1)))
    with pytest.raises(Invalid):
        in_work(platform, colleague, do_with_many, box, "paint", ids[1:], "")
    in_work(platform, organisation.mailbox_administrator, set_reading, box, colleague.id, reads_only=True)
    with pytest.raises(Forbidden):
        in_work(platform, colleague, list_selected, box, whole)


@pytest.mark.feature("E7")
def test_what_others_have_changed_since_is_not_undone(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, ids: list[UUID]
) -> None:
    """A case that has a new holder, or in which something has happened since it was moved, or that others moved."""
    box, other, colleague = organisation.mailbox.id, organisation.other_mailbox.id, organisation.colleague
    done = in_work(platform, case_worker, do_with_many, box, "assign", ids, str(colleague.id))
    in_work(platform, colleague, do_with_many, box, "assign", ids[:1], "")
    with pytest.raises(Conflict):
        in_work(platform, case_worker, undo_with_many, box, "assign", str(colleague.id), done.before)
    done = in_work(platform, case_worker, do_with_many, box, "move", ids, str(other))
    assert in_work(platform, colleague, undo_with_many, box, "move", str(other), done.before) == []
    in_work(platform, organisation.system, mailboxes.add_members, other, [colleague.id])
    in_work(platform, colleague, do_with_many, other, "due", ids[:1], today().isoformat())
    assert set(in_work(platform, case_worker, undo_with_many, box, "move", str(other), done.before)) == set(ids[1:])
    with pytest.raises(NotFound):
        in_work(platform, case_worker, case_view.case, ids[0])


@pytest.mark.feature("E7")
def test_undoing_a_move_of_many_takes_as_many_statements_as_of_a_few(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Cases of the same holder and with the same tags are given them back together."""
    box, other, numbers = organisation.mailbox.id, organisation.other_mailbox.id, []
    tag = in_work(platform, organisation.mailbox_administrator, add_tag, box, "SIP", "blue")
    for many in (2, 6):
        ids = [organisation.arrive(f"Ärende {number}") for number in range(many)]
        in_work(platform, case_worker, do_with_many, box, "assign", ids, str(case_worker.id))
        in_work(platform, case_worker, do_with_many, box, "tag", ids, str(tag.id))
        before = _state(organisation)
        done = in_work(platform, case_worker, do_with_many, box, "move", ids, str(other))
        statements = list[str]()

        def note(connection: Any, cursor: Any, sql: str, *_: Any, kept: list[str] = statements) -> None:
            kept.append(sql)

        event.listen(platform.database.engine, "before_cursor_execute", note)
        in_work(platform, case_worker, undo_with_many, box, "move", str(other), done.before)
        event.remove(platform.database.engine, "before_cursor_execute", note)
        assert _state(organisation) == before
        numbers.append(len([sql for sql in statements if "pg_notify" not in sql]))
    assert numbers[0] == numbers[1] > 5
