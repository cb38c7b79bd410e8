"""Who lives in which loft, and who wears which ring."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from budkavle import Actor, Address, Entry, Failed, Field, Host, Identity, Loa, Prompt, ProviderTraits, Step, Work
from budkavle.identification import ConnectedProvider, forget_providers
from budkavle_pigeon.settings import PigeonSettings


class LoftBook:
    """The address book of lofts, from the settings."""

    name = "lofts"
    label = "Duvslag"

    def __init__(self, settings: PigeonSettings) -> None:
        self._homes = settings.homes
        self._entries = [Entry(Address("pigeon", loft, name=name)) for loft, name in settings.lofts.items()]

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> list[Entry]:
        """Return lofts that have every word."""
        wanted = words.casefold().split()
        found = [entry for entry in self._entries if all(word in entry.address.name.casefold() for word in wanted)]
        return found[:limit]

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:
        """Return the loft of this address."""
        wanted = (transport, value)
        return next((one for one in self._entries if (one.address.transport, one.address.value) == wanted), None)

    def mailbox(self, work: Work, transport: str, value: str) -> tuple[UUID, UUID] | None:
        """Return who lives in a loft of ours."""
        return self._homes.get(value) if transport == "pigeon" else None

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> Address | None:
        """Return the loft of a mailbox of ours."""
        home = (actor.organisation_id, mailbox_id)
        lofts = [loft for loft, owner in self._homes.items() if owner == home and transport == "pigeon"]
        return Address("pigeon", lofts[0]) if lofts else None


class RingProvider:
    """Believes who shows a ring that is known."""

    name = "ring"
    label = "Ring"
    icon = "key"
    traits = ProviderTraits(Loa.ONE)

    def __init__(self, settings: PigeonSettings) -> None:
        self._rings = settings.rings

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        """Ask for the ring."""
        return Prompt((Field("ring", "Ringens nummer"),))

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        """Look at the ring."""
        bearer = self._rings.get(answers.get("ring", ""))
        return Identity(self.name, bearer, Loa.ONE) if bearer else Failed("Ringen är okänd. Titta en gång till.")

    def cancel(self, state: Mapping[str, str]) -> None:
        """Nobody needs to be told."""


class LoftDoors:
    """A door with a lock of its own, which an administrator may hang in the loft and open."""

    name = "doors"

    def __init__(self, host: Host) -> None:
        self._host = host
        self._doors: tuple[ConnectedProvider, ...] = ()

    def connections(self) -> Sequence[ConnectedProvider]:
        """Return the door, where it hangs."""
        return self._doors

    def hang(self, *, is_open: bool) -> None:
        """Hang the door."""
        provider = RingProvider(self._host.settings)
        provider.name = "door"
        self._doors = (ConnectedProvider(provider, is_open),)
        forget_providers(self._host.platform)

    def tried(self, provider: str, identity: Identity) -> None:
        """Note whose ring fits."""
        self._host.log.info("door.tried", count=len(identity.subject))
