"""The plugin's settings: `[plugins.siem]` of the installation, and those of each organisation."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from budkavle import Organisation, Setting

SYSLOG, HTTPS = "syslog", "https"
TEXT, OCSF = "text", "ocsf"
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.*?)-----END \1-----", re.DOTALL)
_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
_TOKEN = re.compile(r"[!-~]*")
"""Visible ASCII: what a header may have after `Bearer` (RFC 6750, section 2.1, and receivers that are less strict)."""


class InstallationStream(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the installation's own event log is sent.

    Attributes:
        way: `syslog` (RFC 5424 over TLS) or `https`.
        form: `text`, or `ocsf` (JSON).
        host: The syslog server.
        port: Its port.
        url: The HTTPS address.
        token: The token in `Authorization: Bearer`.
        ca: A file with the CA certificates (PEM) that the receiver is checked against. Without one, the system's.
        certificate: A file with our certificate (PEM), if the receiver asks for one.
        key: A file with its private key.
        history: Whether the entries already in the log are also sent.
    """

    way: Literal["syslog", "https"] = "syslog"
    form: Literal["text", "ocsf"] = "text"
    host: str = ""
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 6514
    url: str = ""
    token: str = ""
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    history: bool = True

    def __post_init__(self) -> None:
        """Require a receiver."""
        if self.way == SYSLOG and not self.host:
            raise ValueError("host must be the receiver's name")
        if self.way == HTTPS and not self.url.startswith("https://"):
            raise ValueError("url must begin with https://")
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("token must be visible ASCII without spaces")


class SiemSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """The settings of the installation.

    Attributes:
        seconds: How often new entries are sent.
        batch: The most entries that are sent at once.
        timeout_seconds: How long a receiver may take for one response.
        hostname: The host name of this installation in syslog. If empty, the host of `base_url`.
        sd_id: The name of the structured data: a word, `@` and the private enterprise number of the installation. 32473
            is the number for examples.
        installation: Where the installation's own log is sent. If missing, it is not sent.
    """

    seconds: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 10.0
    batch: Annotated[int, msgspec.Meta(ge=1, le=5_000)] = 500
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=300)] = 20.0
    hostname: str = ""
    sd_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]+@[0-9.]+$", max_length=32)] = "budkavle@32473"
    installation: InstallationStream | None = None


class StreamSettings(Struct, frozen=True):
    """Where an organisation's event log is sent.

    Attributes:
        client: Our certificate and its private key, as concatenated PEM. Line breaks may be missing.
        history: Whether the entries already in the log are also sent.
    """

    on: Annotated[bool, Setting(label="Skicka händelseloggen till ett övervakningssystem")] = False
    way: Annotated[
        str,
        Setting(label="Sätt att skicka", choices={SYSLOG: "Syslog över TLS (RFC 5424)", HTTPS: "HTTPS med JSON Lines"}),
    ] = SYSLOG
    form: Annotated[
        str,
        Setting(
            label="Format",
            help="OCSF är ett gemensamt format för säkerhetshändelser, version 1.8.",
            choices={TEXT: "Budkavles egna fält", OCSF: "OCSF, som JSON"},
        ),
    ] = TEXT
    host: Annotated[str, Setting(label="Server för syslog", help="Namnet, som logg.habo.se.", most=253)] = ""
    port: Annotated[int, Setting(label="Port för syslog", least=1, most=65_535)] = 6514
    ca: Annotated[
        str,
        Setting(
            label="Certifikat som serverns bedöms efter",
            help="PEM. Lämna tomt om servern har ett certifikat från en allmänt betrodd utfärdare.",
            most=20_000,
            lines=4,
        ),
    ] = ""
    client: Annotated[
        str,
        Setting(
            label="Vårt certifikat och dess nyckel",
            help="PEM, först certifikatet och sedan nyckeln. Bara om servern kräver det.",
            secret=True,
            most=20_000,
        ),
    ] = ""
    url: Annotated[str, Setting(label="Adress för HTTPS", help="Adressen börjar med https://.", most=500)] = ""
    token: Annotated[
        str, Setting(label="Token för HTTPS", help="Skickas som Authorization: Bearer.", secret=True, most=2_000)
    ] = ""
    history: Annotated[
        bool, Setting(label="Börja med det som redan står i loggen", help="Gäller första gången något skickas.")
    ] = False


def pem(text: str) -> str:
    """Return certificates and keys with their line breaks, which a single-line field removes."""
    parts = []
    for label, body in _PEM.findall(text):
        letters = "".join(body.split())
        lines = "\n".join(letters[at : at + 64] for at in range(0, len(letters), 64))
        parts.append(f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
    return "".join(parts)


def receiver_faults(chosen: StreamSettings) -> dict[str, str]:
    """Return an error message for an invalid receiver name, address or token, by field."""
    if chosen.way == SYSLOG and not _is_host(chosen.host):
        return {"host": "Skriv serverns namn, som logg.habo.se, utan https:// och utan port."}
    if chosen.way == HTTPS and not _is_address(chosen.url):
        return {"url": "Adressen ska börja med https:// och ha ett värdnamn, utan användare och lösenord."}
    if not _TOKEN.fullmatch(chosen.token):
        return {"token": "Klistra in token som den är: bara A–Z, siffror och skiljetecken, utan mellanslag."}
    return {}


def check(chosen: StreamSettings, _: Organisation) -> Mapping[str, str]:
    """Return an error message for each invalid field."""
    faults = receiver_faults(chosen) if chosen.on else {}
    if chosen.ca and not pem(chosen.ca):
        faults["ca"] = "Klistra in certifikatet som PEM: det börjar med BEGIN CERTIFICATE."
    if chosen.client and ("CERTIFICATE-" not in pem(chosen.client) or "KEY-" not in pem(chosen.client)):
        faults["client"] = "Klistra in både certifikatet och nyckeln, som PEM efter varandra."
    return faults


def _is_host(host: str) -> bool:
    """Tell whether it is a name or an IP address, and nothing beside it."""
    try:
        ip_address(host)
    except ValueError:
        return len(host) <= 253 and bool(_NAME.fullmatch(host))
    return True


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and port != 0
