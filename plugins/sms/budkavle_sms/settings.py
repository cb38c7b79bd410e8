"""The plugin's section of the settings, `[plugins.sms]`: which gateway carries the messages, and how to reach it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Struct, field

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class ElksSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """46elks (46elks.com/docs/send-sms).

    Attributes:
        url: Where the API is.
        username: The API username.
        password: The API password.
        proxy: An HTTP proxy on the way there; the environment's is not used.
    """

    url: str = "https://api.46elks.com/a1"
    username: str = ""
    password: str = ""
    proxy: str | None = None


class SmppSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """An operator's message centre by SMPP 3.4.

    Attributes:
        host: Its name or address.
        port: Its port.
        tls: Whether the connection is TLS; without it, names, numbers and texts cross the network in clear.
        ca: A file with the certificates (PEM) that its own is judged by; none means the system's.
        system_id: Who we are there, at most 15 characters.
        password: At most 8 characters, as the protocol has it.
        system_type: What some operators ask for at the bind.
        source_ton: Type of number of a sender's name; numbers are always international (1).
        source_npi: Numbering plan of a sender's name; that of numbers is always 1.
        window: How many messages may wait for their answers at the same time.
        enquire_seconds: How long the line may be silent before it is asked whether it lives.
    """

    host: str = ""
    port: Port = 2775
    tls: bool = True
    ca: str | None = None
    system_id: str = ""
    password: str = ""
    system_type: str = ""
    source_ton: int = 5
    source_npi: int = 0
    window: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    enquire_seconds: Seconds = 30.0


class HttpSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """Any other HTTP service, by templates.

    In `headers` and `body` stand `{to}`, `{from}`, `{text}`, `{id}`, `{report_url}` and `{secret}`; in the body each
    is written as the content type wants it. The address has none, since addresses end up in logs.

    Attributes:
        url: Where the message is sent.
        method: `POST` or `PUT`.
        content_type: `application/json` or `application/x-www-form-urlencoded`.
        headers: Further headers, by name.
        body: The body.
        secret: The service's key.
        idempotent: Whether the service sends a message only once that it gets twice with the same `{id}`.
        id_path: Where the service's own identifier stands in its JSON answer, such as `messages.0.id`; empty: nowhere.
        report_path: Where the word about the delivery stands in a report, a JSON document or form fields.
        delivered: Words of a report that mean that it has come to the phone.
        failed: Words of a report that mean that it never will.
        proxy: An HTTP proxy on the way there.
    """

    url: str = ""
    method: Literal["POST", "PUT"] = "POST"
    content_type: Literal["application/json", "application/x-www-form-urlencoded"] = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"to": "{to}", "from": "{from}", "text": "{text}"}'
    secret: str = ""
    idempotent: bool = False
    id_path: str = "id"
    report_path: str = "status"
    delivered: tuple[str, ...] = ("delivered", "DELIVERED", "DELIVRD")
    failed: tuple[str, ...] = ("failed", "FAILED", "EXPIRED", "REJECTED", "UNDELIV", "undelivered")
    proxy: str | None = None


class SmsSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """How the installation sends SMS.

    Attributes:
        gateway: `log` sends nothing and shows the messages to administrators, for development; `46elks`, `smpp` or
            `http` send.
        sender: The sender that phones show, where the organisation has none of its own.
        senders: Which organisation each further sender belongs to, by its short name. Where one is named, an
            organisation sends under its own ones and under `sender` alone.
        timeout_seconds: How long a gateway may take to answer.
        poll_seconds: How often the worker looks for messages to send.
        keep_days: How long the list of sent messages goes back; their texts are gone once they are sent.
    """

    gateway: Literal["log", "46elks", "smpp", "http"] = "log"
    sender: str = "Budkavle"
    senders: dict[str, str] = field(default_factory=dict)
    timeout_seconds: Seconds = 10.0
    poll_seconds: Seconds = 0.25
    keep_days: Annotated[int, msgspec.Meta(ge=1)] = 30
    elks: ElksSettings = field(default_factory=ElksSettings)
    smpp: SmppSettings = field(default_factory=SmppSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
