"""The plugin's section of the settings, `[plugins.email_link]`: the mail server, the senders, the links."""

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Struct

OUTBOX = "outbox"
"""The `host` that sends nothing and shows the mails to administrators, for development and the demo."""
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]
Count = Annotated[int, msgspec.Meta(ge=0, le=100)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3_600)]


class EmailLinkSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """How the installation sends mail, and how long its links live.

    Attributes:
        host: The mail server (a relay of ours); `outbox` sends nothing and shows the mails to administrators. Empty
            sends nothing: what is to be sent waits, and the health page complains.
        port: Its port.
        tls: `starttls`, `implicit` or `none`; what is asked for must be had, there is no fall to less.
        ca: A file with the certificates (PEM) that the server's own is judged by; none means the system's.
        user: Who we are there; empty means no sign-in.
        password: What it asks for.
        sender: The address in From; nobody reads what is sent there.
        bounce_domain: The domain of the envelope's sender, `bounce+TOKEN@DOMAIN`; empty means that of `sender`.
        dkim_key: Our private key (PEM, RSA), where the relay does not sign.
        dkim_selector: The name under which its public half stands in the DNS.
        timeout_seconds: How long the server may take for one answer.
        connections: How many connections one process has at most.
        idle_seconds: How long a connection is kept for the next mail.
        contact: Where somebody who doubts a mail can ask, in a sentence, for organisations that have written none.
        link_days: How long a link can be opened.
        remind_days: Days without an opening before a reminder; 0 means none.
        reminders: How many reminders at most.
        max_bytes: The largest message, files and all.
        answer_bytes: The largest answer of a reader, all files together.
        bounces: A Maildir where bounces arrive, read by the worker; none means that they come by
            `budkavle email bounce`.
        bounce_seconds: How often it is looked into.
        staff_codes: Whether accounts may sign in by a code to their e-mail address, at level 1.
        notify_accounts: Whether registered users get a mail when a secure message has come.
        name_server: Number and port of the name server that is asked for SPF, DKIM and DMARC where an own mail server
            is tested, such as `192.0.2.1:53`; empty asks those of the system.
        keep_days: How long a link whose time is up can still say so.
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
        """Refuse what could never work, or would send the password in clear."""
        if self.sender.count("@") != 1 or not self.sender.isascii():
            raise ValueError("sender must be an address, such as no-reply@habo.example, its domain in punycode")
        if self.name_server and not re.fullmatch(r"[0-9a-fA-F.:]+:[0-9]{1,5}", self.name_server):
            raise ValueError("name_server must be a number and a port, such as 192.0.2.1:53")
        if self.user and self.tls == "none":
            raise ValueError("user and password need tls: starttls or implicit")

    @property
    def shows_outbox(self) -> bool:
        """Whether mails are only shown to administrators, not sent."""
        return self.host == OUTBOX

    @property
    def domain(self) -> str:
        """The domain of the envelope's sender and of the Message-ID."""
        return self.bounce_domain or self.sender.rpartition("@")[2]
