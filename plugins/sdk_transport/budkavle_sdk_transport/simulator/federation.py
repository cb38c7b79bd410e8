"""Puts a simulated federation together in a folder, and finds it there again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.formats.identifiers import FEDERATION_TEST
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.simulator.address_book import AddressBook, Function, Participant
from budkavle_sdk_transport.simulator.ca import CertificateAuthority
from budkavle_sdk_transport.simulator.smp import PUBLISHER_NAME, MetadataPublisher
from budkavle_sdk_transport.simulator.spool import SpoolAccessPoint

CODES: Final = {
    "Kategori": {"1": "Vård och omsorg", "2": "Socialtjänst", "3": "Skola", "4": "Rättsväsende"},
    "Sökord": {
        "orosanmalan": "Orosanmälan",
        "utskrivning": "Utskrivning",
        "journal": "Journalkopia",
        "bup": "BUP",
        "forsorjningsstod": "Försörjningsstöd",
    },
}
"""The words by which functions are found."""

PARTICIPANTS: Final = (
    Participant(
        "0203:bjorkvik.example",
        "Björkviks kommun",
        "212000-9001",
        "En påhittad kommun i simulatorn.",
        (
            Function(
                "sdk:socialtjanst:0203:bjorkvik.example",
                "Socialtjänsten, mottagning barn och unga",
                "Tar emot orosanmälningar och svar om barn och unga.",
                ("Orosanmälan", "Journalkopia"),
                ("Socialtjänst",),
            ),
            Function(
                "sdk:bistand:0203:bjorkvik.example",
                "Biståndshandläggning äldre",
                "Samordnad planering vid utskrivning.",
                ("Utskrivning",),
                ("Vård och omsorg",),
            ),
        ),
    ),
    Participant(
        "0203:regionvattern.example",
        "Region Vättern",
        "232100-9002",
        "En påhittad region i simulatorn.",
        (
            Function(
                "SE2321009002-1001",
                "Barn- och ungdomspsykiatrin, kansli",
                "Journalkopior och remissvar.",
                ("Journalkopia", "BUP"),
                ("Vård och omsorg",),
            ),
            Function(
                "SE2321009002-1002",
                "Utskrivningssamordning medicinkliniken",
                "Planering inför utskrivning.",
                ("Utskrivning",),
                ("Vård och omsorg",),
            ),
        ),
    ),
    Participant(
        "0203:trygghet.example",
        "Trygghetsmyndigheten",
        "202100-9003",
        "En påhittad myndighet i simulatorn.",
        (
            Function(
                "sdk.inkorg001.0203:trygghet.example",
                "Ersättningsärenden",
                "Kompletteringar i ärenden om ersättning.",
                ("Försörjningsstöd",),
                ("Socialtjänst",),
            ),
        ),
    ),
)
"""Organisations that do not exist, under names that cannot."""


@dataclass(frozen=True, slots=True)
class Federation:
    """All parts of a simulated federation.

    Attributes:
        folder: Where it lives; several processes may open the same.
        participants: Who takes part.
        authority: Issues every certificate.
        publisher: Publishes them.
        certificates: Asks the publisher, as a participant's message system does.
        access_point: Carries the parcels.
        address_book: Who can be written to.
        identifier: The federation's, for the envelopes.
    """

    folder: Path
    participants: tuple[Participant, ...]
    authority: CertificateAuthority
    publisher: MetadataPublisher
    certificates: CertPub
    access_point: SpoolAccessPoint
    address_book: AddressBook
    identifier: str = FEDERATION_TEST

    @classmethod
    def at(cls, folder: Path, participants: Sequence[Participant] = PARTICIPANTS) -> Federation:
        """Return the federation in a folder; made when there is none. The keys are found again, so is the mail.

        Args:
            folder: Its own, best inside the data folder.
            participants: Who takes part.
        """
        authority = CertificateAuthority.at(folder / "keys")
        publisher = MetadataPublisher(
            authority.kept("publisher", PUBLISHER_NAME, "Budkavle"), authority.pair.certificate
        )
        access_point = SpoolAccessPoint(folder / "spool")
        for participant in participants:
            certificate = _pair(authority, participant).certificate
            publisher.publish(participant.participant, encryption=certificate, signing=certificate)
            access_point.register(participant.participant)
        return cls(
            folder,
            tuple(participants),
            authority,
            publisher,
            CertPub(publisher.answer, publisher.trust),
            access_point,
            AddressBook(list(participants), {name: dict(codes) for name, codes in CODES.items()}),
        )

    def keys_of(self, participant: str) -> KeyPair:
        """Return a participant's pair, which signs and opens."""
        for member in self.participants:
            if member.participant == participant:
                return _pair(self.authority, member)
        raise LookupError(f"The participant {participant} does not take part in the simulated federation.")


def _pair(authority: CertificateAuthority, participant: Participant) -> KeyPair:
    file_name = participant.participant.replace(":", "_")
    return authority.kept(file_name, participant.participant.partition(":")[2], participant.name)
