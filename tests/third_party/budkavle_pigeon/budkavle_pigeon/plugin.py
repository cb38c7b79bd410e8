"""What the pigeon plugin registers: one of everything."""

from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from budkavle import (
    Address,
    Adviser,
    Directory,
    Health,
    HealthCheck,
    Host,
    IdentityProvider,
    Job,
    KeyProvider,
    ReceiptHandler,
    Sentence,
    SettingsSection,
    Transport,
    hookimpl,
)
from budkavle.approvals import ApprovalKind
from budkavle.identification import ProviderSource
from budkavle.notices import NoticeWay, Notifier
from budkavle.operations import Destroyed, Hold, MalwareScanner, PlannedDestruction
from budkavle.organisation import People, PersonalData
from budkavle.web import Panel
from budkavle_pigeon import hookspecs
from budkavle_pigeon.advice import WeightAdviser
from budkavle_pigeon.lockbox import Lockbox
from budkavle_pigeon.loft import Loft
from budkavle_pigeon.notifier import RingNotifier, RingWay
from budkavle_pigeon.people import LoftBook, LoftDoors, RingProvider
from budkavle_pigeon.seeds import SeedScanner
from budkavle_pigeon.settings import LoftSettings, PigeonSettings
from budkavle_pigeon.transport import Homing, PigeonTransport, Rings

if TYPE_CHECKING:
    import click
    from litestar import Router


@hookimpl
def budkavle_hookspecs() -> ModuleType:
    """Offer the question of the weather."""
    return hookspecs


@hookimpl
def budkavle_settings() -> type[PigeonSettings]:
    """Give the type of `[plugins.pigeon]`."""
    return PigeonSettings


@hookimpl
def budkavle_label() -> str:
    """Give its name in words."""
    return "Brevduvor"


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    """Give the pigeons."""
    return [PigeonTransport(Loft(host))]


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Give the rings as a way to show who one is."""
    return [RingProvider(host.settings)]


@hookimpl
def budkavle_provider_sources(host: Host) -> Iterable[ProviderSource]:
    """Give the door, which comes and goes."""
    return [LoftDoors(host)]


@hookimpl
def budkavle_receipt_handlers() -> Iterable[ReceiptHandler]:
    """Give the reader of rings that come back."""
    return [Rings()]


@hookimpl
def budkavle_directories(host: Host) -> Iterable[Directory]:
    """Give the book of lofts."""
    return [LoftBook(host.settings)]


@hookimpl
def budkavle_advisers() -> Iterable[Adviser]:
    """Give what warns of heavy letters."""
    return [WeightAdviser()]


@hookimpl
def budkavle_key_providers(host: Host) -> Iterable[KeyProvider]:
    """Give the lockbox."""
    return [Lockbox(host.settings.lockbox or host.data / "lockbox")]


@hookimpl
def budkavle_malware_scanners() -> Iterable[MalwareScanner]:
    """Give what looks for poisoned seeds."""
    return [SeedScanner()]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {
        "pigeon.flown": "Duva {bird} flög i väg med ett brev",
        "pigeon.culled": "{flights} flygningar ströks ur duvslagets bok",
    }


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the page `/plugin/pigeon/birds`."""
    from budkavle_pigeon.pages import router

    return [router(Loft(host))]


@hookimpl
def budkavle_settings_sections() -> "Iterable[SettingsSection[Any]]":
    """Give what organisations and mailboxes choose for their pigeons."""
    return [SettingsSection(name="loft", type=LoftSettings, title="Duvslaget", scope="both")]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give a piece for each place where the pigeon has something to say."""
    from budkavle_pigeon.places import panels

    return panels(host)


@hookimpl
def budkavle_notifiers() -> Iterable[Notifier]:
    """Give the rings' displays, for pushes."""
    return [RingNotifier()]


@hookimpl
def budkavle_notice_ways() -> Iterable[NoticeWay]:
    """Give the rings' displays, for what comes to mailboxes."""
    return [RingWay()]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Take in what comes home."""
    return [Job("homing", Homing(host, Loft(host)).run)]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Count the birds."""
    birds = host.settings.birds

    def check(organisation_id: UUID | None) -> list[Health]:
        sentence = Sentence("Det finns {birds} duvor.", birds=birds)
        return [Health("Duvor", birds > 0, sentence, "Skaffa duvor, och rätta birds.")]

    return [HealthCheck("birds", check)]


@hookimpl
def budkavle_approval_kinds(host: Host) -> list[ApprovalKind]:
    """Let nobody empty the book of flights alone."""
    return [ApprovalKind("cull", "Rensning i duvslaget", Loft(host).cull)]


@hookimpl
def budkavle_personal_data() -> list[PersonalData]:
    """Say what the book of flights has of people."""
    flights = PersonalData(
        name="flights",
        title="Flygningar",
        purpose="Veta vilken duva som bar ett brev.",
        people=(People.CORRESPONDENTS,),
        data="Mottagarens adress och tiden för flygningen.",
        kept="Så länge som meddelandet, och därefter vilar duvan så länge som duvslaget säger.",
        kept_by=((LoftSettings, "rest"),),
    )
    return [flights]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle pigeon`."""
    from budkavle_pigeon.commands import pigeon

    return [pigeon(host)]


@hookimpl
def budkavle_choose_transport(recipient: Address, offers: Sequence[Transport]) -> Transport | None:
    """A pigeon is right for whoever lives in a loft, whatever the address was meant for."""
    is_loft = recipient.value.startswith("loft ")
    return next((offer for offer in offers if is_loft and offer.name == "pigeon"), None)


@hookimpl
def budkavle_message_received(host: Host, message_id: UUID) -> None:
    """Coo."""
    host.log.info("pigeon.coo", message=str(message_id))


@hookimpl
def budkavle_state_changed(host: Host, organisation_id: UUID, delivery_id: UUID, state: str) -> None:
    """Write the flight of an acknowledged delivery into the book."""
    if state == "ACKNOWLEDGED":
        Loft(host).book(organisation_id, delivery_id)


@hookimpl
def budkavle_hold_back(host: Host, planned: PlannedDestruction) -> list[Hold]:
    """Keep every letter while the pigeons moult."""
    if not host.settings.moulting:
        return []
    return [Hold(case.id, "Duvorna ruggar, så inga brev får kastas.") for case in planned.cases]


@hookimpl
def budkavle_clean_up(host: Host, destroyed: Destroyed) -> None:
    """Forget the flights of what has been destroyed."""
    Loft(host).forget_all(destroyed.organisation_id, destroyed.delivery_ids)


@hookimpl
def budkavle_end_access(host: Host, organisation_id: UUID) -> None:
    """Let no pigeon in by its old ring."""
    Loft(host).change_rings(organisation_id)
