"""The health checks of connections: certificates that are about to expire, and simulators that are on."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from budkavle import Health, Host
from budkavle_eid.app_providers import all_of
from budkavle_eid.mutual_tls import PKCS12
from budkavle_eid.settings import BankIdSettings, EidSettings, FrejaSettings

AHEAD = timedelta(days=30)
NAME = "E-legitimationer och certifikat"
"""The name of the results."""


def check(host: Host, organisation_id: UUID | None) -> Iterable[Health]:
    """Check the installation's connections; an organisation has none of its own."""
    return list(_installation(host)) if organisation_id is None else []


def _installation(host: Host) -> Iterator[Health]:
    settings: EidSettings = host.settings
    if settings.simulator_port is not None:
        yield Health(
            NAME,
            ok=False,
            sentence="Låtsaslegitimationer är påslagna: vem som helst kan legitimera sig som en testperson.",
            remedy="Ta bort simulator_port under [plugins.eid] om det här inte är en demo eller ett test.",
            default="simulator",
        )
    connected = all_of(host)
    app_connections: list[BankIdSettings | FrejaSettings] = [*connected.bankid, *connected.freja]
    for connection in app_connections:
        yield certificate(connection.label, connection.certificate, connection.passphrase)
    for bankid in settings.bankid:
        yield from _signatures(bankid)
    for freja in settings.freja:
        for path in freja.signing:
            yield certificate(freja.label, path, "")


def _signatures(bankid: BankIdSettings) -> Iterator[Health]:
    """Report whether BankID's signatures are verified, and how long the root certificate is valid."""
    parameters = {"label": bankid.label}
    if not bankid.signing:
        yield Health(
            NAME,
            ok=False,
            sentence="{label}: underskrifterna prövas inte, så ingen kan visa i efterhand vem som legitimerade sig.",
            remedy="Hämta BankID:s rotcertifikat för personer och peka ut det med signing.",
            facts=parameters,
            default="bankid-signing",
        )
    elif bankid.signature == "noted":
        yield Health(
            NAME,
            ok=False,
            sentence="{label}: en underskrift som inte håller noteras bara i loggen.",
            remedy='Skriv signature = "required" när anslutningen har prövats.',
            facts=parameters,
            default="bankid-signature",
        )
    for path in bankid.signing:
        yield certificate(bankid.label, path, "")


def certificate(label: str, path: Path, passphrase: str) -> Health:
    """Report how long a certificate is valid."""
    ends = _ends(path, passphrase)
    parameters = {"label": label, "file": path.name, "date": f"{ends:%Y-%m-%d}"}
    if ends - datetime.now(UTC) > AHEAD:
        return Health(NAME, ok=True, sentence="{label}: certifikatet {file} gäller till {date}.", facts=parameters)
    return Health(
        NAME,
        ok=False,
        sentence="{label}: certifikatet {file} går ut {date}, och sedan kan ingen legitimera sig så.",
        remedy="Beställ ett nytt certifikat, peka ut det i inställningarna och starta om.",
        facts=parameters,
    )


def _ends(path: Path, passphrase: str) -> datetime:
    raw = path.read_bytes()
    if path.suffix.lower() in PKCS12:
        leaf = pkcs12.load_key_and_certificates(raw, passphrase.encode() or None)[1]
        if leaf is None:
            raise ValueError("no certificate")
        return leaf.not_valid_after_utc
    return x509.load_pem_x509_certificate(raw).not_valid_after_utc
