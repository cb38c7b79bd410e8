"""The stub that carries a simulated federation's parcels, where the settings say SOAP."""

from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

from budkavle import Misconfigured
from budkavle_sdk_transport.settings import SoapSettings
from budkavle_sdk_transport.simulator.domibus_stub.server import Stub, running
from budkavle_sdk_transport.simulator.fault_orders import LATE_SECONDS, NetworkFault
from budkavle_sdk_transport.simulator.federation import Federation
from budkavle_sdk_transport.simulator.participants import PROVING_OFFICE, UNREACHABLE


def serve(
    federation: Federation, settings: SoapSettings, folder: Path, *, backend: str = "", chance: float = 0.0
) -> AbstractContextManager[Stub]:
    """Let a stub answer at the settings' address, for every participant, as long as the block.

    Args:
        federation: Who takes part.
        settings: Where the installation looks for its access point, and as whom.
        folder: The stub's state.
        backend: Where it pushes to; empty: nowhere.
        chance: How likely each call is to go wrong.

    Raises:
        Misconfigured: The address is not one of this machine.
    """
    url = urlsplit(settings.url)
    if url.scheme != "http" or url.hostname != "127.0.0.1" or url.port is None:
        raise Misconfigured("Simulatorns accesspunkt kan bara finnas på http://127.0.0.1:PORT (plugins.sdk.soap.url).")
    directory: dict[str, str] = {}
    stub = Stub(folder, settings.party, port=url.port, directory=directory)
    directory.update(
        (participant.participant, stub.between) for participant in (*federation.participants, PROVING_OFFICE)
    )
    stub.carrier.troubles = UNREACHABLE
    stub.faults.chance = chance
    if settings.user:
        stub.users[settings.user] = settings.password
    stub.carrier.backend, stub.carrier.login = backend, (settings.push_user, settings.push_password)
    return running(stub)


def obey(stub: Stub, network_faults: frozenset[NetworkFault]) -> None:
    """Let a stub misbehave as it has been ordered to, and no longer."""
    faults = stub.faults
    faults.delay = LATE_SECONDS if NetworkFault.LATE in network_faults else 0.0
    faults.twice, faults.shuffled = NetworkFault.DOUBLE in network_faults, NetworkFault.SHUFFLED in network_faults
    faults.unreachable = NetworkFault.UNREACHABLE in network_faults
