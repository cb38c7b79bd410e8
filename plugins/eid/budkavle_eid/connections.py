"""Makes the providers of BankID and Freja from the settings, the simulated ones among them."""

from collections.abc import Iterator

from msgspec.structs import replace

from budkavle import Host, IdentityProvider
from budkavle_eid.bankid import BankId
from budkavle_eid.bankid_provider import BankIdProvider
from budkavle_eid.freja import Freja
from budkavle_eid.freja_details import load_keys
from budkavle_eid.freja_provider import FrejaProvider
from budkavle_eid.once import OnceTable
from budkavle_eid.peer import Key, Peer
from budkavle_eid.settings import BankIdSettings, EidSettings, FrejaSettings

TEST = " (test)"
"""What the label of a connection to a simulator ends in."""


def all_of(host: Host) -> EidSettings:
    """Return the settings, with connections to the simulators where these are on; they say that they are a test."""
    settings: EidSettings = host.settings
    if settings.simulator_port is None:
        return settings
    from budkavle_eid.simulator.running import Addresses

    simulated = Addresses.at(host.data / "simulator", settings.simulator_port)
    bankid = tuple(replace(one, label=one.label + TEST) for one in simulated.bankid())
    freja = tuple(replace(one, label=one.label + TEST) for one in simulated.freja())
    return replace(settings, bankid=(*settings.bankid, *bankid), freja=(*settings.freja, *freja))


def providers(host: Host) -> Iterator[IdentityProvider]:
    """Give one provider for each connection to BankID and Freja.

    Raises:
        Misconfigured: A certificate is missing, or is not what it should be.
    """
    settings = all_of(host)
    for bankid in settings.bankid:
        yield BankIdProvider(bankid, BankId(peer_of(bankid)), OnceTable(host), host.log)
    for freja in settings.freja:
        api = Freja(peer_of(freja), freja)
        yield FrejaProvider(freja, api, load_keys(freja.signing), host.log)


def peer_of(settings: BankIdSettings | FrejaSettings) -> Peer:
    """Return the peer that a connection leads to."""
    key = Key(settings.certificate, settings.key, settings.passphrase)
    return Peer(settings.base_url, key, settings.ca, settings.timeout_seconds)
