"""Who sends mails, in memory."""

from dataclasses import dataclass

from budkavle.model.notices import Notice, NoticeKind
from budkavle.testing.fakes import FakeNotifier


@dataclass
class Mailer(FakeNotifier):
    """Takes mails to any address."""

    kind: NoticeKind = NoticeKind.MAIL

    def check(self, notice: Notice) -> None:
        """Take any address."""
