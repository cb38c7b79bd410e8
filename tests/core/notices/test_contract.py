"""A test plugin's push passes the contract of notifiers, which Web Push will have to pass too."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from budkavle.model.errors import Temporary
from budkavle.model.notices import Notice, NoticeKind
from budkavle.testing.contracts import NotifierContract
from budkavle.testing.fakes import FakeNotifier


@pytest.mark.feature("PL6")
class TestPush(NotifierContract):
    @pytest.fixture
    def notifier(self) -> FakeNotifier:
        return FakeNotifier()

    @pytest.fixture
    def notice(self) -> Notice:
        return Notice(NoticeKind.PUSH, "https://push.example/maria", "fake.landed", "Duva", "Duvan har landat.")

    @pytest.fixture
    def wrong_address(self) -> str:
        return "mailto:maria"

    @pytest.fixture
    def sent(self, notifier: FakeNotifier) -> Callable[[], int]:
        return lambda: len(notifier.sent)

    @pytest.fixture
    def broken(self, notifier: FakeNotifier) -> AbstractContextManager[None]:
        @contextmanager
        def silent() -> Iterator[None]:
            notifier.failures = [Temporary("Tjänsten svarar inte.")]
            yield
            notifier.failures = []

        return silent()
