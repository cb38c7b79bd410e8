"""Working fakes: they keep the promises of `contracts`, in memory, and can be told to fail."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from budkavle.model.errors import BudkavleError, Invalid, TooLarge
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Attachment, Draft, Fault, File, Outcome, Outgoing
from budkavle.model.notices import Notice, NoticeKind
from budkavle.model.people import Actor, Identity
from budkavle.model.states import DeliveryState, NoticeState
from budkavle.plugins.loader import Of
from budkavle.plugins.protocols.directory import Entry, Listing
from budkavle.plugins.protocols.health import Health
from budkavle.plugins.protocols.identity_provider import Failed, Field, Prompt, ProviderTraits, Step
from budkavle.plugins.protocols.malware_scanner import ScannerUnavailable
from budkavle.plugins.protocols.notifier import NoticeAttempt, NotifierTraits
from budkavle.plugins.protocols.transport import Backoff, Capabilities
from budkavle.storage.platform import Platform, Work


@dataclass(frozen=True, slots=True)
class Carried:
    """What a fake transport has handed over, once for each delivery."""

    delivery_id: UUID
    recipient: Address
    subject: str
    body: str
    files: tuple[File, ...]
    wire: bytes


@dataclass
class FakeTransport:
    """A transport to a peer in memory, which accepts each delivery once, however often it is sent.

    Attributes:
        carried: What the peer has received, by delivery.
        tries: Every call of `send`, including those that failed.
        failures: Raised one by one, in order, instead of sending.
    """

    name: str = "fake"
    label: str = "Låtsas"
    icon: str = "letter"
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(receipts=True, max_bytes=1_000_000))
    backoff: Backoff = field(default_factory=Backoff)
    carried: dict[UUID, Carried] = field(default_factory=dict)
    tries: list[UUID] = field(default_factory=list)
    failures: list[BudkavleError] = field(default_factory=list)

    def check(self, actor: Actor, mailbox_id: UUID, draft: Draft, files: Sequence[Attachment]) -> list[Fault]:
        """Refuse messages that are larger than the transport accepts."""
        size = len(draft.body.encode()) + sum(file.size for file in files)
        if size > self.capabilities.max_bytes:
            return [Fault("attachments", f"Meddelandet är för stort. Gränsen är {self.capabilities.max_bytes} byte.")]
        return []

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand over, or raise the next of `failures`."""
        delivery, message = outgoing.delivery, outgoing.message
        self.tries.append(delivery.id)
        wire = outgoing.wire or outgoing.keep(message.body.encode() if message else b"receipt")
        if self.failures:
            raise self.failures.pop(0)
        subject, body = (message.subject, message.body) if message else ("", "")
        files = tuple(outgoing.files())
        self.carried.setdefault(delivery.id, Carried(delivery.id, delivery.recipient, subject, body, files, wire))
        state = DeliveryState.WAITING_FOR_RECEIPT if self.capabilities.receipts else DeliveryState.ACKNOWLEDGED
        return Outcome(state, remote_id=str(delivery.id))


@dataclass
class FakeDirectory:
    """An address book in memory.

    Attributes:
        entries: Its entries.
        ours: (organisation, mailbox) that one of our addresses is linked to.
    """

    name: str = "fake"
    label: str = "Låtsasadressbok"
    entries: list[Entry] = field(default_factory=list)
    ours: dict[Address, tuple[UUID, UUID]] = field(default_factory=dict)

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> list[Entry]:
        """Return entries that contain every word, favourites first."""
        matches = [entry for entry in self.entries if _has(entry, words.casefold().split())]
        return sorted(matches, key=lambda entry: not entry.favourite)[:limit]

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:
        """Return the entry with exactly this address."""
        key = (transport, value)
        return next((entry for entry in self.entries if _key(entry.address) == key), None)

    def listings(self, work: Work, wanted: Sequence[Address]) -> list[Listing | None]:
        """Return the listings of senders; None for a transport without entries."""
        addresses = [entry.address for entry in self.entries]
        names = {address.organisation_value: address.organisation for address in addresses}
        by_key = {_key(address): address for address in addresses}
        transports = {address.transport for address in addresses}
        listed = (Listing(names.get(address.organisation_value, ""), by_key.get(_key(address))) for address in wanted)
        return [
            listing if address.transport in transports else None
            for address, listing in zip(wanted, listed, strict=True)
        ]

    def mailbox(self, work: Work, transport: str, value: str) -> tuple[UUID, UUID] | None:
        """Return the owner of one of our addresses."""
        key = (transport, value)
        return next((owner for address, owner in self.ours.items() if _key(address) == key), None)

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> Address | None:
        """Return the address of one of our mailboxes."""
        owner = (actor.organisation_id, mailbox_id)
        return next(
            (address for address, who in self.ours.items() if who == owner and address.transport == transport), None
        )


@dataclass
class FakeIdentityProvider:
    """Asks for a code, which identifies its owner."""

    codes: Mapping[str, str] = field(default_factory=lambda: {"1234": "anna"})
    name: str = "fake"
    label: str = "Låtsaslegitimation"
    icon: str = "key"
    traits: ProviderTraits = field(default_factory=lambda: ProviderTraits(Loa.TWO))
    cancelled: int = 0

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        """Ask for the code."""
        return Prompt((Field("code", "Kod"),), state={"asked": "code"})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        """Look up the code."""
        subject = self.codes.get(answers.get("code", ""))
        if state.get("asked") != "code" or subject is None:
            return Failed("Koden stämmer inte. Försök igen.")
        return Identity(self.name, subject, self.traits.max_loa)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Count the call."""
        self.cancelled += 1


def _key(address: Address) -> tuple[str, str]:
    return address.transport, address.value


def _has(entry: Entry, words: Iterable[str]) -> bool:
    address = entry.address
    texts = (address.name, address.organisation, address.value, entry.description, *entry.keywords)
    text = " ".join(texts).casefold()
    return all(word in text for word in words)


@dataclass
class FakeNotifier:
    """A notifier with a peer in memory: push by default, which no built-in plugin sends.

    Attributes:
        sent: The attempts that have been handed over.
        failures: Raised one by one, in order, instead of sending.
        answer: The state that `send` returns.
    """

    name: str = "fake"
    kind: NoticeKind = NoticeKind.PUSH
    traits: NotifierTraits = field(default_factory=NotifierTraits)
    sent: list[NoticeAttempt] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    answer: NoticeState = NoticeState.SENT

    def check(self, notice: Notice) -> None:
        """Refuse an address that cannot be a push service's."""
        if not notice.address.startswith("https://"):
            raise Invalid("Prenumerationen ska ha en adress som börjar med https://.")

    def send(self, attempt: NoticeAttempt) -> NoticeState:
        """Hand over, or raise the next of `failures`."""
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(attempt)
        return self.answer


class FakeScanner:
    """A malware scanner that finds files with its mark.

    Attributes:
        answers: Whether it answers at all.
        scanned: The files that it has read, in order.
    """

    name = "fake"
    MARK = b"MALWARE"
    FOUND = "Fake.Worm"

    def __init__(self, most_bytes: int | None = None) -> None:
        self.most_bytes = most_bytes
        self.answers = True
        self.scanned: list[bytes] = []

    def malware_in(self, pieces: Iterable[bytes], within: float | None) -> str | None:
        """Read the file, and search for the mark; see `MalwareScanner`."""
        del within
        content = b"".join(pieces)
        if not self.answers:
            raise ScannerUnavailable("Den svarar inte.")
        if self.most_bytes is not None and len(content) > self.most_bytes:
            raise TooLarge("Filen är större än virusskyddet läser.")
        self.scanned.append(content)
        return self.FOUND if self.MARK in content else ""

    def health(self) -> list[Health]:
        """Report nothing."""
        return []

    def switch_on(self, platform: Platform, patch: Any) -> None:
        """Make it scan the files of an installation until pytest's `monkeypatch` is undone."""
        others = platform.plugins.registered

        def registered(kind: str) -> Iterable[Of[Any]]:
            return [Of("fake", self)] if kind == "malware_scanners" else others(kind)

        patch.setattr(platform.plugins, "registered", registered)
