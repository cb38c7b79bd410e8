"""The plugin's section of the settings, `[plugins.sms]`: the gateway, and how to reach it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Struct, field

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class ElksSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """46elks (46elks.com/docs/send-sms).

    Attributes:
        url: The URL of the API.
        username: The API username.
        password: The API password.
        proxy: An HTTP proxy to use; the environment's is ignored.
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
        tls: Whether the connection uses TLS; without it, names, numbers and texts cross the network unencrypted.
        ca: A file with the certificates (PEM) that the server's is verified with; none means the system's.
        system_id: Our user name there, at most 15 characters.
        password: At most 8 characters, as the protocol requires.
        system_type: Required by some operators at the bind.
        source_ton: Type of number for sender names; for numbers it is always international (1).
        source_npi: Numbering plan for sender names; for numbers it is always 1.
        window: Messages that may wait for their answers at the same time.
        enquire_seconds: Seconds of silence after which the connection is checked.
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
    """Any other HTTP service, described by templates.

    `headers` and `body` may contain `{to}`, `{from}`, `{text}`, `{id}`, `{report_url}` and `{secret}`; in the body each
    is encoded for the content type. The URL may contain none, because URLs end up in logs.

    Attributes:
        url: The URL for sending a message.
        method: `POST` or `PUT`.
        content_type: `application/json` or `application/x-www-form-urlencoded`.
        headers: More headers, by name.
        body: The body.
        secret: The service's key.
        idempotent: Whether the service sends a message with the same `{id}` only once.
        id_path: Path of the service's own identifier in its JSON response, such as `messages.0.id`; empty: none.
        report_path: Path of the status in a report, which is a JSON document or form fields.
        delivered: Values that mean that the message has reached the phone.
        failed: Values that mean that it never will.
        proxy: An HTTP proxy to use.
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
    """The installation's SMS settings.

    Attributes:
        gateway: `log` sends nothing and shows the messages to administrators, for development; `46elks`, `smpp` or
            `http` send.
        sender: The default sender that phones show.
        senders: The organisation, by its short name, that each further sender belongs to. If any is assigned, an
            organisation may only use its own senders and `sender`.
        timeout_seconds: Timeout for a gateway's answer.
        poll_seconds: How often the worker looks for messages to send.
        keep_days: Days that the list of sent messages covers; texts are deleted when they are sent.
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
