"""The plugin's section of the settings, `[plugins.email_link]`: the mail server, the senders, the links."""

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Struct

OUTBOX = "outbox"
"""The value of `host` that sends nothing and shows the mails to administrators, for development and the demo."""
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]
Count = Annotated[int, msgspec.Meta(ge=0, le=100)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3_600)]


class EmailLinkSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """How the installation sends mail, and how long its links are valid.

    Attributes:
        host: The mail server (our relay); `outbox` sends nothing and shows the mails to administrators. Empty sends
            nothing: mails wait, and the health page reports it.
        port: Its port.
        tls: `starttls`, `implicit` or `none`; there is no fallback to a weaker one.
        ca: A file with the CA certificates (PEM) for verifying the server; by default those of the system.
        user: Our user name there; empty means no authentication.
        password: Our password there.
        sender: The address in From; nobody reads mails to it.
        bounce_domain: The domain of the envelope's sender, `bounce+TOKEN@DOMAIN`; empty means that of `sender`.
        dkim_key: Our private key (PEM, RSA), if the relay does not sign.
        dkim_selector: The selector of its public key in the DNS.
        timeout_seconds: The timeout of one reply from the server.
        connections: The most connections of one process.
        idle_seconds: How long an idle connection is kept for the next mail.
        contact: A sentence that says how to check whether a mail is genuine, for organisations that have written none.
        link_days: How long a link can be opened.
        remind_days: Days without an opening before a reminder; 0 means none.
        reminders: The most reminders.
        max_bytes: The largest message, with its files.
        answer_bytes: The most bytes of all files of a reader's answer together.
        bounces: A Maildir with bounces, read by the worker; without it, bounces come by `budkavle email bounce`.
        bounce_seconds: How often it is read.
        staff_codes: Whether accounts may sign in by a code to their e-mail address, at level 1.
        notify_accounts: Whether users with an account get a mail about a new secure message.
        name_server: IP address and port of the name server used to look up SPF, DKIM and DMARC when an own mail server
            is tested, such as `192.0.2.1:53`; empty means those of the system.
        keep_days: How long an expired link can still say that it has expired.
    """

    host: str = ""
    port: Port = 587
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    ca: Path | None = None
    user: str = ""
    password: str = ""
    sender: str = "no-reply@localhost"
    bounce_domain: str = ""
    dkim_key: str = ""
    dkim_selector: str = "budkavle"
    timeout_seconds: Seconds = 20.0
    connections: Annotated[int, msgspec.Meta(ge=1, le=50)] = 4
    idle_seconds: Seconds = 15.0
    contact: str = ""
    link_days: Days = 30
    remind_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 7
    reminders: Count = 2
    max_bytes: int = 100_000_000
    answer_bytes: int = 30_000_000
    bounces: Path | None = None
    bounce_seconds: Seconds = 30.0
    staff_codes: bool = False
    notify_accounts: bool = True
    keep_days: Days = 90
    name_server: str = ""

    def __post_init__(self) -> None:
        """Refuse settings that cannot work, or that would send the password unencrypted."""
        if self.sender.count("@") != 1 or not self.sender.isascii():
            raise ValueError("sender must be an address, such as no-reply@habo.example, its domain in punycode")
        if self.name_server and not re.fullmatch(r"[0-9a-fA-F.:]+:[0-9]{1,5}", self.name_server):
            raise ValueError("name_server must be a number and a port, such as 192.0.2.1:53")
        if self.user and self.tls == "none":
            raise ValueError("user and password need tls: starttls or implicit")

    @property
    def shows_outbox(self) -> bool:
        """Whether mails are shown to administrators instead of being sent."""
        return self.host == OUTBOX

    @property
    def domain(self) -> str:
        """The domain of the envelope's sender and of the Message-ID."""
        return self.bounce_domain or self.sender.rpartition("@")[2]
