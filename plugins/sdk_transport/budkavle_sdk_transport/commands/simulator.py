"""`budkavle sdk simulator|misbehave`: the simulated network, and its faults on request."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from msgspec import structs

from budkavle import Conflict, Host, translate
from budkavle_sdk_transport.access_points.interface import AccessPointUnavailable, ParcelNotFound, ParcelRefused
from budkavle_sdk_transport.commands.keys import required_host
from budkavle_sdk_transport.discovery.settings import SIMULATOR
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable
from budkavle_sdk_transport.network import federation_of, simulator_folder
from budkavle_sdk_transport.settings import SdkSettings
from budkavle_sdk_transport.simulator.fault_orders import NetworkFault
from budkavle_sdk_transport.simulator.federation import Federation
from budkavle_sdk_transport.simulator.network import FILE
from budkavle_sdk_transport.simulator.participants import SimulatedParticipants

Act = Callable[[], object]
SIMULATOR_HELP: Final = (
    "Låt simulatorns adressbok och organisationer svara på den här datorn, tills den stoppas.\n\n"
    "I adressboken finns Testorganisation 2 till 6, som inte går att nå på var sitt sätt, och Provningsverket, "
    "vars funktioner kvitterar sent, dubbelt, falskt, aldrig, eller avvisar med var sin kod."
)
MISBEHAVE_HELP: Final = (
    "Låt simulatorns nät krångla med allt som skickas, tills kommandot stoppas. ORDER är ett eller flera av:\n\n"
    "late: kommer fram först efter 20 sekunder\n\n"
    "double: kommer fram två gånger\n\n"
    "shuffled: det som skickades sist kommer fram först\n\n"
    "unreachable: kommer inte fram, ingen accesspunkt går att nå\n\n"
    "Skriv komma emellan: late,double. Simulatorn eller demon ska köra samtidigt."
)
_EVERY: Final = 0.25
_PASSING: Final = (AccessPointUnavailable, ParcelNotFound, ParcelRefused, CertificatesUnavailable, OSError)


def simulator(host: Host | None) -> click.Command:
    """Give `budkavle sdk simulator`."""

    @click.command("simulator", help=SIMULATOR_HELP)
    @click.option("--port", default=8421, show_default=True)
    @click.option(
        "--discovery", is_flag=True, help="Svara också på uppslag, med DNS och SMP på de två följande portarna."
    )
    @click.option(
        "--unreliable",
        type=click.FloatRange(0, 1),
        default=0.0,
        help="Andel anrop till accesspunkten (SOAP) som går fel.",
    )
    def command(port: int, *, discovery: bool, unreliable: float) -> None:
        from budkavle_sdk_transport.simulator import address_book, network

        installed = _simulated(required_host(host))
        with ExitStack() as stack:
            federation = federation_of(installed)
            participants = SimulatedParticipants.join(federation)
            acts = stack.enter_context(serve_access_point(installed, federation, participants, unreliable))
            stack.enter_context(_acting(installed, acts))
            click.echo(stack.enter_context(address_book.serve(federation.address_book, port=port)))
            if discovery:
                ports = (port + 1, port + 2) if port else (0, 0)
                file, _, _ = stack.enter_context(network.serve(federation, *ports))
                click.echo(file)
            threading.Event().wait()

    return command


def misbehave(host: Host | None) -> click.Command:
    """Give `budkavle sdk misbehave`."""

    @click.command("misbehave", help=MISBEHAVE_HELP)
    @click.argument("order", metavar="ORDER", callback=_network_faults)
    def command(order: frozenset[NetworkFault]) -> None:
        installed = _simulated(required_host(host))
        with federation_of(installed).access_point.orders.give(order):
            words = ", ".join(sorted(order))
            click.echo(translate("Simulatorns nät krånglar: {words}. Stoppa med Ctrl+C.", words=words))
            threading.Event().wait()

    return command


def _network_faults(_context: click.Context, _parameter: click.Parameter, order: str) -> frozenset[NetworkFault]:
    names = {word.strip() for word in order.split(",")}
    words, choices = ", ".join(sorted(names - set(NetworkFault))), ", ".join(NetworkFault)
    if not names <= set(NetworkFault):
        raise click.BadParameter(
            translate("{words} kan inte beställas. Välj bland: {choices}.", words=words, choices=choices)
        )
    return frozenset(NetworkFault(word) for word in names)


def _simulated(host: Host) -> Host:
    """Return the host of an installation without a real network: faults must never be injected in another."""
    settings: SdkSettings = host.settings
    environment = settings.discovery.environment
    if environment != SIMULATOR and Path(environment).resolve() != (simulator_folder(host) / FILE).resolve():
        raise Conflict(
            "Installationen är i {environment} och har ingen simulator (plugins.sdk.discovery.environment).",
            environment=environment,
        )
    return host


@contextmanager
def serve_access_point(
    host: Host, federation: Federation, participants: SimulatedParticipants, unreliable: float
) -> Iterator[list[Act]]:
    """Yield what the simulator does over and over again, beside what carries the installation's parcels."""
    from budkavle_sdk_transport.simulator.fault_injection import FaultInjection

    settings: SdkSettings = host.settings
    orders = federation.access_point.orders
    if settings.access_point != "soap":
        yield [participants.act, FaultInjection(federation.access_point, orders).act]
        return
    from budkavle_sdk_transport.access_points.domibus.client import DomibusAccessPoint
    from budkavle_sdk_transport.access_points.domibus.parcel_store import ParcelStore
    from budkavle_sdk_transport.simulator.domibus_stub.federation import obey, serve

    with serve(federation, settings.soap, host.data / "access-point", chance=unreliable) as stub:
        settings_of_stub = structs.replace(settings.soap, url=stub.url, interface="wsplugin")
        point = DomibusAccessPoint(settings_of_stub, ParcelStore(host.data / "proving-office", host.vault))
        try:
            yield [replace(participants, point=point).act, lambda: obey(stub, orders.given())]
        finally:
            point.close()


@contextmanager
def _acting(host: Host, acts: Sequence[Act]) -> Iterator[None]:
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(_EVERY):
            for act in acts:
                try:
                    act()
                except _PASSING as error:  # what did not work now is tried again in a moment
                    host.log.warning("sdk.simulator", error=type(error).__name__)

    thread = threading.Thread(target=run, name="sdk-simulator", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
