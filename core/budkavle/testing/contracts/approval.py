"""What the core requires of a kind of request that a second person decides."""

from collections.abc import Callable

import pytest

from budkavle.approvals import requests
from budkavle.model.approvals import NewApproval
from budkavle.model.people import Actor
from budkavle.model.states import ApprovalState
from budkavle.plugins import conformance
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.working import do_job


class ApprovalKindContract:
    """What the core requires of a plugin's `ApprovalKind`.

    Provide `platform`, an installation with the plugin; `asker` and `approver`, two people who may ask and decide;
    `new`, a request that can be run; and `done`, which counts how often it has been run.
    """

    @pytest.fixture
    def platform(self) -> Platform:
        """Return the installation; to be overridden."""
        pytest.fail("a contract needs the fixture `platform`")

    @pytest.fixture
    def asker(self) -> Actor:
        """Return the requester; to be overridden."""
        pytest.fail("a contract needs the fixture `asker`")

    @pytest.fixture
    def approver(self) -> Actor:
        """Return the approver; to be overridden."""
        pytest.fail("a contract needs the fixture `approver`")

    @pytest.fixture
    def new(self) -> NewApproval:
        """Return a request; to be overridden."""
        pytest.fail("a contract needs the fixture `new`")

    @pytest.fixture
    def done(self) -> Callable[[], int]:
        """Return a function that counts how often the request has been run; to be overridden."""
        pytest.fail("a contract needs the fixture `done`")

    def test_it_keeps_the_promise(self, platform: Platform, new: NewApproval) -> None:
        """Its function takes the arguments that it is called with, and it has a title."""
        kind = platform.plugins.approval_kinds[new.kind]
        assert [str(fault) for fault in conformance.faults("approval_kinds", kind)] == []
        assert kind.title.strip()

    def test_nothing_is_done_before_a_yes(
        self, platform: Platform, asker: Actor, new: NewApproval, done: Callable[[], int]
    ) -> None:
        """Asking does not run anything yet."""
        before = done()
        request = in_work(platform, asker, requests.ask_approval, new)
        do_job(platform, f"outbox.{requests.queue_of(new.kind)}")
        assert (request.state, done()) == (ApprovalState.WAITING, before)

    def test_nothing_is_done_after_a_no(
        self, platform: Platform, asker: Actor, approver: Actor, new: NewApproval, done: Callable[[], int]
    ) -> None:
        """A rejected request is never run."""
        before = done()
        request = in_work(platform, asker, requests.ask_approval, new)
        in_work(platform, approver, requests.reject, request.id, "Det behövs inte.")
        do_job(platform, f"outbox.{requests.queue_of(new.kind)}")
        assert done() == before

    def test_after_a_yes_it_is_done_once(
        self, platform: Platform, asker: Actor, approver: Actor, new: NewApproval, done: Callable[[], int]
    ) -> None:
        """Even if a worker runs its queue twice."""
        before = done()
        request = in_work(platform, asker, requests.ask_approval, new)
        in_work(platform, approver, requests.approve, request.id)
        for _ in range(2):
            do_job(platform, f"outbox.{requests.queue_of(new.kind)}")
        assert done() == before + 1
        assert in_work(platform, asker, requests.find_approval, request.id).state is ApprovalState.DONE
