"""Pushes to rings: a pigeon's keeper is told on the ring's own display. The rings are in memory."""

from collections.abc import Callable

from budkavle import Invalid
from budkavle.notices import Notice, NoticeAttempt, NoticeKind, NoticeState, NotifierTraits


class RingNotifier:
    """A `Notifier` for push.

    Args:
        show: Shows a line on a ring.
    """

    name = "ring"
    kind = NoticeKind.PUSH
    traits = NotifierTraits()

    def __init__(self, show: Callable[[str, str], None] = lambda ring, line: None) -> None:
        self._show = show

    def check(self, notice: Notice) -> None:
        """Refuse what is no ring."""
        if not notice.address.startswith("SE-"):
            raise Invalid("En ring har ett nummer som börjar med SE-.")

    def send(self, attempt: NoticeAttempt) -> NoticeState:
        """Show it; the keeper sees it at once."""
        self._show(attempt.notice.address, attempt.notice.text)
        return NoticeState.DELIVERED
