"""Fifty recipients cost as many statements as one."""

import pytest
from sqlalchemy import event

from budkavle.cases import inbox
from budkavle.messaging import case_view, recipients, sending, tracking
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft
from budkavle.storage.database import Statement
from budkavle.testing.acting import in_work
from budkavle.testing.running import AT_WORK
from budkavle.testing.working import deliver_due


@pytest.fixture
def platform(open_secure):
    return open_secure()


@pytest.fixture
def statements(platform, secure, monkeypatch):
    """Counts what is asked of the database, by SQLAlchemy and past it, while a function runs.

    The fewest of several runs: now and then one pays for something that is not the function's, such as a renewed lease.
    """
    seen = []
    event.listen(platform.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    straight = Statement._enqueue

    def enqueue(statement, *given):
        pipeline = straight(statement, *given)
        if pipeline.info.dbname not in AT_WORK:
            seen.append(statement._sql)
        return pipeline

    monkeypatch.setattr(Statement, "_enqueue", enqueue)

    def run(function):
        seen.clear()
        function()
        return len(seen)

    def count(function):
        return min(run(function) for _ in range(4))

    return count


def addressed(number):
    return tuple(Address("secure", f"person{n}@example.se") for n in range(number))


@pytest.mark.feature("M11", "M13", "S3", "L1")
def test_status_of_fifty_recipients_is_one_query_each(platform, secure, case_worker, statements):
    """The list of what was sent, the case, one recipient's page and the list of links grow by no statement."""
    anna, costs = case_worker.at(Loa.TWO), []
    for number in (1, 50):
        message = secure.write(case_worker, recipients=addressed(number), loa=Loa.ONE, subject=f"Till {number}")
        for _ in range(8):
            deliver_due(platform)
        rows = secure.deliveries(message)
        assert len(rows) == number
        assert {row.state for row in rows} == {"WAITING_FOR_RECEIPT"}
        pages = [
            lambda: in_work(platform, anna, inbox.sent, case_worker.personal_id),
            lambda message=message: in_work(platform, anna, case_view.case, message.case_id),
            lambda rows=rows: in_work(platform, anna, tracking.followed, rows[0].id),
            lambda: in_work(platform, anna, tracking.links, case_worker.personal_id, limit=100),
        ]
        costs.append([statements(page) for page in pages])
    assert costs[0] == costs[1]
    assert max(costs[1]) <= 12, costs


@pytest.mark.feature("M8")
def test_storing_fifty_recipients_is_one_statement(platform, secure, case_worker, statements):
    """However many they are, they are looked up, and the message and its deliveries are written, at once."""

    def send(number):
        draft = Draft(recipients=addressed(number), subject="Till", body="Hej!", loa=Loa.ONE)
        in_work(platform, case_worker.at(Loa.TWO), sending.send, case_worker.personal_id, draft)

    def cost(number):
        return min(statements(lambda: send(number)) for _ in range(2))

    assert abs(cost(50) - cost(1)) <= 1  # what is looked at now and then may fall into either


@pytest.mark.feature("M8")
def test_asking_the_directories_about_fifty_is_one_question(platform, secure, case_worker, statements):
    """Colleagues, people of another organisation and strangers together, as the page that writes asks for them."""
    anna, own = case_worker.at(Loa.TWO), case_worker.personal_id
    strangers = [Address("secure", f"nobody{n}@example.se") for n in range(46)]
    known = [Address("secure", one) for one in ("fia@mullsjo.example", "ANNA@habo.se", "link")] + [
        Address("local", "x")
    ]
    few = statements(lambda: in_work(platform, anna, recipients.find_routes, own, known))
    assert statements(lambda: in_work(platform, anna, recipients.find_routes, own, known + strangers)) == few


@pytest.mark.feature("S4")
def test_reading_again_asks_its_sender_once(platform, secure, case_worker, other_case_worker, statements):
    """A thread of many messages from one organisation takes one look at that organisation's deliveries."""
    message = secure.write(case_worker, "fia@mullsjo.example")
    (case,) = in_work(platform, other_case_worker.at(Loa.TWO), inbox.inbox, other_case_worker.personal_id).items
    few = statements(lambda: in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id))
    for n in range(5):
        secure.write(case_worker, "fia@mullsjo.example", reply_to=message.id, subject=f"Mer {n}")
    assert statements(lambda: in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id)) == few
