"""What plugins queue is done once it is due, again where it failed, and parked where it cannot be done."""

import threading
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from budkavle.model.errors import NotYet, Permanent, Temporary, Unavailable, Unresponsive
from budkavle.model.sentences import Sentence
from budkavle.notices.asking import QUEUES
from budkavle.operations import health, outboxes
from budkavle.plugins.breakers import Called
from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.plugins.protocols.transport import Backoff
from budkavle.storage import outbox as table
from budkavle.storage.keys import KeysUnavailable
from budkavle.storage.outbox import NewEntry, enqueue
from budkavle.storage.outside import ledger
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import do_job, wait_until

QUEUE = "fake.letters"
JOB = f"outbox.{QUEUE}"


class Letters:
    """A plugin's outbox, what it has been given, and what it answers."""

    def __init__(self) -> None:
        self.handled: list[OutboxEntry] = []
        self.given_up: list[tuple[bytes, str]] = []
        self.answers: list[Exception] = []
        backoff = Backoff(timedelta(seconds=1), timedelta(seconds=4), tries=3, deadline=timedelta(seconds=5))
        self.outbox = Outbox("letters", self.handle, self.give_up, backoff)

    def handle(self, entry: OutboxEntry) -> None:
        self.handled.append(entry)
        if self.answers:
            raise self.answers.pop(0)

    def give_up(self, entry: OutboxEntry, failure: str) -> None:
        self.given_up.append((entry.content, failure))


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def post(build_organisation: Any, letters: Letters) -> Any:
    """An installation whose plugin has the outbox."""
    return build_organisation(outboxes=(letters.outbox,))


def queue(organisation: SampleOrganisation, content: bytes = b"Hej", name: str = QUEUE, **more: Any) -> bool:
    host = organisation.platform.plugins.host("fake")
    with host.work(host.system(organisation.id)) as work:
        return enqueue(work, NewEntry(name, content, **more))


def run(organisation: SampleOrganisation) -> int:
    return do_job(organisation.platform, JOB)


def rows(organisation: SampleOrganisation) -> list[Any]:
    return organisation.rows(
        "SELECT state, attempt, failure, sealed, due_at > now() AS waits FROM outbox ORDER BY queued_at"
    )


def make_due(organisation: SampleOrganisation) -> None:
    organisation.rows("UPDATE outbox SET due_at = now() - interval '1 second' RETURNING id")


@pytest.mark.feature("PL2")
def test_an_entry_is_done_and_forgotten(post: Any, letters: Letters) -> None:
    """The handler gets what was queued, sealed until then; nothing of it stays."""
    assert queue(post, b"Hemligt", key="k")
    (row,) = rows(post)
    assert b"Hemligt" not in bytes(row.sealed)
    assert run(post) == 1
    (entry,) = letters.handled
    assert (entry.organisation_id, entry.key, entry.content) == (post.organisation.id, "k", b"Hemligt")
    assert (entry.attempt, entry.is_unsure) == (1, False)
    assert rows(post) == []
    assert run(post) == 0


@pytest.mark.feature("PL2")
def test_an_entry_belongs_to_its_transaction(post: Any, letters: Letters) -> None:
    """What is rolled back was never queued."""

    def fail() -> None:
        with post.platform.work(post.case_worker) as work:
            assert enqueue(work, NewEntry(QUEUE, b"Hej"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert run(post) == 0
    assert letters.handled == []


def test_one_entry_for_each_key(post: Any) -> None:
    """As long as it is there; without a key there may be any number."""
    assert [queue(post, key="a"), queue(post, key="a"), queue(post, key="b")] == [True, False, True]
    assert [queue(post), queue(post)] == [True, True]
    assert run(post) == 4
    assert queue(post, key="a")


def test_an_entry_may_wait_first(post: Any) -> None:
    """It is not due before its time."""
    assert queue(post, delay=timedelta(hours=1))
    assert run(post) == 0
    make_due(post)
    assert run(post) == 1


@pytest.mark.parametrize("error", [Temporary("Servern svarar inte."), ValueError("hemligt")])
def test_what_fails_is_tried_again_and_then_parked(post: Any, letters: Letters, error: Exception) -> None:
    """After the pauses of its backoff, as often as that says; a plugin's own mistake counts like a peer's silence."""
    queue(post)
    letters.answers = [error] * 3
    for attempt in (1, 2):
        assert run(post) == 1
        (row,) = rows(post)
        assert (row.state, row.attempt, row.waits) == ("WAITING", attempt, True)
        make_due(post)
    assert run(post) == 1
    (row,) = rows(post)
    assert (row.state, row.attempt) == ("PARKED", 3)
    assert row.failure == ("Servern svarar inte." if isinstance(error, Temporary) else outboxes.FAULT)
    assert letters.given_up == [(b"Hej", row.failure)]
    make_due(post)
    assert run(post) == 0


def test_what_can_never_be_done_is_parked_at_once(post: Any, letters: Letters) -> None:
    """With the reason; it is done when somebody asks for it again."""
    queue(post)
    letters.answers = [Permanent("Numret finns inte.")]
    run(post)
    assert [(row.state, row.failure) for row in rows(post)] == [("PARKED", "Numret finns inte.")]
    assert table.retry_parked(post.platform.database, uuid4(), QUEUE) == 0
    assert table.retry_parked(post.platform.database, post.organisation.id, QUEUE) == 1
    assert run(post) == 1
    assert rows(post) == []


@pytest.mark.parametrize(
    "error", [NotYet("Inte än.", pause=timedelta(minutes=5)), Unresponsive("Tillägget svarar inte.", asked=False)]
)
def test_what_was_not_tried_does_not_count(post: Any, letters: Letters, error: Exception) -> None:
    """NotYet says how long to wait, any number of times; and a plugin that is paused was not even asked."""
    queue(post)
    letters.answers = [error] * 5
    for _ in range(5):
        assert run(post) == 1
        (row,) = rows(post)
        assert (row.state, row.attempt, row.waits, row.failure) == ("WAITING", 0, True, str(error))
        make_due(post)
    assert run(post) == 1
    assert rows(post) == []
    assert [entry.is_unsure for entry in letters.handled] == [False] * 6


def test_a_worker_that_ends_in_the_middle_loses_nothing(post: Any, letters: Letters) -> None:
    """Another one gets the entry when the lease is over, and knows that it may have been done."""
    queue(post)
    database, vault = post.platform.database, post.platform.vault
    (late,) = table.claim(database, vault, QUEUE, 5, timedelta(minutes=1))
    assert run(post) == 0
    make_due(post)
    letters.answers = [Temporary("Vänta.")]
    assert run(post) == 1
    (entry,) = letters.handled
    assert (entry.id, entry.attempt, entry.is_unsure) == (late.id, 2, True)
    assert not table.finish(database, late)
    assert not table.park(database, late, Sentence("för sent"))
    assert not table.postpone(database, late, timedelta(0), Sentence("för sent"))
    assert [row.failure for row in rows(post)] == ["Vänta."]


@pytest.mark.feature("ZO13")
def test_what_is_done_is_on_disk_before_it_is_forgotten(
    post: Any, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the ledger, so that a restored database does it no second time; what failed is not there."""
    order = list[str]()
    for module, name in ((ledger, "note"), (ledger, "keep"), (table, "finish"), (table, "postpone")):
        watched = partial(lambda name, do, *given, **more: (order.append(name), do(*given, **more))[1], name)
        monkeypatch.setattr(module, name, partial(watched, getattr(module, name)))
    queue(post)
    letters.answers = [Temporary("Vänta.")]
    for _ in range(2):
        run(post)
        make_due(post)
    assert order == ["postpone", "note", "keep", "finish"]


@pytest.mark.parametrize("at_once", [1, 2])
def test_what_ends_because_the_database_is_away_may_have_been_done(post: Any, letters: Letters, at_once: int) -> None:
    """That is no fault of the handler's: whoever runs the outbox hears of it, and the next try says so."""
    for _ in range(at_once):
        queue(post)
    letters.answers = [Unavailable("Databasen svarar inte just nu.")]
    with pytest.raises(Unavailable):
        outboxes.run(post.platform, QUEUE, replace(letters.outbox, at_once=at_once))
    assert [(row.state, row.failure) for row in rows(post)] == [("CLAIMED", "")]
    make_due(post)
    assert run(post) == 1
    assert [entry.is_unsure for entry in letters.handled] == [False] * at_once + [True]


def test_what_may_have_been_done_says_so_until_it_is_done(post: Any, letters: Letters) -> None:
    """Also after a later attempt has failed, and after it has been parked."""
    queue(post)
    table.claim(post.platform.database, post.platform.vault, QUEUE, 5, timedelta(minutes=1))
    letters.answers = [Temporary("Vänta."), NotYet("Inte nu.", pause=timedelta(hours=1)), Permanent("Aldrig.")]
    for _ in range(3):
        make_due(post)
        assert run(post) == 1
    assert table.retry_parked(post.platform.database, post.organisation.id, QUEUE) == 1
    assert run(post) == 1
    assert [entry.is_unsure for entry in letters.handled] == [True] * 4


@pytest.mark.parametrize("is_ours", [True, False])
def test_an_entry_that_cannot_be_opened_does_not_hold_up_the_others(
    post: Any, letters: Letters, monkeypatch: pytest.MonkeyPatch, *, is_ours: bool
) -> None:
    """It waits where the fault is this worker's own, and is given up where its bytes are damaged."""
    for content in (b"1", b"2", b"3"):
        queue(post, content)
    if is_ours:
        (first,) = post.rows("SELECT id FROM outbox ORDER BY queued_at LIMIT 1")
        opened = post.platform.vault.open_small

        def stumble(organisation_id: Any, label: str, sealed: bytes) -> bytes:
            if str(first.id) in label:
                raise KeysUnavailable("Nyckeltjänsten svarar inte.")
            return opened(organisation_id, label, sealed)

        monkeypatch.setattr(post.platform.vault, "open_small", stumble)
    else:
        post.rows("UPDATE outbox SET sealed = sealed || 'x' WHERE queued_at = (SELECT min(queued_at) FROM outbox)")
    assert outboxes.run(post.platform, QUEUE, replace(letters.outbox, at_once=3)) == 3
    assert sorted(entry.content for entry in letters.handled) == [b"2", b"3"]
    (row,) = rows(post)
    assert (row.state, row.attempt) == (("WAITING", 0) if is_ours else ("PARKED", 1))
    assert row.failure == outboxes.UNREADABLE
    monkeypatch.undo()
    make_due(post)
    assert run(post) == int(is_ours)
    assert [entry.is_unsure for entry in letters.handled] == [False] * len(letters.handled)


def test_a_handler_that_hangs_is_left_behind(post: Any, letters: Letters) -> None:
    """Its entry waits for another try, and the others go on."""
    go_on, quick = threading.Event(), Backoff(tries=3, deadline=timedelta(seconds=0.3))
    hanging = Outbox("letters", lambda _: go_on.wait(30) and None, backoff=quick)
    queue(post)
    try:
        assert outboxes.run(post.platform, QUEUE, hanging) == 1
    finally:
        go_on.set()
    (row,) = rows(post)
    assert (row.state, row.attempt, row.waits) == ("WAITING", 1, True)
    make_due(post)
    assert run(post) == 1
    assert [entry.is_unsure for entry in letters.handled] == [True], "the one left behind may have done it"


def test_what_hung_at_its_last_attempt_may_have_been_done(post: Any, letters: Letters) -> None:
    """Whoever asks for it again tells the plugin so."""
    go_on, quick = threading.Event(), Backoff(tries=1, deadline=timedelta(seconds=0.3))
    queue(post)
    try:
        outboxes.run(post.platform, QUEUE, Outbox("letters", lambda _: go_on.wait(30) and None, backoff=quick))
    finally:
        go_on.set()
    assert [row.state for row in rows(post)] == ["PARKED"]
    table.retry_parked(post.platform.database, post.organisation.id, QUEUE)
    assert run(post) == 1
    assert [entry.is_unsure for entry in letters.handled] == [True]


@pytest.mark.feature("PL5")
@pytest.mark.parametrize(
    ("name", "blamed"),
    [(QUEUE, [Called("fake", "outboxes", "letters")]), (f"{table.CORE}letters", []), (f"{QUEUES}letters", [])],
)
def test_a_fault_is_counted_for_the_plugin_of_the_outbox(
    post: Any, letters: Letters, name: str, blamed: list[Called]
) -> None:
    """The core's own outboxes, and those of notices, are no plugin's; a pause for one would hold up the others."""
    queue(post, name=name)
    letters.answers = [ValueError("hemligt")]
    assert outboxes.run(post.platform, name, letters.outbox) == 1
    assert [fault.called for fault in post.platform.plugins.walls.faults()] == blamed


def test_what_soon_loses_its_meaning_is_not_parked(post: Any, letters: Letters) -> None:
    """It is given up and goes; its plugin is told."""
    queue(post)
    letters.answers = [Permanent("Länken har gått ut.")]
    assert outboxes.run(post.platform, QUEUE, replace(letters.outbox, keeps_parked=False)) == 1
    assert rows(post) == []
    assert letters.given_up == [(b"Hej", "Länken har gått ut.")]


def test_what_takes_longer_than_its_lease_keeps_it(post: Any) -> None:
    """Its lease is renewed, so that no other worker gets an entry that is being handled."""
    lease, others = timedelta(seconds=3), list[Any]()
    database, vault = post.platform.database, post.platform.vault

    def ends() -> Any:
        return post.rows("SELECT due_at FROM outbox")[0].due_at

    def handle(_: OutboxEntry) -> None:
        first = ends()
        wait_until(lambda: post.rows("SELECT now() > :first AS is_over", first=first)[0].is_over)
        wait_until(lambda: ends() > first)
        others.extend(table.claim(database, vault, QUEUE, 1, lease))

    queue(post)
    outbox = Outbox("letters", handle, backoff=Backoff(deadline=timedelta(minutes=2)))
    assert outboxes.run(post.platform, QUEUE, outbox, lease=lease) == 1
    assert (others, rows(post)) == ([], [])


@pytest.mark.parametrize("number", [0, 1])
def test_the_leases_of_each_organisation_are_renewed(post: Any, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """One in which it fails takes no lease from the others, whose entries would be handled twice."""
    both = [post, SampleOrganisation.create(post.platform, "Mullsjö")]
    for one in both:
        assert queue(one)
    database, vault = post.platform.database, post.platform.vault
    refused, renewed, renew = both[number].id, list[Any](), table.renew

    def away(database: Any, claimed: table.ClaimedEntry, lease: timedelta) -> bool:
        if claimed.organisation_id == refused:
            raise Unavailable("Organisationen flyttas just nu.")
        renewed.append(claimed.organisation_id)
        return renew(database, claimed, lease)

    def handle(entry: OutboxEntry) -> None:
        wait_until(lambda: bool(renewed))

    monkeypatch.setattr(table, "renew", away)
    outbox = Outbox("letters", handle, at_once=2)
    assert outboxes.run(post.platform, QUEUE, outbox, lease=timedelta(seconds=1)) == 2
    assert set(renewed) == {both[1 - number].id}
    assert table.claim(database, vault, QUEUE, 2, timedelta(seconds=1)) == []


def test_each_organisation_has_its_own(post: Any) -> None:
    """Nobody sees or counts another's; the row-level security is the core's."""
    queue(post)
    assert [
        (one.queue, one.waiting) for one in table.counts(post.platform.database, post.organisation.id, timedelta(0))
    ]
    assert table.counts(post.platform.database, uuid4(), timedelta(0)) == []


@pytest.mark.feature("PL5")
def test_the_health_page_tells_of_what_is_parked_and_what_is_late(post: Any, letters: Letters) -> None:
    """By the outbox's name; both go away with their cause."""

    def told() -> dict[str, bool]:
        answers = health.check_all(post.platform, post.organisation.id)
        return {str(one): one.ok for one in answers if one.name == "Utkorgarna"}

    assert list(told().values()) == [True]
    queue(post)
    letters.answers = [Permanent("Nej.")]
    run(post)
    assert [sentence for sentence, ok in told().items() if not ok and QUEUE in sentence]
    table.retry_parked(post.platform.database, post.organisation.id, QUEUE)
    post.rows("UPDATE outbox SET due_at = now() - interval '1 hour' RETURNING id")
    assert [sentence for sentence, ok in told().items() if not ok and QUEUE in sentence]
    run(post)
    assert list(told().values()) == [True]


def test_what_was_parked_long_ago_is_forgotten(post: Any, letters: Letters) -> None:
    """What waits stays, however old it is."""
    for content in (b"a", b"b"):
        queue(post, content)
    letters.answers = [Permanent("Nej."), Temporary("Vänta.")]
    run(post)
    post.rows("UPDATE outbox SET changed_at = changed_at - interval '31 days' RETURNING id")
    do_job(post.platform, "core.outbox")
    assert [row.state for row in rows(post)] == ["WAITING"]
