"""What the core counts on in a kind of request that a second person decides."""

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
    """What the core counts on in an `ApprovalKind` of a plugin's.

    Give `platform`, an installation with the plugin; `asker` and `approver`, two people who may ask and decide; `new`,
    a request that can be done; and `done`, which counts how often something has been done.
    """

    @pytest.fixture
    def platform(self) -> Platform:
        """Give the installation; to be overridden."""
        pytest.fail("a contract needs the fixture `platform`")

    @pytest.fixture
    def asker(self) -> Actor:
        """Give who asks; to be overridden."""
        pytest.fail("a contract needs the fixture `asker`")

    @pytest.fixture
    def approver(self) -> Actor:
        """Give who may say yes; to be overridden."""
        pytest.fail("a contract needs the fixture `approver`")

    @pytest.fixture
    def new(self) -> NewApproval:
        """Give a request; to be overridden."""
        pytest.fail("a contract needs the fixture `new`")

    @pytest.fixture
    def done(self) -> Callable[[], int]:
        """Give what counts how often something has been done; to be overridden."""
        pytest.fail("a contract needs the fixture `done`")

    def test_it_keeps_the_promise(self, platform: Platform, new: NewApproval) -> None:
        """Its function takes what it is called with, and it has a title."""
        kind = platform.plugins.approval_kinds[new.kind]
        assert [str(fault) for fault in conformance.faults("approval_kinds", kind)] == []
        assert kind.title.strip()

    def test_nothing_is_done_before_a_yes(
        self, platform: Platform, asker: Actor, new: NewApproval, done: Callable[[], int]
    ) -> None:
        """Asking does nothing yet."""
        before = done()
        request = in_work(platform, asker, requests.ask_approval, new)
        do_job(platform, f"outbox.{requests.queue_of(new.kind)}")
        assert (request.state, done()) == (ApprovalState.WAITING, before)

    def test_nothing_is_done_after_a_no(
        self, platform: Platform, asker: Actor, approver: Actor, new: NewApproval, done: Callable[[], int]
    ) -> None:
        """Nor later."""
        before = done()
        request = in_work(platform, asker, requests.ask_approval, new)
        in_work(platform, approver, requests.reject, request.id, "Det behövs inte.")
        do_job(platform, f"outbox.{requests.queue_of(new.kind)}")
        assert done() == before

    def test_after_a_yes_it_is_done_once(
        self, platform: Platform, asker: Actor, approver: Actor, new: NewApproval, done: Callable[[], int]
    ) -> None:
        """However often a worker comes by."""
        before = done()
        request = in_work(platform, asker, requests.ask_approval, new)
        in_work(platform, approver, requests.approve, request.id)
        for _ in range(2):
            do_job(platform, f"outbox.{requests.queue_of(new.kind)}")
        assert done() == before + 1
        assert in_work(platform, asker, requests.find_approval, request.id).state is ApprovalState.DONE
