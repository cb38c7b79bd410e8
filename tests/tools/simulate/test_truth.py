"""What a worker knew and lost, and errands that nobody begins, are told."""

from datetime import timedelta
from importlib import import_module
from uuid import uuid4

from tests.tools.simulate.idle_server import IdleServer


def test_what_a_worker_knew_and_did_not_write_down_is_told() -> None:
    """Where it claims something else meanwhile, not what it has written, nor where it died since."""
    network, truth = import_module("simulate.network"), import_module("simulate.truth")
    begins = import_module("simulate.world").BEGINS
    outside = network.Network(import_module("simulate.scheduling").Scheduler(1, IdleServer()))
    let, written, died, other = (uuid4() for _ in range(4))
    outside.heard |= {let: [(3.0, 4.0, "a/0")], written: [(3.0, 4.0, "a/0")], died: [(3.0, 4.0, "b/0")]}
    claimed = [(let, "a/0", 2), (written, "a/0", 2), (died, "b/0", 2), (other, "a/0", 6), (other, "b/1", 30)]
    work = [
        (thing, "READY_TO_SEND", "SEND_IN_PROGRESS", at, False, by, begins + timedelta(seconds=at))
        for thing, by, at in claimed
    ]
    work.insert(3, (written, "SEND_IN_PROGRESS", "ACKNOWLEDGED", 2, False, "a/0", begins + timedelta(seconds=5)))
    assert list(truth.unwritten(outside, work)) == [
        f"deliveries {let}: a/0 knew what came of it, and went on without writing it down"
    ]


def test_an_errand_that_is_lost_or_begun_too_late_is_told() -> None:
    """Queued and never done; forgotten and begun after that; still there at the end; a job that nobody begins."""
    errands, network = import_module("simulate.errands"), import_module("simulate.network")
    scheduler = import_module("simulate.scheduling").Scheduler(1, IdleServer())
    book, late, left = errands.Errands(network.Network(scheduler)), uuid4(), uuid4()
    book.tried |= {b"lost", b"late", b"left"}
    book.confirmed |= {b"lost", b"late", b"left"}
    book.ids |= {late: b"late", left: b"left"}
    book.of[b"late"] = errands.Errand(began=[1.0, 9.0], done=2)
    book.of[b"left"] = errands.Errand(began=[1.0], done=1)
    book.of[b"strange"] = errands.Errand(began=[1.0], done=1)
    book.runs["counts"] = [995.0]
    assert sorted(book.faults({late: 5.0}, set(), 1_000.0)) == [
        "errand late: begun after it was forgotten",
        "errand left: it has not ended",
        "errand lost: queued, said the page, and never done",
        "errand strange: nobody queued it",
        "job breaks: not begun for a long time",
    ]
