"""Sending mails by an organisation's or a mailbox's own server, and the test of its settings."""

import socket
from collections.abc import Iterator
from uuid import UUID, uuid4

import msgspec

from budkavle import Actor, Host, Permanent, Sentence, SettingsSection, SettingsTest
from budkavle.accounts import read_settings
from budkavle.operations import outside_socket
from budkavle_email_link.mail import dns_records, server_settings
from budkavle_email_link.mail.message import Mail, as_bytes, envelope_sender
from budkavle_email_link.mail.server_settings import MailServer, pem
from budkavle_email_link.mail.steps import Letter, hand_over
from budkavle_email_link.settings import EmailLinkSettings

NO_SERVER = "Ingen egen e-postserver är angiven, så mejlen går med installationens. Skriv serverns namn och spara."
SPAM = "Mejlet är lämnat, men mottagare kan ta det för skräppost."
SUBJECT = "Prov av e-postservern"
TEXT = "Det här är ett prov av e-postservern från Budkavle. Du behöver inte göra något."
TEST_SECONDS = 60.0


def own_server(host: Host, organisation_id: UUID, mailbox_id: UUID | None = None) -> MailServer | None:
    """Return the mailbox's own server, otherwise the organisation's; None if they use the installation's."""
    with host.work(host.system(organisation_id)) as work:
        chosen = read_settings(work, MailServer, mailbox_id=mailbox_id)
    return chosen if chosen.host else None


def send_by(host: Host, server: MailServer, mail: Mail) -> None:
    """Send a mail by an own server.

    Raises:
        Temporary: It cannot be sent now; the sentence names the step that failed.
        Permanent: The server will never accept this mail.
    """
    for _ in _hand_over(host, server, mail):
        pass


def section(host: Host) -> SettingsSection[MailServer]:
    """Return the settings section, with its test."""

    def run(_: Actor, server: MailServer, address: str) -> Iterator[str]:
        return try_server(host, server, address)

    return SettingsSection(
        name="server",
        type=MailServer,
        title="E-postserver",
        help="Servern som mejl om meddelanden går med, i stället för installationens.",
        scope="both",
        check=server_settings.check,
        order=300,
        test=SettingsTest(
            label="Skicka ett provmejl",
            help="Du får ett mejl. Varje steg visas, och vad SPF, DKIM och DMARC säger om avsändaren.",
            run=run,
            seconds=TEST_SECONDS,
        ),
    )


def try_server(host: Host, server: MailServer, address: str) -> Iterator[str]:
    """Send a test mail, and look up the sender's domain; yield a sentence for each step.

    Raises:
        Temporary: A step failed.
        Permanent: The server refuses the mail, or the domain's records need to be corrected.
    """
    if not server.host:
        raise Permanent(NO_SERVER)
    settings: EmailLinkSettings = host.settings
    message_id = f"test-{uuid4()}@{server.sender.rpartition('@')[2]}"
    yield from _hand_over(host, server, Mail(address, "", SUBJECT, TEXT, f"<p>{TEXT}</p>", message_id))
    verdicts = list(dns_records.verdicts(server, dns_records.resolver(settings.name_server)))
    yield from (verdict.sentence for verdict in verdicts if verdict.ok)
    faults = [verdict.sentence for verdict in verdicts if not verdict.ok]
    if faults:
        raise Permanent(Sentence.joined([SPAM, *faults]))


def _hand_over(host: Host, server: MailServer, mail: Mail) -> Iterator[Sentence]:
    settings = as_settings(host.settings, server)
    sender = envelope_sender(mail, settings) if server.bounce_domain else server.sender
    letter = Letter(sender, mail.to, as_bytes(mail, settings))

    def connect(name: str, port: int, seconds: float) -> socket.socket:
        return outside_socket(host.platform, name, port, seconds)

    return hand_over(server, letter, connect, settings.timeout_seconds)


def as_settings(settings: EmailLinkSettings, server: MailServer) -> EmailLinkSettings:
    """Return the installation's settings with the sender and the DKIM key of a server."""
    return msgspec.structs.replace(
        settings,
        sender=server.sender,
        bounce_domain=server.bounce_domain,
        dkim_key=pem(server.dkim_key),
        dkim_selector=server.dkim_selector,
    )
