"""Mail as a way to notify the members of a mailbox of what it receives."""

from uuid import UUID

from budkavle import Work
from budkavle.notices import MemberNews, NoticeKind, Pace, notify

TOPIC = "email_link.news"


class MailWay:
    """A `NoticeWay`: a mail to the address of the account.

    What comes to a person's own inbox is told at once by `Arrivals`, which lets the sender see that it was.

    Args:
        tells_accounts: Whether the installation tells people with accounts by mail at all.
    """

    name = "mail"
    label = "E-post"
    usual = Pace.AT_ONCE
    tells_inbox_itself = True

    def __init__(self, *, tells_accounts: bool) -> None:
        self._tells_accounts = tells_accounts

    def lacks(self, work: Work, user_id: UUID) -> str:  # noqa: ARG002 - every account has an address
        """Nothing: every account has an address, unless the installation sends accounts no mail."""
        return "" if self._tells_accounts else "Den här installationen mejlar inte om det som kommer."

    def tell(self, work: Work, news: MemberNews) -> None:
        """Ask for the mail."""
        if self._tells_accounts:
            notify(work, news.notice(NoticeKind.MAIL, news.email, TOPIC))
