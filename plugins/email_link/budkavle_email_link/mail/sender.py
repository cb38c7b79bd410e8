"""Sends mails, by the mail server or to the development outbox."""

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
    """Sends all mails of one process.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._settings: EmailLinkSettings = host.settings
        self.outbox = Outbox(host)
        self.mailer = Mailer(self._settings)

    def send(self, mail: Mail, organisation_id: UUID | None = None, mailbox_id: UUID | None = None) -> None:
        """Send one mail, and wait until the server has accepted it.

        Args:
            mail: The mail.
            organisation_id: The sending organisation, whose own server is used if it has one; None for the
                installation.
            mailbox_id: The sending mailbox, which may have its own server.

        Raises:
            Temporary: It cannot be sent now.
            Permanent: The server will never accept it.
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
    """Return the one `Post` of a host, so that all its connections are counted together."""
    return Post(host)
