"""A carrier that takes a PDF by e-mail to `NUMBER@DOMAIN`. Its answers arrive in a Maildir."""

import mailbox
import re
import smtplib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.header import decode_header
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import parseaddr
from pathlib import Path
from ssl import create_default_context
from typing import Final

from budkavle import Health, Misconfigured, Permanent, Temporary
from budkavle_fax.carriers.base import Fax, Progress, Stage, Unsure
from budkavle_fax.carriers.tiff_to_pdf import as_pdf
from budkavle_fax.numbers.formats import called
from budkavle_fax.settings import EmailSettings

NAME: Final = "Fax genom e-post"
WELL: Final = "E-postservern svarar."
REMEDY: Final = "Kontrollera [plugins.fax.email] i inställningarna, och nätet dit."
AWAY: Final = "E-postservern svarar inte. Vi försöker igen."
HALFWAY: Final = "Förbindelsen med e-postservern bröts medan faxet lämnades över."
LATER: Final = "E-postservern tar inte emot just nu ({code}). Vi försöker igen."
REFUSED: Final = "E-postservern tog inte emot faxet ({code}). Be er IT-avdelning titta på [plugins.fax.email]."
REPORTED: Final = "Faxtjänsten meddelar att faxet inte gick fram."
PAGES: Final = frozenset({"application/pdf", "image/tiff"})
_TAG: Final = re.compile(r"budkavle-fax\.([0-9a-f-]{36})@")
_ACTION: Final = re.compile(r"^Action:\s*([a-z]+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mail:
    """A fax that arrived by e-mail: its place in the Maildir, id, both numbers (E.164 or empty), and content."""

    box: mailbox.Maildir
    key: str
    name: str
    caller: str
    called: str
    content: bytes


class EmailFax:
    """A `Carrier`.

    Args:
        settings: The service's domain, the mail server, and the Maildir for incoming mail.
        seconds: Timeout for the mail server.
    """

    name = "email"
    remembers = False
    stops = False

    def __init__(self, settings: EmailSettings, seconds: float) -> None:
        if settings.host and not (settings.domain and "@" in settings.sender):
            raise Misconfigured("domain och sender i [plugins.fax.email] behövs för att faxa genom e-post.")
        self._settings = settings
        self._seconds = seconds
        self.follows = bool(settings.inbox)

    def submit(self, fax: Fax) -> str:
        """Mail a fax; the Message-ID contains our tag, which the service's replies refer to."""
        settings = self._settings
        mail = EmailMessage(policy=SMTP)
        mail["From"] = settings.sender
        mail["To"] = recipient = f"{_written(fax.to, settings.form)}@{settings.domain}"
        mail["Subject"] = "Fax"
        mail["Message-ID"] = name = f"<budkavle-fax.{fax.tag}@{settings.sender.partition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content("Fax")
        mail.add_attachment(as_pdf(fax.tiff), maintype="application", subtype="pdf", filename="fax.pdf")
        server = self._connected()
        try:
            _hand_over(server, settings.sender, recipient, mail.as_bytes())
        finally:
            _leave(server)
        return name

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        if not settings.host:
            raise Temporary("Ingen e-postserver är angiven. Be er IT-avdelning fylla i [plugins.fax.email].")
        try:
            if settings.tls == "implicit":
                context = create_default_context()
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    settings.host, settings.port, timeout=self._seconds, context=context
                )
            else:
                server = smtplib.SMTP(settings.host, settings.port, timeout=self._seconds)
            if settings.tls == "starttls":
                server.starttls(context=create_default_context())
            if settings.user:
                server.login(settings.user, settings.password)
        except (OSError, smtplib.SMTPException) as error:
            raise Temporary(AWAY) from error
        return server

    def find(self, tag: str) -> str | None:  # noqa: ARG002 - a mail server remembers nothing
        """Return None: sent mails cannot be found again."""
        return None

    def progress(self, jobs: Sequence[tuple[str, str]]) -> Mapping[str, Progress]:
        """Read the service's mails about these faxes; a fax without any still waits."""
        remote = dict(jobs)
        progress = {tag: Progress(Stage.WAITING, remote_id) for tag, remote_id in jobs}
        for box, key, mail in self._mails():
            tag = _tag(mail)
            if tag not in remote:
                continue
            stage = self._stage(mail)
            if stage is not None:
                reason = REPORTED if stage is Stage.FAILED else ""
                progress[tag] = Progress(stage, remote[tag], reason=reason)
                box.discard(key)
        return progress

    def _stage(self, mail: Message) -> Stage | None:
        # A mail server's report has a field for the result; its text may say "delivered" about a mail that still waits.
        if done := _actions(mail):
            return Stage.FAILED if "failed" in done else Stage.SENT if "delivered" in done else None
        words = _words(mail).casefold()
        if any(word.casefold() in words for word in self._settings.failed):
            return Stage.FAILED
        return Stage.SENT if any(word.casefold() in words for word in self._settings.delivered) else None

    def arrivals(self) -> Iterator["Mail"]:
        """Yield incoming faxes.

        Only mails from the service's domain are read; the Maildir's mail server must have verified the domain. A mail
        that returns one of our faxes reports the result of that fax.
        """
        for box, key, mail in self._mails():
            pages = next((part for part in mail.walk() if part.get_content_type() in PAGES), None)
            domain = parseaddr(str(mail.get("From", "")))[1].rpartition("@")[2].lower()
            if pages is None or domain != self._settings.domain.lower() or _tag(mail):
                continue
            caller, to = (parseaddr(str(mail.get(name, "")))[1].partition("@")[0] for name in ("From", "To"))
            content = pages.get_payload(decode=True)
            if isinstance(content, bytes):
                yield Mail(box, key, str(mail.get("Message-ID", key)), called(caller, ""), called(to, ""), content)

    def _mails(self) -> Iterator[tuple[mailbox.Maildir, str, Message]]:
        inbox = self._settings.inbox
        if not inbox or not Path(inbox).is_dir():
            return
        box = mailbox.Maildir(inbox, create=False)
        for key in sorted(box.keys()):
            mail = box.get(key)
            if mail is not None:
                yield box, key, mail

    def cancel(self, tag: str, remote_id: str) -> bool:  # noqa: ARG002 - a sent mail cannot be stopped
        """Return False: a sent mail cannot be stopped."""
        return False

    def health(self) -> Iterator[Health]:
        """Report whether the mail server answers and accepts our login."""
        try:
            _leave(self._connected())
        except Temporary as error:
            yield Health(NAME, False, str(error), REMEDY)
            return
        yield Health(NAME, True, WELL)


def _hand_over(server: smtplib.SMTP, sender: str, recipient: str, mail: bytes) -> None:
    """Hand over a mail; errors never contain the number, which is the recipient's address."""
    try:
        server.sendmail(sender, [recipient], mail)
    except smtplib.SMTPRecipientsRefused as error:
        code = next((code for code, _ in error.recipients.values()), 500)
        raise _refused(code) from None
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code) from None
    except (OSError, smtplib.SMTPException) as error:
        raise Unsure(HALFWAY) from error


def _leave(server: smtplib.SMTP) -> None:
    """Close the connection; the server's reply does not matter, because the mail has been handed over."""
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


def _refused(code: int) -> Temporary | Permanent:
    return Permanent(REFUSED, code=code) if code >= 500 else Temporary(LATER, code=code)


def _written(number: str, form: str) -> str:
    if form == "00":
        return f"00{number[1:]}"
    return f"0{number[3:]}" if form == "national" and number.startswith("+46") else number


def _tag(mail: Message) -> str:
    """Return the tag of the fax that a mail is about, from its headers or from the mail that it returns."""
    about = " ".join(str(mail.get(name, "")) for name in ("In-Reply-To", "References", "X-Original-Message-ID"))
    match = _TAG.search(about) or _TAG.search(mail.as_string())
    return match[1] if match else ""


def _actions(mail: Message) -> set[str]:
    """Return the actions of a delivery status notification (RFC 3464, section 2.3.3); empty if the mail is not one."""
    reports = [part.as_string() for part in mail.walk() if part.get_content_type() == "message/delivery-status"]
    return {action.lower() for report in reports for action in _ACTION.findall(report)}


def _words(mail: Message) -> str:
    subject = (_decoded(text, charset) for text, charset in decode_header(mail.get("Subject", "")))
    texts = ["".join(subject)]
    for part in mail.walk():
        content = part.get_payload(decode=True)
        if part.get_content_type() == "text/plain" and isinstance(content, bytes):
            texts.append(_decoded(content, part.get_content_charset()))
    return " ".join(texts)


def _decoded(text: bytes | str, charset: str | None) -> str:
    """Return the text by its charset, as UTF-8 if the mail names none or one that is unknown."""
    if isinstance(text, str):
        return text
    try:
        return text.decode(charset or "utf-8", "replace")
    except LookupError:
        return text.decode("utf-8", "replace")
