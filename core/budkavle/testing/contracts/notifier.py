"""What the core and callers of `notify` require of a notifier."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from uuid import UUID

import pytest

from budkavle.model.errors import Invalid, Temporary
from budkavle.model.notices import Notice
from budkavle.model.states import NoticeState
from budkavle.plugins import conformance
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.notifier import NoticeAttempt, Notifier
from budkavle.testing.contracts.base import NAME, ORGANISATION


class NotifierContract:
    """What the core and callers of `notify` require of a notifier.

    Provide `notifier`, `notice`, `wrong_address` and `sent`; and `broken`, a block during which the peer cannot be
    reached.
    """

    @pytest.fixture
    def notifier(self) -> Notifier:
        """Return the notifier; to be overridden."""
        pytest.fail("a contract needs the fixture `notifier`")

    @pytest.fixture
    def notice(self) -> Notice:
        """Return a notice that it can send, with a text that occurs nowhere else; to be overridden."""
        pytest.fail("a contract needs the fixture `notice`")

    @pytest.fixture
    def wrong_address(self) -> str:
        """Return an invalid address of its kind; to be overridden."""
        pytest.fail("a contract needs the fixture `wrong_address`")

    @pytest.fixture
    def sent(self) -> Callable[[], int]:
        """Return a function that counts what its peer has received; to be overridden."""
        pytest.fail("a contract needs the fixture `sent`")

    @pytest.fixture
    def broken(self) -> AbstractContextManager[None]:
        """Return a block in which the peer cannot be reached; to be overridden."""
        pytest.fail("a contract needs the fixture `broken`")

    @pytest.fixture
    def home(self) -> UUID:
        """Return the notices' organisation; override if the notifier looks it up."""
        return ORGANISATION

    def test_it_keeps_the_promise(self, notifier: Notifier) -> None:
        """It has every attribute and method, with the right types."""
        assert [str(fault) for fault in conformance.faults("notifiers", notifier)] == []
        assert NAME.match(notifier.name)

    def test_a_wrong_address_is_refused_before_it_is_stored(
        self, notifier: Notifier, notice: Notice, wrong_address: str
    ) -> None:
        """The caller gets an error at once, in a sentence without the address; a right address passes."""
        notifier.check(notice)
        with pytest.raises(Invalid) as refused:
            notifier.check(replace(notice, address=wrong_address))
        assert wrong_address not in str(refused.value)

    def test_a_notice_is_sent(self, notifier: Notifier, notice: Notice, sent: Callable[[], int], home: UUID) -> None:
        """It is sent once, and the result is returned."""
        state = call(notifier.send, NoticeAttempt(home, notice))
        assert state in {NoticeState.SENT, NoticeState.DELIVERED, NoticeState.UNSURE}
        assert sent() == 1

    def test_what_cannot_be_sent_now_is_temporary(
        self,
        notifier: Notifier,
        notice: Notice,
        sent: Callable[[], int],
        broken: AbstractContextManager[None],
        home: UUID,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Then the core tries again, and it is sent; neither the error nor the log contains the address or the text."""
        with caplog.at_level(logging.DEBUG), broken, pytest.raises(Temporary) as fault:
            call(notifier.send, NoticeAttempt(home, notice))
        assert sent() == 0
        told = str(fault.value) + caplog.text
        assert not [word for word in (notice.address, notice.text) if word in told]
        call(notifier.send, NoticeAttempt(home, notice, number=2))
        assert sent() == 1
