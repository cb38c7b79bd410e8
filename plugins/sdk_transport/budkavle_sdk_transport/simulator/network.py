"""The simulated federation as a network: name server and publisher on the own machine, and an environment of its own.

Who names the environment's file in `[plugins.sdk.discovery]` looks certificates up as in the real network.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from budkavle_sdk_transport.simulator import dns, http
from budkavle_sdk_transport.simulator.federation import Federation
from budkavle_sdk_transport.simulator.smp import PUBLISHER_NAME

ZONE: Final = "simulator.example"
FILE: Final = "environment.toml"
"""The environment's, in the federation's folder."""
_CONTENT: Final = '''\
# The simulated federation as a network on this machine; `budkavle sdk simulator --discovery` writes this file.
name = "SIMULATOR"
version = "1"
federation = "{federation}"
zone = "{zone}"
nameservers = ["{nameserver}"]
publisher = '{publisher}'
schemes = ["http"]

[[roots]]
name = "Budkavle simulator CA"
sha256 = "{sha256}"
certificate = """
{pem}"""
'''


@contextmanager
def serve(
    federation: Federation, dns_port: int = 0, web_port: int = 0
) -> Iterator[tuple[Path, dns.Zone, http.Service]]:
    """Let name server and publisher answer; gives the environment's file, and the two to play with."""
    zone, service = dns.Zone(ZONE), http.Service(federation.publisher, federation.authority)
    with dns.serve(zone, dns_port) as nameserver, http.serve(service, web_port) as url:
        for participant in federation.participants:
            zone.register(participant.participant, url)
        path = federation.folder / FILE
        path.write_text(_environment(federation, nameserver), "utf-8")
        yield path, zone, service


def _environment(federation: Federation, nameserver: str) -> str:
    root: x509.Certificate = federation.authority.pair.certificate
    return _CONTENT.format(
        federation=federation.identifier,
        zone=ZONE,
        nameserver=nameserver,
        publisher=PUBLISHER_NAME,
        sha256=root.fingerprint(hashes.SHA256()).hex(),
        pem=root.public_bytes(Encoding.PEM).decode(),
    )
