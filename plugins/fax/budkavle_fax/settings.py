"""The plugin's section of the settings, `[plugins.fax]`: the carrier, and how to reach it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Struct, field

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class HylaFaxSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """A HylaFAX server, by its own protocol (hfaxd(8)).

    Attributes:
        host: Its name or address. The protocol is not encrypted, so use this machine or a closed network.
        port: Its port.
        user: Our user name there.
        password: Set there with `faxadduser`; empty if the server trusts our address.
        inbox: The folder that the script `budkavle-faxrcvd` moves incoming faxes to; empty: nothing is received.
        national: Whether the line dials `08...` and `0049...` rather than `+468...`.
        prefix: Dialled first, such as the digit for an outside line.
        did_prefix: The leading part of called numbers if the exchange only gives the last digits.
        modems: The number of each modem on whose line the exchange does not give the called number.
        give_up_hours: How long the server tries before it gives up.
        dials: The largest number of calls.
    """

    host: str = "127.0.0.1"
    port: Port = 4559
    user: str = "budkavle"
    password: str = ""
    inbox: str = ""
    national: bool = True
    prefix: str = ""
    did_prefix: str = ""
    modems: dict[str, str] = field(default_factory=dict)
    give_up_hours: Annotated[int, msgspec.Meta(ge=1, le=72)] = 3
    dials: Annotated[int, msgspec.Meta(ge=1, le=50)] = 12


class EmailSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """A fax service that takes e-mail to `NUMBER@DOMAIN` with a PDF.

    Attributes:
        domain: The service's domain, such as `fax.operator.example`.
        sender: Our address, by which the service knows us.
        host: The mail server; empty sends nothing.
        port: Its port.
        tls: How the connection is encrypted.
        user: Our user name at the mail server; empty if it needs none.
        password: The password of `user`.
        form: How the service wants numbers: `e164` (+468...), `national` (08...) or `00` (00468...).
        inbox: A Maildir for the service's mails: incoming faxes, and reports on sent ones.
        delivered: Words in a mail that mean that a fax arrived.
        failed: Words in a mail that mean that it failed.
    """

    domain: str = ""
    sender: str = ""
    host: str = ""
    port: Port = 25
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    user: str = ""
    password: str = ""
    form: Literal["e164", "national", "00"] = "national"
    inbox: str = ""
    delivered: tuple[str, ...] = ("delivered", "sent successfully", "skickat", "levererat")
    failed: tuple[str, ...] = ("failed", "undeliverable", "misslyckades", "kunde inte")


class HttpSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """A fax service with an HTTP interface, described by templates.

    `body` may contain `{to}`, `{from}`, `{id}`, `{pdf}` (base64) and `{secret}`, and `headers` `{secret}`. URLs may
    only contain `{remote_id}`, because URLs end up in logs.

    Attributes:
        url: The URL for sending a fax (POST).
        status_url: The URL for its status (GET), with `{remote_id}`; empty if there is none.
        cancel_url: The URL for stopping it (POST), with `{remote_id}`; empty if there is none.
        headers: More headers, by name.
        body: The JSON document that sends a fax.
        secret: The service's key.
        idempotent: Whether the service treats the same `{id}` sent twice as one fax.
        id_path: Path of the service's own identifier in its response.
        status_path: Path of the fax's status in the response from `status_url`.
        reason_path: Path of the reason.
        pages_path: Path of the number of sent pages.
        sent: Values of the status that mean that the fax has arrived.
        failed: Values of the status that mean that it never will.
        incoming_secret: Secret of a service that delivers faxes (at least 20 characters): it posts to
            `BASE_URL/plugin/fax/incoming` with the header `Authorization: Bearer SECRET`. If empty, all are refused.
        incoming_id: Path of the identifier in the posted document; likewise for the next ones.
        incoming_to: The called number.
        incoming_from: The caller's number.
        incoming_file: The PDF or TIFF, base64.
        proxy: An HTTP proxy to use.
    """

    url: str = ""
    status_url: str = ""
    cancel_url: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"Authorization": "Bearer {secret}"})
    body: str = '{"to": "{to}", "from": "{from}", "reference": "{id}", "file": "{pdf}"}'
    secret: str = ""
    idempotent: bool = False
    id_path: str = "id"
    status_path: str = "status"
    reason_path: str = "errorMessage"
    pages_path: str = "numberOfPages"
    sent: tuple[str, ...] = ("COMPLETED", "SUCCESS", "sent", "delivered")
    failed: tuple[str, ...] = ("FAILURE", "FAILED", "failed", "error")
    incoming_secret: str = ""
    incoming_id: str = "fax.id"
    incoming_to: str = "fax.to"
    incoming_from: str = "fax.from"
    incoming_file: str = "file"
    proxy: str | None = None


class FaxSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """The installation's fax settings.

    Attributes:
        carrier: `hylafax`, `email`, `http`, or `simulator`, which only calls the installation's own numbers.
        max_pages: The largest number of pages in a fax.
        timeout_seconds: Timeout for a carrier's answer.
        poll_seconds: How often the carrier is polled for progress and incoming faxes.
        organisation: The slug of the organisation that gets faxes to numbers that belong to nobody.
        join_days: Days during which a fax from a number that the mailbox has faxed joins that case.
    """

    carrier: Literal["hylafax", "email", "http", "simulator"] = "hylafax"
    max_pages: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 200
    timeout_seconds: Seconds = 20.0
    poll_seconds: Seconds = 2.0
    organisation: str = ""
    join_days: Annotated[int, msgspec.Meta(ge=0)] = 14
    hylafax: HylaFaxSettings = field(default_factory=HylaFaxSettings)
    email: EmailSettings = field(default_factory=EmailSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
