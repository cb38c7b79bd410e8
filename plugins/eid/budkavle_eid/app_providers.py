"""Creates the providers of BankID and Freja from the settings, including the simulated ones."""

from collections.abc import Iterator
from datetime import timedelta

from msgspec.structs import replace

from budkavle import Host, IdentityProvider
from budkavle.identification import Limit, within_limit
from budkavle_eid.bankid.api import BankId
from budkavle_eid.bankid.provider import BankIdProvider
from budkavle_eid.bankid.trust import trust_of
from budkavle_eid.devices import Environment, MayStart
from budkavle_eid.evidence import EvidenceTable, Keep, forget
from budkavle_eid.freja.api import Freja
from budkavle_eid.freja.provider import FrejaProvider
from budkavle_eid.freja.signed_details import load_keys
from budkavle_eid.mutual_tls import Key, Peer
from budkavle_eid.settings import BankIdSettings, EidSettings, FrejaSettings
from budkavle_eid.single_use import OnceTable

TEST = " (test)"
"""The ending of the label of a connection to a simulator."""


def all_of(host: Host) -> EidSettings:
    """Return the settings, with connections to the simulators if these are on; their labels say that they are tests."""
    settings: EidSettings = host.settings
    if settings.simulator_port is None:
        return settings
    from budkavle_eid.simulator.launcher import Addresses

    simulated = Addresses.at(host.data / "simulator", settings.simulator_port)
    bankid = tuple(replace(connection, label=connection.label + TEST) for connection in simulated.bankid())
    freja = tuple(replace(connection, label=connection.label + TEST) for connection in simulated.freja())
    return replace(settings, bankid=(*settings.bankid, *bankid), freja=(*settings.freja, *freja))


def providers(host: Host, *, counted: bool = True) -> Iterator[IdentityProvider]:
    """Yield a provider for each connection to BankID and Freja.

    Args:
        host: The plugin's host.
        counted: Whether starts are rate-limited for each address and evidence is stored, which needs the database.

    Raises:
        Misconfigured: A certificate is missing or invalid.
    """
    settings = all_of(host)
    for bankid in settings.bankid:
        yield bankid_provider(host, bankid, counted=counted)
    for freja in settings.freja:
        yield freja_provider(host, freja, counted=counted)


def bankid_provider(host: Host, settings: BankIdSettings, *, counted: bool = True) -> BankIdProvider:
    """Return the provider of one connection to BankID; see `providers`."""
    may_start = _counting(host, settings) if counted else _anybody
    environment, trust = Environment(may_start, host.log), trust_of(settings, _keep(host, counted=counted))
    return BankIdProvider(settings, BankId(peer_of(settings)), OnceTable(host), environment, trust)


def freja_provider(host: Host, settings: FrejaSettings, *, counted: bool = True) -> FrejaProvider:
    """Return the provider of one connection to Freja; see `providers`."""
    may_start = _counting(host, settings) if counted else _anybody
    service, keys = Freja(peer_of(settings), settings), load_keys(settings.signing)
    return FrejaProvider(settings, service, keys, Environment(may_start, host.log), _keep(host, counted=counted))


def _keep(host: Host, *, counted: bool) -> Keep:
    days = host.settings.evidence_days if counted else 0
    return EvidenceTable(host, days).keep if days else forget


def _anybody(_: str) -> bool:
    """Allow every start."""
    return True


def _counting(host: Host, settings: BankIdSettings | FrejaSettings) -> MayStart:
    """Return the rate limit for each network address, so that none of them uses up our calls to the peer."""
    limit = Limit(settings.starts, timedelta(minutes=10))
    return lambda address: within_limit(host.platform, limit, "eid", settings.name, address)


def peer_of(settings: BankIdSettings | FrejaSettings) -> Peer:
    """Return the peer of a connection."""
    key = Key(settings.certificate, settings.key, settings.passphrase)
    return Peer(settings.base_url, key, settings.ca, settings.timeout_seconds)
