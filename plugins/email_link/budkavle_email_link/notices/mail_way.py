"""Mail as a channel for notifying the members of a mailbox."""

from uuid import UUID

from budkavle import Work
from budkavle.notices import MemberNews, NoticeKind, Pace, notify

TOPIC = "email_link.news"


class MailWay:
    """A `NoticeWay`: a mail to the address of the account.

    `Arrivals` notifies at once of messages to a personal inbox, and shows the sender that it has done so.

    Args:
        tells_accounts: Whether the installation sends mails to users with accounts.
    """

    name = "mail"
    label = "E-post"
    usual = Pace.AT_ONCE
    tells_inbox_itself = True

    def __init__(self, *, tells_accounts: bool) -> None:
        self._tells_accounts = tells_accounts

    def lacks(self, work: Work, user_id: UUID) -> str:  # noqa: ARG002 - every account has an address
        """Return empty, since every account has an address; a sentence if the installation mails no accounts."""
        return "" if self._tells_accounts else "Den här installationen mejlar inte om det som kommer."

    def tell(self, work: Work, news: MemberNews) -> None:
        """Request the mail."""
        if self._tells_accounts:
            notify(work, news.notice(NoticeKind.MAIL, news.email, TOPIC))
