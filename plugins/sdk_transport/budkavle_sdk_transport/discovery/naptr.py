"""Which publisher a participant has: a look-up in the domain name system.

Sources: OASIS BDXL 1.0; eDelivery BDXL 1.6 (the name is the SHA-256 of the identifier, in base32); RFC 3403 and 4848
(NAPTR and U-NAPTR). Whatever the name service says is only a hint: trust comes from the publisher's signature. But an
answer that there is nothing cannot be signed by anybody else, so DNSSEC may be asked for.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
from dns.rdtypes.IN.NAPTR import NAPTR

from budkavle_sdk_transport.discovery.service_metadata import MetadataRefused
from budkavle_sdk_transport.formats.identifiers import SCHEME
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable, UnknownParticipant

SERVICE: Final = "meta:smp"
_EVERYTHING: Final = frozenset({".*", "^.*", ".*$", "^.*$"})
"""The only patterns of U-NAPTR: the whole answer replaces the whole name (RFC 4848, 2.2); others are not evaluated."""
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f-\U0010ffff\"<>\\^`{|}]")
_NAMESERVER: Final = re.compile(
    r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[\d.]+|[\da-fA-F:.]*::?[\da-fA-F:.]*))(?::(?P<port>\d{1,5}))?"
)
_UDP_BYTES: Final = 1232
DNS_PORT: Final = 53


def name_of(participant: str, zone: str) -> str:
    """Return the name under which a participant is found.

    Args:
        participant: Such as `0203:digg.se`; the hash is of its lower case, without the scheme.
        zone: The environment's.
    """
    digest = hashlib.sha256(participant.lower().encode()).digest()
    label = base64.b32encode(digest).decode().rstrip("=")
    return f"{label}.{SCHEME}.{zone.strip('.')}."


@dataclass(frozen=True, slots=True)
class NameService:
    """Asks the domain name system.

    Attributes:
        zone: The environment's.
        nameservers: Who is asked, `ADDRESS` or `ADDRESS:PORT`; empty means the system's resolvers.
        schemes: Of the publisher's address.
        require_dnssec: Whether an answer counts only where the resolver has validated it (the AD flag).
        seconds: How long a look-up may take in all.
    """

    zone: str
    nameservers: Sequence[str] = ()
    schemes: Sequence[str] = ("https",)
    require_dnssec: bool = False
    seconds: float = 5.0

    def publishers(self, participant: str) -> list[str]:
        """Return the addresses of a participant's publishers, the preferred one first.

        Raises:
            UnknownParticipant: There is no such name, or no publisher under it.
            CertificatesUnavailable: No usable answer just now.
        """
        name = name_of(participant, self.zone)
        try:
            answer = self._resolver().resolve(name, dns.rdatatype.NAPTR, search=False, lifetime=self.seconds)
        except dns.resolver.NXDOMAIN as error:
            self._check_validated(*error.kwargs["responses"].values())
            raise UnknownParticipant(f"{participant} is not registered in the zone {self.zone}.") from None
        except dns.resolver.NoAnswer as error:
            self._check_validated(error.kwargs["response"])
            raise UnknownParticipant(f"{participant} has no metadata publisher in the zone {self.zone}.") from None
        except dns.exception.DNSException as error:
            raise CertificatesUnavailable(
                f"The name service does not answer about {participant} ({_why(error)})."
            ) from error
        self._check_validated(answer.response)
        return choose([record for record in answer if isinstance(record, NAPTR)], participant, self.schemes)

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self.nameservers)
        if self.nameservers:
            resolver.nameservers = [nameserver(server) for server in self.nameservers]
        resolver.use_edns(0, dns.flags.DO if self.require_dnssec else 0, _UDP_BYTES)
        return resolver

    def _check_validated(self, *responses: dns.message.Message) -> None:
        if self.require_dnssec and not (responses and all(response.flags & dns.flags.AD for response in responses)):
            raise CertificatesUnavailable(
                "The name service's answer is not validated by DNSSEC. Use a resolver that validates, or set "
                "require_dnssec to false."
            )


def choose(records: Iterable[NAPTR], participant: str, schemes: Sequence[str]) -> list[str]:
    """Return the addresses that records name, in their order; of those records that are about a metadata publisher.

    Raises:
        UnknownParticipant: None is.
        MetadataRefused: Those that are cannot be used.
    """
    about = [
        record
        for record in records
        if record.flags.upper() == b"U" and record.service.decode("latin-1").lower() == SERVICE
    ]
    if not about:
        raise UnknownParticipant(f"{participant} has no metadata publisher.")
    about.sort(key=lambda record: (record.order, record.preference))
    addresses, faults = [], []
    for record in about:
        try:
            addresses.append(_address(record, schemes))
        except ValueError as error:
            faults.append(str(error))
    if not addresses:
        raise MetadataRefused(f"The name service's answer about {participant} cannot be used. {faults[0]}")
    return list(dict.fromkeys(addresses))


def _address(record: NAPTR, schemes: Sequence[str]) -> str:
    """Return the URL in `!^.*$!https://...!`; the first character is the delimiter."""
    if record.replacement != dns.name.root:
        raise ValueError("It has both a pattern and a replacement.")
    text = record.regexp.decode("ascii", "replace")
    delimiter = text[:1]
    if not delimiter or delimiter.isalnum() or delimiter in "\\\ufffd":
        raise ValueError("Its pattern has no delimiter.")
    parts = text[1:].split(delimiter)
    if len(parts) != 3 or parts[0] not in _EVERYTHING or parts[2] not in {"", "i"}:
        raise ValueError("Its pattern does not replace the whole name.")
    return checked_address(parts[1], schemes)


def checked_address(address: str, schemes: Sequence[str]) -> str:
    """Return a URL that may be requested, unchanged.

    Raises:
        ValueError: It has another scheme, no host, a user or a query, or signs that an address does not have.
    """
    if _UNFIT.search(address):
        raise ValueError("Its address holds signs that an address does not have.")
    parts = urlsplit(address)
    if parts.scheme.lower() not in schemes:
        raise ValueError(f"Its address is not of {' or '.join(schemes)}.")
    if not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise ValueError("Its address is not that of a publisher.")
    parts.port  # noqa: B018 - raises ValueError where the port is none
    return address


def nameserver(text: str) -> dns.nameserver.Nameserver:
    """Return the server at `ADDRESS` or `ADDRESS:PORT`; raises ValueError where that is none."""
    match = _NAMESERVER.fullmatch(text.strip())
    if match is None:
        raise ValueError("No address of a name server.")
    port = int(match["port"] or DNS_PORT)
    if not 0 < port < 2**16:
        raise ValueError("No port of a name server.")
    return dns.nameserver.Do53Nameserver(str(ip_address(match["v6"] or match["host"])), port)


def _why(error: dns.exception.DNSException) -> str:
    """Return the meaning of a resolver's exception, without its list of attempts."""
    if isinstance(error, dns.resolver.LifetimeTimeout | dns.exception.Timeout):
        return "time-out"
    if isinstance(error, dns.resolver.NoNameservers):
        reasons = [str(attempt[-2]) for attempt in error.kwargs.get("errors", ()) if len(attempt) > 1]
        return reasons[0][:100] if reasons else "no name server answers"
    return type(error).__name__
