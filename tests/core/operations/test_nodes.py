"""The nodes of the installation: who is there, what they have in hand, and taking one out of service."""

import signal
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from budkavle.messaging import sending
from budkavle.model.errors import Conflict, Forbidden, NotFound
from budkavle.model.people import INSTALLATION, ActorScope, Role, SystemActor
from budkavle.operations import nodes
from budkavle.operations.nodes import Heartbeat, NodeKind, NodeState
from budkavle.operations.worker import Worker
from budkavle.storage import audit
from budkavle.testing.acting import in_work
from budkavle.testing.working import wait_until
from budkavle.web.app import create_app
from budkavle.web.pages import health

ROOT = SystemActor(INSTALLATION, "Driften", frozenset({ActorScope.INSTALLATION}))


def state_of(platform, name):
    return {node.name: node for node in nodes.list_nodes(platform, ROOT)}[name]


def silence(platform, name, ago=timedelta(minutes=3)):
    with platform.database.transaction(None) as connection:
        query = "UPDATE node_processes SET seen_at = now() - CAST(:ago AS interval) WHERE name = :name"
        connection.execute(text(query), {"ago": ago, "name": name})


@pytest.mark.feature("N4")
def test_a_drained_node_finishes_and_dies_and_nothing_is_lost_or_doubled(
    platform, organisation, draft, start, tmp_path: Path
):
    """Really: two workers, one is taken out of service while deliveries flow, then killed; the other does the rest."""
    book = tmp_path / "book"

    def notes():
        return book.read_text().splitlines() if book.exists() else []

    def send(number):
        for n in range(number):
            in_work(platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft(subject=f"{n}"))

    with start("ett") as one:
        try:
            send(10)
            wait_until(lambda: any(line.endswith(" ett") for line in notes()), process=one)
            with start("två") as two:
                try:
                    wait_until(lambda: "två" in {node.name for node in nodes.list_nodes(platform, ROOT)}, process=two)
                    nodes.set_service(platform, ROOT, "ett", NodeKind.WORKER, in_service=False)
                    wait_until(lambda: state_of(platform, "ett").state is NodeState.DRAINED)
                    send(1)  # whatever it had begun is over when this one has gone
                    wait_until(lambda: set(organisation.delivery_states()) == {"ACKNOWLEDGED"}, process=two)
                    by_one = sum(line.endswith(" ett") for line in notes())
                    send(20)
                    wait_until(lambda: set(organisation.delivery_states()) == {"ACKNOWLEDGED"}, process=two)
                    assert sum(line.endswith(" ett") for line in notes()) == by_one
                    one.send_signal(signal.SIGKILL)
                    one.wait()
                    send(5)
                    wait_until(lambda: set(organisation.delivery_states()) == {"ACKNOWLEDGED"}, process=two)
                finally:
                    two.terminate()
        finally:
            one.kill()
    handed_over = Counter(line.split()[0] for line in notes())
    assert len(handed_over) == 36
    assert set(handed_over.values()) == {1}


@pytest.mark.feature("N4")
def test_a_worker_out_of_service_claims_nothing_and_works_again_afterwards(platform, organisation, draft):
    """The same worker, asked at each step; what was sent meanwhile goes when the node is put in service."""
    worker = Worker(platform)
    worker._heartbeat.beat()
    name = nodes.node_name(platform.settings)
    nodes.set_service(platform, ROOT, name, NodeKind.WORKER, in_service=False)
    in_work(platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft())
    worker._heartbeat.beat()
    assert worker.work_once() == 0
    assert worker.jobs.run_due() == 0
    assert organisation.delivery_states() == ["READY_TO_SEND"]
    assert [(queue.transport, queue.due) for queue in nodes.list_queues(platform, ROOT)] == [("fake", 1)]
    nodes.set_service(platform, ROOT, name, NodeKind.WORKER, in_service=True)
    worker._heartbeat.beat()
    assert worker.work_once() == 1
    assert nodes.list_queues(platform, ROOT) == []
    kinds = [entry.kind for entry in audit.entries(platform.database, INSTALLATION, limit=2)]
    assert kinds == ["node.put-in-service", "node.taken-out"]
    worker.close()


@pytest.mark.feature("PL5", "N4")
@pytest.mark.parametrize("other", ["alive", "out of service", "silent", "of the version before"])
def test_a_host_without_a_plugin_leaves_its_deliveries_to_one_that_has_it(platform, organisation, draft, other):
    """As long as that one is at work: put off for five minutes each time, they would come late."""
    in_work(platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft())
    organisation.rows("UPDATE deliveries SET transport = 'elsewhere' RETURNING 1")
    facts = {} if other == "of the version before" else {"transports": ["elsewhere", "another"]}
    heart = Heartbeat(platform, NodeKind.WORKER, lambda: facts)
    heart._row["name"] = "den andra"
    heart.beat()
    if other == "out of service":
        nodes.set_service(platform, ROOT, "den andra", NodeKind.WORKER, in_service=False)
    elif other == "silent":
        silence(platform, "den andra")
    worker = Worker(platform)
    claimed = worker.work_once()
    worker.close()
    assert claimed == (0 if other == "alive" else 1)
    assert organisation.delivery_states() == ["READY_TO_SEND" if other == "alive" else "WAITING_FOR_RETRY"]


@pytest.mark.feature("N4")
def test_a_worker_says_which_transports_it_serves(platform):
    """So that others leave those alone."""
    worker = Worker(platform)
    worker._heartbeat.beat()
    worker.close()
    (process,) = state_of(platform, nodes.node_name(platform.settings)).processes
    assert process.facts["transports"] == [*platform.plugins.transports]


@pytest.mark.feature("N4")
def test_a_web_process_stands_in_the_list_and_is_not_ready_out_of_service(platform, browse, monkeypatch):
    """A load balancer reads 503 and sends browsers elsewhere; who is there already is served."""
    monkeypatch.setattr(health, "READY_SECONDS", 60.0)
    browser = browse()
    name = nodes.node_name(platform.settings)
    wait_until(lambda: name in {node.name for node in nodes.list_nodes(platform, ROOT)})
    node = state_of(platform, name)
    assert (node.kind, node.state, len(node.processes)) == (NodeKind.WEB, NodeState.WORKING, 1)
    assert node.processes[0].version
    assert browser.get("/readyz").status_code == 200
    nodes.set_service(platform, ROOT, name, NodeKind.WEB, in_service=False)
    assert browser.get("/readyz").status_code == 503
    assert browser.get("/sign-in").status_code == 200
    nodes.set_service(platform, ROOT, name, NodeKind.WEB, in_service=True)
    assert browser.get("/readyz").status_code == 200
    assert create_app  # the app that `browse` serves is what beats


def test_a_process_that_is_asked_to_end_just_before_a_beat_ends_at_once(platform):
    """Otherwise it would wait for the next, and a supervisor's patience may be over by then."""
    heart = Heartbeat(platform, NodeKind.WORKER)

    class Asked(threading.Event):
        def is_set(self):
            was_set = super().is_set()
            if not was_set:
                self.set()
                heart.wake()
            return was_set

    thread = threading.Thread(target=heart.run, args=(Asked(),), daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.feature("N4")
def test_a_silent_node_is_shown_as_such_and_may_be_forgotten(platform):
    """One that is there is not forgotten; one that comes back stands there again."""
    heart = Heartbeat(platform, NodeKind.WORKER, lambda: {"deliveries": 2, "jobs": 1})
    name = nodes.node_name(platform.settings)
    heart.beat()
    assert state_of(platform, name).in_hand == 3
    with pytest.raises(Conflict):
        nodes.forget_node(platform, ROOT, name, NodeKind.WORKER)
    silence(platform, name)
    assert state_of(platform, name).state is NodeState.SILENT
    nodes.forget_node(platform, ROOT, name, NodeKind.WORKER)
    assert nodes.list_nodes(platform, ROOT) == []
    with pytest.raises(NotFound):
        nodes.forget_node(platform, ROOT, name, NodeKind.WORKER)
    with pytest.raises(NotFound):
        nodes.set_service(platform, ROOT, name, NodeKind.WORKER, in_service=False)
    heart.beat()
    assert state_of(platform, name).state is NodeState.WORKING
    silence(platform, name, timedelta(days=2))
    assert nodes.sweep(platform) == 1


@pytest.mark.feature("N4", "N1")
def test_only_the_installation_sees_its_nodes(platform, administrator):
    """An organisation's administrator neither sees nor changes them."""
    assert administrator.role is Role.ADMIN
    for attempt in (
        lambda: nodes.list_nodes(platform, administrator),
        lambda: nodes.list_queues(platform, administrator),
        lambda: nodes.set_service(platform, administrator, "ett", NodeKind.WORKER, in_service=False),
        lambda: nodes.forget_node(platform, administrator, "ett", NodeKind.WORKER),
    ):
        with pytest.raises(Forbidden):
            attempt()
