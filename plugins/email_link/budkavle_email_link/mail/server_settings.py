"""The settings of an organisation's or a mailbox's own mail server, and their validation."""

import re
from collections.abc import Mapping
from typing import Annotated

import dkim
from msgspec import Struct

from budkavle import Organisation, Setting
from budkavle_email_link.mail.addresses import ascii_form

STARTTLS, IMPLICIT = "starttls", "implicit"
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.*?)-----END \1-----", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9.:_-]{1,253}")
_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?")


class MailServer(Struct, frozen=True):
    """The server for mails that are sent in the name of the organisation or the mailbox.

    Attributes:
        host: Its host name; empty means the installation's server.
        bounce_domain: The domain of the envelope's sender, `bounce+TOKEN@DOMAIN`; empty means that the envelope has the
            sender's own address, which then receives the bounces.
        dkim_key: The private key (PEM, RSA), if the server does not sign; line breaks may be missing.
    """

    host: Annotated[
        str,
        Setting(
            label="E-postserver",
            help="Namnet, som smtp.habo.se. Lämna tomt för att skicka med installationens server.",
            most=253,
        ),
    ] = ""
    port: Annotated[
        int, Setting(label="Port", help="587 för STARTTLS, 465 för TLS från början.", least=1, most=65_535)
    ] = 587
    tls: Annotated[
        str,
        Setting(
            label="Kryptering",
            help="Ett mejl lämnas aldrig okrypterat.",
            choices={STARTTLS: "STARTTLS (börjar okrypterat)", IMPLICIT: "TLS från början"},
        ),
    ] = STARTTLS
    ca: Annotated[
        str,
        Setting(
            label="Certifikat som serverns bedöms efter",
            help="PEM. Lämna tomt om servern har ett certifikat från en allmänt betrodd utfärdare.",
            most=20_000,
            lines=4,
        ),
    ] = ""
    user: Annotated[str, Setting(label="Användare", help="Lämna tomt om servern inte kräver inloggning.", most=320)] = (
        ""
    )
    password: Annotated[str, Setting(label="Lösenord", secret=True, most=500)] = ""
    sender: Annotated[
        str,
        Setting(label="Avsändaradress", help="Adressen i Från, som meddelande@habo.se.", most=320),
    ] = ""
    bounce_domain: Annotated[
        str,
        Setting(
            label="Domän för studsar",
            help="Bara om studsar till domänen kommer till Budkavle. Annars går de till avsändaradressen.",
            most=253,
        ),
    ] = ""
    dkim_key: Annotated[
        str,
        Setting(
            label="Nyckel för DKIM",
            help="Privat RSA-nyckel som PEM. Lämna tomt om e-postservern signerar själv.",
            secret=True,
            most=10_000,
        ),
    ] = ""
    dkim_selector: Annotated[
        str, Setting(label="Selektor för DKIM", help="Namnet som nyckelns publika del står under i DNS.", most=63)
    ] = "budkavle"


def pem(text: str) -> str:
    """Restore the line breaks of certificates and keys, which a single-line field removes."""
    parts = []
    for label, body in _PEM.findall(text):
        letters = "".join(body.split())
        lines = "\n".join(letters[at : at + 64] for at in range(0, len(letters), 64))
        parts.append(f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
    return "".join(parts)


def check(chosen: MailServer, _: Organisation) -> Mapping[str, str]:
    """Return an error message for each invalid field."""
    faults = {}
    if chosen.host and not _NAME.fullmatch(chosen.host):
        faults["host"] = "Skriv serverns namn, som smtp.habo.se, utan port."
    if chosen.host and ascii_form(chosen.sender) != chosen.sender:
        faults["sender"] = "Skriv adressen som mejlen ska komma från, som meddelande@habo.se."
    if chosen.host and bool(chosen.user) != bool(chosen.password):
        faults["user"] = "Ange både användare och lösenord, eller inget av dem."
    if chosen.bounce_domain and not _NAME.fullmatch(chosen.bounce_domain):
        faults["bounce_domain"] = "Skriv en domän, som studs.habo.se."
    if chosen.ca and not pem(chosen.ca):
        faults["ca"] = "Klistra in certifikatet som PEM: det börjar med BEGIN CERTIFICATE."
    if not _SELECTOR.fullmatch(chosen.dkim_selector):
        faults["dkim_selector"] = "Skriv selektorn med bokstäver, siffror, punkt och bindestreck."
    if chosen.dkim_key and not _is_key(chosen.dkim_key):
        faults["dkim_key"] = "Klistra in en privat RSA-nyckel som PEM."
    return faults


def _is_key(text: str) -> bool:
    try:
        dkim.parse_pem_private_key(pem(text).encode())
    except (dkim.KeyFormatError, dkim.UnparsableKeyError, ValueError):
        return False
    return True
