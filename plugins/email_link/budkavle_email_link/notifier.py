"""The notifier for mail: sends the mail notices of all plugins, with a calendar entry if there is one."""

from datetime import timedelta

from budkavle import Backoff, Host, Invalid
from budkavle.notices import Notice, NoticeAttempt, NoticeKind, NoticeState, NotifierTraits
from budkavle_email_link.mail import calendar
from budkavle_email_link.mail.addresses import plain
from budkavle_email_link.mail.sender import Post
from budkavle_email_link.receipts import account_bounces
from budkavle_email_link.receipts.account_bounces import About
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_email_link.texts import Wording

NO_ADDRESS = "Det är ingen giltig e-postadress. Kontrollera den."
NO_SUBJECT = "Mejlet behöver en rubrik."


class MailNotifier:
    """A `Notifier` for mail.

    Args:
        host: The plugin's host.
        post: Sends the mails.
    """

    name = "email"
    kind = NoticeKind.MAIL

    def __init__(self, host: Host, post: Post) -> None:
        settings: EmailLinkSettings = host.settings
        self._host = host
        self._post = post
        self._wording = Wording(host)
        backoff = Backoff(timedelta(minutes=1), timedelta(minutes=15), tries=10)
        self.traits = NotifierTraits(backoff, every=timedelta(seconds=5), at_once=settings.connections)

    def check(self, notice: Notice) -> None:
        """Validate the address, the subject and the calendar entry.

        Raises:
            Invalid: The address is invalid, there is no subject, or the calendar entry is invalid.
        """
        if plain(notice.address) is None:
            raise Invalid(NO_ADDRESS)
        if not notice.subject.strip():
            raise Invalid(NO_SUBJECT)
        if notice.calendar is not None:
            calendar.check(notice.calendar)

    def send(self, attempt: NoticeAttempt) -> NoticeState:
        """Send the mail; a later attempt sends the same mail with the same Message-ID.

        Raises:
            Temporary: The mail server does not accept it now.
            Permanent: The mail server will never accept it.
        """
        about = About(attempt.organisation_id, notice_id=attempt.notice.id)
        bounce = account_bounces.address(self._host, about)
        self._post.send(self._wording.notice(attempt.organisation_id, attempt.notice, bounce), attempt.organisation_id)
        return NoticeState.SENT
