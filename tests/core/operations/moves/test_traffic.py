"""Mail flows while an organisation is moved: nothing is lost or doubled, and everybody is told why they wait."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Self

import pytest
from tests.core.operations.moves.looking import OPERATOR, at, state

from budkavle.model.errors import Unavailable
from budkavle.model.messages import File
from budkavle.model.states import OrganisationState
from budkavle.operations.moves import copying, moving
from budkavle.operations.moves.moving import Step, move
from budkavle.storage import outbox
from budkavle.storage.events.chaining import chain_logs
from budkavle.storage.events.verifying import verify
from budkavle.storage.outbox import NewEntry, enqueue
from budkavle.testing import acting
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import deliver_due, wait_until

QUEUE = "fake.letters"


class Traffic:
    """People who write and peers who hand over, one after the other; whoever is refused tries again over there.

    Attributes:
        arrived: The ids of messages that were taken in.
        sent: The ids of messages that people have sent.
        faults: What was raised otherwise.
    """

    def __init__(self, here: SampleOrganisation, there: SampleOrganisation) -> None:
        self.arrived: list[Any] = []
        self.sent: list[Any] = []
        self.faults: list[BaseException] = []
        self._home, self._there = here, there
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        for act in (
            self._write,
            lambda: deliver_due(self._home.platform),
            lambda: deliver_due(self._there.platform),
        ):
            self._threads.append(threading.Thread(target=self._go_on, args=(act,)))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, act: Callable[[], object]) -> None:
        while not self._stop.is_set() and not self.faults:
            try:
                act()
            except BaseException as error:  # noqa: BLE001 - the test looks at it
                self.faults.append(error)

    def _write(self) -> None:
        incoming = self._home.incoming(subject=f"In {len(self.arrived)}", mailbox_id=self._home.mailbox.id)
        self.arrived.append(self._until_taken(lambda: acting.accept(self._home.platform, incoming)).message_id)
        subject = f"Ut {len(self.sent)}"
        self.sent.append(self._until_taken(lambda: self._home.send(self._home.case_worker, subject)).id)

    def _until_taken(self, act: Callable[[], Any]) -> Any:
        while True:
            try:
                return act()
            except Unavailable:
                if state(self._there) is OrganisationState.ACTIVE:
                    self._home = self._there
                self._stop.wait(0.02)


def test_nothing_is_lost_or_doubled(organisation, platform, there, moved, fake_transport, transport_there):
    """Each message that was taken in is there once, and each that was sent was handed over once, by one of the two."""
    with ExitStack() as flowing:
        traffic = flowing.enter_context(Traffic(organisation, moved))
        wait_until(lambda: len(traffic.sent) > 2 or bool(traffic.faults))
        move(platform, there, OPERATOR, organisation.id)
        before = len(traffic.sent)
        wait_until(lambda: len(traffic.sent) > before + 2 or bool(traffic.faults))
    assert traffic.faults == []
    deliver_due(there)
    arrived = [row.id for row in moved.rows("SELECT id FROM messages WHERE direction = 'in'")]
    assert sorted(arrived) == sorted(traffic.arrived)
    deliveries = {row.id for row in moved.rows("SELECT id FROM deliveries WHERE purpose = 'message'")}
    assert len(deliveries) == len(traffic.sent)
    handed_over = [*fake_transport.tries, *transport_there.tries]
    assert deliveries <= set(handed_over)
    assert len(handed_over) == len(set(handed_over))
    assert deliver_due(platform) == 0


def test_while_it_is_closed_everybody_is_told_why(organisation, platform, there, moved, browse):
    """A page answers 503, what arrives is refused for a moment, and afterwards the old place names the new one."""
    browser, told = browse(organisation.case_worker), []

    def look():
        told.append(browser.get("/account"))
        for home in (organisation, moved):
            with pytest.raises(Unavailable, match="flyttas just nu"):
                acting.accept(home.platform, organisation.incoming(mailbox_id=organisation.mailbox.id))

    move(platform, there, OPERATOR, organisation.id, tell=at(Step.CLOSED, look))
    assert [answer.status_code for answer in told] == [503]
    assert "flyttas just nu" in told[0].text
    after = browser.get("/account")
    assert after.status_code == 503
    assert there.settings.base_url in after.text
    with pytest.raises(Unavailable, match="har flyttat till"):
        organisation.arrive()


def test_what_waits_in_an_outbox_is_claimed_in_one_place(organisation, other_organisation, platform, there):
    """While it arrives only the old installation claims, then only the new one; another organisation is not held up."""
    for one in (organisation, other_organisation):
        with platform.work(one.system) as work:
            enqueue(work, NewEntry(QUEUE, b"letter"))
    claimed = {}

    def claim(of, name):
        found = outbox.claim(of.database, of.vault, QUEUE, 1, timedelta(0))
        claimed[name] = {entry.organisation_id for entry in found}

    def look():
        claim(platform, "closed")
        claim(there, "arriving")

    move(platform, there, OPERATOR, organisation.id, tell=at(Step.COMPARED, look))
    claim(platform, "after")
    claim(there, "there")
    everywhere_else = {other_organisation.id}
    assert claimed == {
        "closed": everywhere_else,
        "arriving": set(),
        "after": everywhere_else,
        "there": {organisation.id},
    }


def test_a_worker_over_there_numbers_no_entry_that_is_being_copied(organisation, platform, there, moved, monkeypatch):
    """It looks several times a second, also while the last rows are copied; the log is whole, and each entry in it."""
    copy = copying._copy

    def copy_beside_a_worker(*given):
        copied = copy(*given)
        chain_logs(there.database)
        return copied

    organisation.send(organisation.case_worker, "Före")
    monkeypatch.setattr(copying, "_copy", copy_beside_a_worker)
    move(platform, there, OPERATOR, organisation.id)
    assert moved.log_kinds().count("message.sent") == 1
    assert verify(there.database, there.vault, organisation.id).ok


def test_a_file_that_is_written_while_it_is_closed_does_not_stop_the_move(organisation, platform, there, moved):
    """Whoever hands over a message stores its file, and is refused only then; no row has the file."""

    def hand_over():
        files = (File("sen.bin", "application/octet-stream", b"x" * 2000),)
        with pytest.raises(Unavailable, match="flyttas just nu"):
            acting.accept(platform, organisation.incoming(mailbox_id=organisation.mailbox.id, files=files))
        platform.blobs.store(organisation.id, b"k" * 32, b"", b"of a process that was killed")

    move(platform, there, OPERATOR, organisation.id, tell=at(Step.CLOSED, hand_over))
    assert state(moved) is OrganisationState.ACTIVE


def test_the_log_is_verified_from_where_it_was_whole(organisation, platform, there, moved, monkeypatch):
    """All of it while the organisation works, and once it is closed what has been copied since."""
    checkpoints, real = [], moving.verify

    def note(*given, since=None):
        checkpoints.append(since)
        return real(*given, since=since)

    organisation.arrive("Före")
    monkeypatch.setattr(moving, "verify", note)
    entries = move(platform, there, OPERATOR, organisation.id, tell=at(Step.ROWS, organisation.arrive)).entries
    before, after = checkpoints
    assert before is None
    assert 0 < after.number < entries
