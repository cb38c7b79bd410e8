"""Participants of the simulated federation with manners: Digg's test organisations, and one that does what it is told.

Digg's open test environment has organisations with one thing wrong each (numbers 2 to 6). What is wrong at 2, 4, 5 and
6 is between access points, so that ours reports that it could not deliver; at 3 it is the organisation's certificate.

The proving office takes every message and does what the function that it was sent to is named after: answers late,
twice, backwards, both ways, with somebody else's keys, with one of the refusals, or never (feature SD16).

`budkavle sdk simulator` lets them take part, and they stand in its address book. Nobody who does not write to them
notices them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from budkavle_sdk_transport.access_points.interface import AccessPoint, Parcel, ParcelRefused
from budkavle_sdk_transport.envelope.sealing import seal_receipt
from budkavle_sdk_transport.envelope.xhe import Envelope
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE, DOCUMENT_RECEIPT
from budkavle_sdk_transport.incoming.content_checks import Checks
from budkavle_sdk_transport.incoming.opening import open_message
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, build_receipt
from budkavle_sdk_transport.simulator.address_book import Function, Participant
from budkavle_sdk_transport.simulator.federation import Federation

LATE: Final = timedelta(minutes=1)
"""How long the proving office's late function thinks."""
REFUSALS: Final = {
    "structure": (Cause.SV, Detail.STRUCTURE),
    "forbidden": (Cause.BV, Detail.FORBIDDEN),
    "too-long": (Cause.BV, Detail.TOO_LONG),
    "invariant": (Cause.BV, Detail.INVARIANT),
    "duplicate": (Cause.BV, Detail.DUPLICATE),
    "multiple-matches": (Cause.BV, Detail.MULTIPLE_MATCHES),
    "not-supported": (Cause.BV, Detail.NOT_SUPPORTED),
    "not-found": (Cause.BV, Detail.NOT_FOUND),
    "security": (Cause.BV, Detail.SECURITY),
    "signature": (Cause.SIG, Detail.SECURITY),
    "unknown-cause": ("XX", "no-such-code"),
}
"""The codes with which the proving office refuses (Innehållsspecifikation 5.3), by the function's name."""
MANNERS: Final = {
    "prompt": "Kvitterar genast.",
    "late": "Kvitterar efter en minut.",
    "double": "Skickar samma kvittens två gånger.",
    "contradictory": "Kvitterar och avvisar samma meddelande.",
    "forged": "Kvitterar med nycklar som inte är publicerade.",
    "silent": "Kvitterar aldrig.",
}


@dataclass(frozen=True, slots=True)
class SimulatedParticipant:
    """One of Digg's test organisations.

    Attributes:
        number: Digg's.
        participant: What it is called here.
        wrong: What is wrong with it, in a sentence.
        expired: Whether the certificate that it has published is out of time.
        reachable: Whether its access point can be reached with what it shows.
    """

    number: int
    participant: Participant
    wrong: str
    expired: bool = False
    reachable: bool = False


def _organisation(number: int, wrong: str) -> Participant:
    name = f"0203:testorg{number}.example"
    function = Function(f"sdk:inkorg:{name}", f"Inkorg: {wrong[0].lower()}{wrong[1:].rstrip('.')}", wrong)
    return Participant(name, f"Testorganisation {number}", f"202100-900{number}", wrong, (function,))


def _personality(number: int, wrong: str, *, expired: bool = False) -> SimulatedParticipant:
    return SimulatedParticipant(number, _organisation(number, wrong), wrong, expired, reachable=expired)


ORGANISATIONS: Final = (
    _personality(2, "Accesspunkten går inte att nå."),
    _personality(3, "Organisationens certifikat har gått ut.", expired=True),
    _personality(4, "Accesspunkten visar fel certifikat för AS4."),
    _personality(5, "Accesspunktens certifikat för TLS har gått ut."),
    _personality(6, "Accesspunktens certifikat för TLS är utfärdat av fel utfärdare."),
)


def address(name: str) -> str:
    """Return the functional address of the proving office's function of that name."""
    return f"sdk:{name}:0203:provning.example"


PROVING_OFFICE: Final = Participant(
    "0203:provning.example",
    "Provningsverket",
    "202100-9011",
    "Gör det som funktionen heter, för prov.",
    tuple(Function(address(name), told.rstrip("."), told) for name, told in MANNERS.items())
    + tuple(Function(address(name), f"Avvisar med {name}", f"Avvisar med {name}.") for name in REFUSALS),
)
UNREACHABLE: Final = {one.participant.participant: one.wrong for one in ORGANISATIONS if not one.reachable}
"""What is wrong on the way to those whose access point cannot be reached, by participant."""
_NAMES: Final = frozenset(one.participant for one in (PROVING_OFFICE, *(each.participant for each in ORGANISATIONS)))
_OWN, _FORGED, _EXPIRED = "personality-prompt", "personality-forged", "personality-expired"


@dataclass(frozen=True, slots=True)
class SimulatedParticipants:
    """All of them in one federation.

    Attributes:
        federation: Where they take part.
        pair: The proving office's keys.
        forger: Keys that it has not published.
        point: The proving office's access point.
        clock: The time.
    """

    federation: Federation
    pair: KeyPair
    forger: KeyPair
    point: AccessPoint
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def join(
        cls, federation: Federation, clock: Callable[[], datetime] | None = None, point: AccessPoint | None = None
    ) -> SimulatedParticipants:
        """Let them take part, with the keys of an earlier time where there are some."""
        pair, forger = (_pair(federation, name) for name in (_OWN, _FORGED))
        expired = _pair(federation, _EXPIRED, expired_of=pair)
        for organisation in ORGANISATIONS:
            key_pair = expired if organisation.expired else pair
            _publish(federation, organisation.participant, key_pair, reachable=organisation.reachable)
        _publish(federation, PROVING_OFFICE, pair, reachable=True)
        return cls(federation, pair, forger, point or federation.access_point, *([clock] if clock else []))

    def act(self) -> int:
        """Let the proving office deal with what waits for it, the newest first; return how much that was."""
        waiting = reversed(self.point.pending(PROVING_OFFICE.participant))
        return sum(self._handle(self.point.parcel(transport_id)) for transport_id in waiting)

    def _handle(self, parcel: Parcel) -> bool:
        envelope = self._envelope(parcel) if parcel.document == DOCUMENT_MESSAGE else None
        if envelope is not None:
            name = _function(envelope)
            if name == "late" and self.clock() - envelope.created_at < LATE:
                return False
            for number, receipt in enumerate(self._receipts(name, envelope)):
                self._send(f"{parcel.transport_id}.answer{number}", envelope, receipt)
        self.point.mark_downloaded(parcel.transport_id)
        return True

    def _envelope(self, parcel: Parcel) -> Envelope | None:
        """Return the envelope of a message; None for one that nobody could answer."""
        opened = open_message(
            parcel.payload, keys=(self.pair,), certificates=self.federation.certificates, checks=Checks()
        )
        return opened.envelope

    def _receipts(self, name: str, envelope: Envelope) -> list[bytes]:
        if name == "silent":
            return []
        if name in REFUSALS:
            return [self._receipt(envelope, name)]
        accepted = self._receipt(envelope)
        if name == "double":
            return [accepted, accepted]
        if name == "contradictory":
            return [accepted, self._receipt(envelope, "not-found")]
        return [self._receipt(envelope, signer=self.forger)] if name == "forged" else [accepted]

    def _receipt(self, envelope: Envelope, refusal: str = "", signer: KeyPair | None = None) -> bytes:
        reasons: tuple[Finding, ...] = ()
        if refusal:
            cause, detail = REFUSALS[refusal]
            reasons = (Finding(cause, detail, "NA", f"Provningsverket avvisar: {refusal}.", "receipt"),)
        receipt = MessageReceipt(
            id=str(uuid.uuid4()),
            issued_at=self.clock(),
            sender=envelope.recipient,
            recipient=envelope.sender,
            message_id=envelope.id,
            accepted=not reasons,
            reasons=reasons,
        )
        around = replace(
            envelope,
            id=receipt.id,
            created_at=receipt.issued_at,
            sender=receipt.sender,
            recipient=receipt.recipient,
            document=DOCUMENT_RECEIPT,
            encrypted=False,
        )
        return seal_receipt(build_receipt(receipt), around, signer=signer or self.pair)

    def _send(self, transport_id: str, answered: Envelope, payload: bytes) -> None:
        parcel = Parcel(transport_id, answered.recipient, answered.sender, DOCUMENT_RECEIPT, answered.id, payload)
        with suppress(ParcelRefused):  # an earlier turn sent it, and broke off before it was done
            self.point.submit(parcel)


def _function(envelope: Envelope) -> str:
    """Return what the function that a message is for is named after; another one is not found."""
    names = {address(name): name for name in (*MANNERS, *REFUSALS)}
    return names.get(envelope.handling_service_id, "not-found")


def _publish(federation: Federation, participant: Participant, pair: KeyPair, *, reachable: bool) -> None:
    federation.publisher.publish(participant.participant, encryption=pair.certificate, signing=pair.certificate)
    if reachable:
        federation.access_point.register(participant.participant)
    if participant not in federation.address_book.participants:
        federation.address_book.participants.append(participant)


def _pair(federation: Federation, name: str, expired_of: KeyPair | None = None) -> KeyPair:
    """Return a pair that is kept with the authority's others, or another's key in a certificate out of time."""
    key = expired_of.private_key if expired_of else None
    return federation.authority.kept(name, "provning.example", PROVING_OFFICE.name, key=key, expired=key is not None)


def publisher_of(federation: Federation) -> Callable[[str, str], bytes]:
    """Return what the publisher answers, and the personalities too as soon as a simulator has let them take part.

    An installation has a publisher of its own in each process: the simulator's is another one.
    """

    def answer(participant: str, document: str) -> bytes:
        missing = participant in _NAMES and participant not in federation.publisher.participants
        if missing and _have_joined(federation):
            SimulatedParticipants.join(federation)
        return federation.publisher.answer(participant, document)

    return answer


def _have_joined(federation: Federation) -> bool:
    """Tell whether the last of their keys is there."""
    return (federation.folder / "keys" / f"{_EXPIRED}.pem").exists()
