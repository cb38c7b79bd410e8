"""Where mails go: to the mail server, or into the outbox of development."""

from budkavle import Host, call
from budkavle_email_link.mail import Mail
from budkavle_email_link.outbox import Outbox
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_email_link.smtp import Mailer


class Post:
    """The way out for all mails of one process.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._settings: EmailLinkSettings = host.settings
        self.outbox = Outbox(host)
        self.mailer = Mailer(self._settings)

    def send(self, mail: Mail) -> None:
        """Hand over one mail, and wait until it has been taken.

        Raises:
            Temporary: Not now.
            Permanent: Never.
            Misconfigured: The settings are wrong.
        """
        if self._settings.to_outbox:
            self.outbox.add(mail)
        else:
            call(self.mailer.send, mail)
