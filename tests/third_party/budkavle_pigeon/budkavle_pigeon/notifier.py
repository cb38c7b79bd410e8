"""Pushes to rings: a pigeon's keeper is told on the ring's own display. The rings are in memory."""

from collections.abc import Callable
from uuid import UUID

from budkavle import Invalid, Work
from budkavle.notices import (
    MemberNews,
    Notice,
    NoticeAttempt,
    NoticeKind,
    NoticeState,
    NotifierTraits,
    Pace,
    notify,
)


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


class RingWay:
    """A `NoticeWay`: the keeper of a ring is told on its display what comes to a mailbox.

    Args:
        rings: The number of each keeper's ring.
    """

    name = "ring"
    label = "Ring"
    usual = Pace.OFF
    tells_inbox_itself = False

    def __init__(self, rings: dict[UUID, str] | None = None) -> None:
        self._rings = rings or {}

    def lacks(self, work: Work, user_id: UUID) -> str:
        """Ask for a ring."""
        return "" if user_id in self._rings else "Du har ingen ring. Be duvslaget om en."

    def tell(self, work: Work, news: MemberNews) -> None:
        """Show it on the keeper's ring."""
        if ring := self._rings.get(news.user_id):
            notify(work, news.notice(NoticeKind.PUSH, ring, "pigeon.news"))
