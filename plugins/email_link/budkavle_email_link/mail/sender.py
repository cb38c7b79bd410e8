"""Where mails go: to the mail server, or into the outbox of development."""

from functools import lru_cache
from uuid import UUID

from budkavle import Host, Temporary, call
from budkavle_email_link.mail.message import Mail
from budkavle_email_link.mail.outbox import Outbox
from budkavle_email_link.mail.own_server import own_server, send_by
from budkavle_email_link.mail.smtp import Mailer
from budkavle_email_link.settings import EmailLinkSettings

NO_HOST = "Ingen e-postserver är vald, så mejlet väntar. Be er IT-avdelning ange en i plugins.email_link.host."


class Post:
    """The way out for all mails of one process.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._settings: EmailLinkSettings = host.settings
        self.outbox = Outbox(host)
        self.mailer = Mailer(self._settings)

    def send(self, mail: Mail, organisation_id: UUID | None = None, mailbox_id: UUID | None = None) -> None:
        """Hand over one mail, and wait until it has been taken.

        Args:
            mail: The mail.
            organisation_id: In whose name it goes, by whose server; None means the installation's.
            mailbox_id: From which mailbox, which may have a server of its own.

        Raises:
            Temporary: Not now.
            Permanent: Never.
            Misconfigured: The settings are wrong.
        """
        if self._settings.shows_outbox:
            self.outbox.add(mail)
        elif organisation_id and (server := own_server(self._host, organisation_id, mailbox_id)):
            send_by(self._host, server, mail)
        elif not self._settings.host:
            raise Temporary(NO_HOST)
        else:
            call(self.mailer.send, mail)


@lru_cache(maxsize=8)
def post_of(host: Host) -> Post:
    """Return the one way out for all mails of a host, so that its connections are counted together."""
    return Post(host)
