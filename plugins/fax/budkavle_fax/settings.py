"""The plugin's section of the settings, `[plugins.fax]`: who carries the faxes, and how to reach it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Struct, field

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class HylaFaxSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """A HylaFAX server, by its own protocol (hfaxd(8)).

    Attributes:
        host: Its name or address; the protocol is not encrypted, so let it be this machine or a closed net.
        port: Its port.
        user: Who we are there.
        password: Set there with `faxadduser`; empty where the server trusts our address.
        inbox: The folder that the script `budkavle-faxrcvd` moves what comes in to; empty receives nothing.
        national: Whether the line dials `08...` and `0049...` rather than `+468...`.
        prefix: What the line dials first, such as the digit for an outside line.
        did_prefix: What stands before the called number where the exchange gives only its last digits.
        modems: The number of each modem on whose line the exchange does not say which number was called.
        give_up_hours: How long the server tries before it gives up.
        dials: How many times it calls.
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
        sender: Our address, which the service knows us by.
        host: The mail server; empty sends nothing.
        port: Its port.
        tls: How the connection is encrypted.
        user: Who we are at the mail server; empty where it does not ask.
        password: For `user`.
        form: How the service wants numbers: `e164` (+468...), `national` (08...) or `00` (00468...).
        inbox: A Maildir that the service's mails are delivered to: faxes that come in, and word of those sent.
        delivered: Words of a mail that mean that a fax arrived.
        failed: Words of a mail that mean that it did not.
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
    """A fax service on the net, by templates.

    In `headers` and `body` stand `{to}`, `{from}`, `{id}`, `{pdf}` (base64) and `{secret}`. Addresses have none but
    `{remote_id}`, since addresses end up in logs.

    Attributes:
        url: Where a fax is sent (POST).
        status_url: Where it is asked about (GET), with `{remote_id}`; empty where the service is not asked.
        cancel_url: Where it is stopped (POST), with `{remote_id}`; empty where it cannot be.
        headers: Further headers, by name.
        body: The JSON document that sends a fax.
        secret: The service's key.
        idempotent: Whether the same `{id}` sent twice is one fax to the service.
        id_path: Where the service's own identifier stands in its answer.
        status_path: Where the word about the fax stands in its answer to `status_url`.
        reason_path: Where its reason stands.
        pages_path: Where its count of sent pages stands.
        sent: Words that mean that the fax has arrived.
        failed: Words that mean that it never will.
        incoming_secret: What a service that brings faxes must know (at least 20 characters): it posts to
            `BASE_URL/plugin/fax/incoming` with the header `Authorization: Bearer SECRET`. Empty takes none.
        incoming_id: Where the identifier stands in what it posts; the next ones likewise.
        incoming_to: The called number.
        incoming_from: The caller's number.
        incoming_file: The PDF or TIFF, base64.
        proxy: An HTTP proxy on the way there.
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
    """How the installation faxes.

    Attributes:
        carrier: `hylafax`, `email`, `http`, or `simulator`, which calls nobody but the installation's own numbers.
        max_pages: How many pages a fax may have.
        timeout_seconds: How long a carrier may take to answer.
        poll_seconds: How often it is asked how the faxes go, and what has come in.
        organisation: The slug of the organisation that gets faxes to numbers nobody has linked.
        join_days: For how long a fax from a number that the mailbox has faxed joins that case.
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
