"""Looks up SPF, DKIM and DMARC of a sender's domain, and describes the result in sentences.

Sources: RFC 7208 (SPF), RFC 6376 and 8301 (DKIM), RFC 9989 (DMARC).
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import dns.exception
import dns.resolver
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from budkavle import Sentence
from budkavle_email_link.mail.server_settings import MailServer, pem

SECONDS = 5.0
MOST_LOOK_UPS = 10
"""RFC 7208, section 4.6.4."""
MOST_LABELS = 8
"""The most names that are queried for DMARC of one domain (RFC 9989, the tree walk)."""
STRONG = 2_048
SPF_GOOD = "SPF för {domain} finns."
SPF_NONE = "SPF saknas för {domain}. Lägg in en TXT-post som räknar upp de servrar som får skicka."
SPF_TWICE = (
    "{domain} har {count} poster för SPF. Bara en är tillåten, och mottagare läser då ingen av dem. Slå ihop dem."
)
SPF_DEEP = "SPF för {domain} kräver fler än tio uppslag, så mottagare läser den inte. Ta bort include som inte behövs."
SPF_LOST = "SPF för {domain} hänvisar till {name}, som inte har någon SPF."
DKIM_GOOD = "DKIM för {domain} finns, och nyckeln i DNS är den som vi signerar med."
DKIM_THERE = "DKIM för {domain} finns under selektorn {selector}."
DKIM_NONE = "Nyckeln för DKIM saknas i DNS. Lägg in den som TXT på {name}."
DKIM_REVOKED = "Nyckeln för DKIM på {name} är återkallad (p= är tom). Lägg in den nya."
DKIM_BROKEN = (
    "Nyckeln för DKIM på {name} går inte att läsa. Ofta har en del fallit bort där texten delades vid 255 tecken."
)
DKIM_WEAK = "Nyckeln för DKIM på {name} har {bits} bitar. Byt till 2048."
DKIM_OTHER = "Nyckeln för DKIM på {name} är en annan än den som vi signerar med. Byt den i DNS eller här."
DMARC_GOOD = "DMARC för {domain} finns: {policy}"
DMARC_INHERITED = "DMARC för {domain} ärvs från {name}: {policy}"
DMARC_NONE = "DMARC saknas för {domain}. Utan den kan vem som helst skicka i ert namn. Börja med v=DMARC1; p=none."
DMARC_TWICE = "_dmarc.{name} har flera poster, och mottagare läser då ingen av dem. Behåll en."
UNKNOWN = "Namnservern svarar inte om {name}, så vi vet inte vad som gäller där. Försök igen."
POLICIES = {
    "none": "mejl som inte klarar kontrollen levereras ändå.",
    "quarantine": "mejl som inte klarar kontrollen hamnar i skräpposten.",
    "reject": "mejl som inte klarar kontrollen avvisas.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result for one kind of record; `ok` if nothing needs to be done."""

    ok: bool
    sentence: Sentence


class _Unanswered(Exception):
    """The name server did not answer, so nothing is known."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def resolver(name_server: str = "") -> dns.resolver.Resolver:
    """Return a DNS resolver.

    Args:
        name_server: The IP address and port of a name server, such as `192.0.2.1:53`; empty means those of the system.
    """
    dns_resolver = dns.resolver.Resolver(configure=not name_server)
    if name_server:
        address, _, port = name_server.rpartition(":")
        dns_resolver.nameservers, dns_resolver.port = [address], int(port)
    dns_resolver.lifetime = SECONDS
    return dns_resolver


def verdicts(server: MailServer, dns_resolver: dns.resolver.Resolver) -> Iterator[Verdict]:
    """Look up the domain of a server's sender, and yield a verdict on SPF, DKIM and DMARC each."""
    domain = server.sender.rpartition("@")[2].lower()
    checks: list[Callable[[], Verdict]] = [
        lambda: _spf(dns_resolver, domain),
        lambda: _dkim(dns_resolver, domain, server),
        lambda: _dmarc(dns_resolver, domain),
    ]
    for check in checks:
        try:
            yield check()
        except _Unanswered as error:
            yield Verdict(False, Sentence(UNKNOWN, name=error.name))


def _texts(dns_resolver: dns.resolver.Resolver, name: str) -> list[str]:
    """Return the TXT records of a name; those of more than 255 octets are stored in pieces, which are joined."""
    try:
        return [b"".join(text.strings).decode("utf-8", "replace") for text in dns_resolver.resolve(name, "TXT")]
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise _Unanswered(name) from error


def _spf(dns_resolver: dns.resolver.Resolver, domain: str) -> Verdict:
    record = _spf_record(dns_resolver, domain)
    if isinstance(record, Verdict):
        return record
    fault = _count_look_ups(dns_resolver, domain, record, [0])
    return fault or Verdict(True, Sentence(SPF_GOOD, domain=domain))


def _spf_record(dns_resolver: dns.resolver.Resolver, domain: str) -> str | Verdict:
    records = [text for text in _texts(dns_resolver, domain) if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]
    if not records:
        return Verdict(False, Sentence(SPF_NONE, domain=domain))
    if len(records) > 1:
        return Verdict(False, Sentence(SPF_TWICE, domain=domain, count=len(records)))
    return records[0]


def _count_look_ups(dns_resolver: dns.resolver.Resolver, domain: str, record: str, count: list[int]) -> Verdict | None:
    """Count the look-ups that an SPF record requires, following its references; return what is wrong, or None."""
    for term in record.split()[1:]:
        name, _, value = term.lstrip("+-~?").partition("=" if term.lower().startswith("redirect=") else ":")
        name = name.partition("/")[0].lower()
        if name not in {"include", "redirect", "a", "mx", "ptr", "exists"}:
            continue
        count[0] += 1
        if count[0] > MOST_LOOK_UPS:
            return Verdict(False, Sentence(SPF_DEEP, domain=domain))
        if name in {"include", "redirect"} and "%" not in value:
            inner = _spf_record(dns_resolver, value)
            if isinstance(inner, Verdict):
                return Verdict(False, Sentence(SPF_LOST, domain=domain, name=value))
            fault = _count_look_ups(dns_resolver, domain, inner, count)
            if fault:
                return fault
    return None


def _dkim(dns_resolver: dns.resolver.Resolver, domain: str, server: MailServer) -> Verdict:
    name = f"{server.dkim_selector}._domainkey.{domain}"
    records = _texts(dns_resolver, name)
    if not records:
        return Verdict(False, Sentence(DKIM_NONE, name=name))
    key = _tags(records[0])
    text = re.sub(r"\s", "", key.get("p", ""))
    fault = _key_fault(text, key.get("k", "rsa"), name)
    if fault is not None:
        return Verdict(False, fault)
    if not server.dkim_key:
        return Verdict(True, Sentence(DKIM_THERE, domain=domain, selector=server.dkim_selector))
    if text != _public(server.dkim_key):
        return Verdict(False, Sentence(DKIM_OTHER, name=name))
    return Verdict(True, Sentence(DKIM_GOOD, domain=domain))


def _key_fault(text: str, kind: str, name: str) -> Sentence | None:
    """Return what is wrong with a public key in the DNS, or None; only RSA keys are checked."""
    if not text:
        return Sentence(DKIM_REVOKED, name=name)
    if kind != "rsa":
        return None
    try:
        bits = getattr(load_der_public_key(base64.b64decode(text, validate=True)), "key_size", 0)
    except (ValueError, UnsupportedAlgorithm):
        return Sentence(DKIM_BROKEN, name=name)
    return Sentence(DKIM_WEAK, name=name, bits=bits) if bits < STRONG else None


def _public(private: str) -> str:
    key = load_pem_private_key(pem(private).encode(), None).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def _dmarc(dns_resolver: dns.resolver.Resolver, domain: str) -> Verdict:
    labels = domain.split(".")
    parents = [".".join(labels[at:]) for at in range(max(1, len(labels) - MOST_LABELS + 1), len(labels))]
    for name in (domain, *parents):
        records = [text for text in _texts(dns_resolver, f"_dmarc.{name}") if re.match(r"v\s*=\s*DMARC1\s*(;|$)", text)]
        if len(records) > 1:
            return Verdict(False, Sentence(DMARC_TWICE, name=name))
        if records:
            tags = _tags(records[0])
            own_policy = tags.get("p", "none")
            policy = Sentence(
                POLICIES.get(own_policy if name == domain else tags.get("sp", own_policy), POLICIES["none"])
            )
            if name == domain:
                return Verdict(True, Sentence(DMARC_GOOD, domain=domain, policy=policy))
            return Verdict(True, Sentence(DMARC_INHERITED, domain=domain, name=name, policy=policy))
    return Verdict(False, Sentence(DMARC_NONE, domain=domain))


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}
