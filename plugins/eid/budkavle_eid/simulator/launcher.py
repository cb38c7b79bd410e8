"""Starts the simulators: `start(folder)` for demos and tests, and the connections to them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from msgspec.structs import replace

from budkavle_eid.settings import BankIdSettings, FrejaSettings
from budkavle_eid.simulator.authority import Certificates, certificates
from budkavle_eid.simulator.bankid import BankIdSimulator
from budkavle_eid.simulator.bankid_authority import authority
from budkavle_eid.simulator.bankid_http import BASE
from budkavle_eid.simulator.bankid_http import service as bankid_service
from budkavle_eid.simulator.bankid_signing import service_name
from budkavle_eid.simulator.freja import FrejaSimulator
from budkavle_eid.simulator.freja_http import service as freja_service
from budkavle_eid.simulator.phone import Phone
from budkavle_eid.simulator.tls_server import HttpRequest, Lies, Reply, Serving, mutual


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the simulated services, and their certificates."""

    files: Certificates
    bankid_url: str
    freja_url: str
    phone_url: str

    @classmethod
    def at(cls, folder: Path, port: int) -> "Addresses":
        """Return the addresses on three consecutive ports; certificates are created on first use."""
        host, files = "127.0.0.1", certificates(folder)
        authority(files.persons)
        return cls(
            files,
            f"https://{host}:{port}{BASE}",
            f"https://{host}:{port + 1}",
            f"http://{host}:{port + 2}",
        )

    def bankid(self) -> tuple[BankIdSettings, BankIdSettings]:
        """Return connections to BankID, and to Mobilt BankID."""
        any_of_them = BankIdSettings(
            base_url=self.bankid_url,
            certificate=self.files.client,
            key=self.files.client.with_suffix(".key"),
            ca=self.files.ca,
            signing=(self.files.persons / "root.pem",),
            app_url=f"{self.phone_url}/bankid",
        )
        return any_of_them, replace(any_of_them, name="mobilt_bankid", label="Mobilt BankID", policy="mobile")

    def freja(self) -> tuple[FrejaSettings, FrejaSettings]:
        """Return connections to Freja, personal and Organisation eID."""
        personal = FrejaSettings(
            base_url=self.freja_url,
            certificate=self.files.client,
            key=self.files.client.with_suffix(".key"),
            ca=self.files.ca,
            signing=(self.files.signing,),
            app_url=f"{self.phone_url}/freja",
        )
        name, label = "freja_organisation", "Freja Organisations eID"
        return personal, replace(personal, name=name, label=label, kind="organisation", audiences=("staff",))


class Simulator:
    """The services and the telephone, each on its own port of 127.0.0.1.

    Args:
        folder: Where the certificates are.
        port: The first of three ports; 0 takes free ones.
        clock: Returns seconds; a test's own clock moves all timers.
    """

    def __init__(self, folder: Path, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.files = certificates(folder)
        self.bankid = BankIdSimulator(clock, bank=authority(self.files.persons), services=_services(self.files))
        self.freja = FrejaSimulator(self.files, clock)
        self.bankid_lies, self.freja_lies = Lies(), Lies()
        tls = mutual(self.files)
        ports = (port, port + 1, port + 2) if port else (0, 0, 0)

        def bankid(request: HttpRequest) -> Reply:
            return self.bankid_lies.instead(bankid_service(self.bankid), request)

        def freja(request: HttpRequest) -> Reply:
            return self.freja_lies.instead(freja_service(self.freja), request)

        phone = Phone({"bankid": self.bankid, "freja": self.freja})
        self._serving = (Serving(bankid, ports[0], tls), Serving(freja, ports[1], tls), Serving(phone, ports[2]))
        urls = [server.url for server in self._serving]
        self.addresses = Addresses(self.files, urls[0] + BASE, urls[1], urls[2])

    def stop(self) -> None:
        """Stop all three."""
        self.bankid_lies.release()
        self.freja_lies.release()
        for server in self._serving:
            server.stop()


def _services(files: Certificates) -> dict[str, str]:
    """Return the names of the services that have an agreement, by the fingerprints of their certificates."""
    certificates = [x509.load_pem_x509_certificate(path.read_bytes()) for path in (files.client, files.other_client)]
    return {certificate.fingerprint(hashes.SHA256()).hex(): service_name(certificate) for certificate in certificates}


def start(folder: Path, port: int = 0) -> Simulator:
    """Start the simulators; `addresses` has their URLs, and returns the connections for the settings."""
    return Simulator(folder, port)
