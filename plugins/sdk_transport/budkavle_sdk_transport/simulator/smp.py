"""A metadata publisher: signed answers with the participants' certificates in them.

Sources: OASIS Service Metadata Publishing 1.0, 2.4; Certifikatspublicering, REST-bindning till SMP 1.0, 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from xml.sax.saxutils import escape

from cryptography import x509

from budkavle_sdk_transport.discovery.service_metadata import NS_SMB, NS_SMC, NS_SMP, Trust
from budkavle_sdk_transport.envelope.signature import sign
from budkavle_sdk_transport.formats.identifiers import (
    CERTPUB_ENCRYPTION,
    CERTPUB_EXTENSION,
    CERTPUB_SIGNING,
    DOCUMENT_MESSAGE,
    DOCUMENT_RECEIPT,
    DOCUMENT_SCHEME,
    PROCESS,
    PROCESS_SCHEME,
    SCHEME,
)
from budkavle_sdk_transport.keys.certificates import UnknownParticipant
from budkavle_sdk_transport.keys.key_pair import KeyPair, base64_of

PUBLISHER_NAME: Final = "SMP0001-SIMULATOR"
TRANSPORT_PROFILE: Final = "digg-transport-as4-v1_0"
DOCUMENTS: Final = (DOCUMENT_MESSAGE, DOCUMENT_RECEIPT)


@dataclass(frozen=True, slots=True)
class Published:
    """What one participant has in the publisher."""

    encryption: x509.Certificate
    signing: x509.Certificate
    documents: tuple[str, ...] = DOCUMENTS


@dataclass(slots=True)
class MetadataPublisher:
    """Answers about participants, in the process itself.

    Attributes:
        pair: The publisher's own; its certificate is what `trust` rests on.
        authority: Who issued it.
        participants: What is published, by participant.
    """

    pair: KeyPair
    authority: x509.Certificate
    participants: dict[str, Published] = field(default_factory=dict)

    @property
    def trust(self) -> Trust:
        """What a client of this publisher believes in."""
        return Trust((self.authority,), PUBLISHER_NAME)

    def publish(
        self,
        participant: str,
        *,
        encryption: x509.Certificate,
        signing: x509.Certificate,
        documents: tuple[str, ...] = DOCUMENTS,
    ) -> None:
        """Enter a participant's certificates, or replace them."""
        self.participants[participant.lower()] = Published(encryption, signing, documents)

    def withdraw(self, participant: str) -> None:
        """Take a participant out."""
        self.participants.pop(participant.lower(), None)

    def answer(self, participant: str, document: str) -> bytes:
        """Return the SignedServiceMetadata; raises `UnknownParticipant` where a publisher says 404."""
        published = self.participants.get(participant.lower())
        if published is None or document not in published.documents:
            raise UnknownParticipant(f"The participant {participant} is not registered for the document type.")
        return sign(service_metadata(participant, document, published, access_point=self.pair), self.pair)


def service_metadata(participant: str, document: str, published: Published, *, access_point: KeyPair) -> bytes:
    """Return the SignedServiceMetadata document, as yet unsigned."""
    kinds = ((CERTPUB_ENCRYPTION, published.encryption), (CERTPUB_SIGNING, published.signing))
    extensions = "".join(_extension(kind, certificate) for kind, certificate in kinds)
    return (
        f'<SignedServiceMetadata xmlns="{NS_SMP}"><ServiceMetadata><ServiceInformation>'
        f'<ParticipantIdentifier scheme="{SCHEME}">{escape(participant)}</ParticipantIdentifier>'
        f'<DocumentIdentifier scheme="{DOCUMENT_SCHEME}">{escape(document)}</DocumentIdentifier>'
        f'<ProcessList><Process><ProcessIdentifier scheme="{PROCESS_SCHEME}">{PROCESS}</ProcessIdentifier>'
        f"<ServiceEndpointList>{_endpoint(access_point)}</ServiceEndpointList></Process></ProcessList>"
        f"{extensions}</ServiceInformation></ServiceMetadata></SignedServiceMetadata>"
    ).encode()


def _endpoint(access_point: KeyPair) -> str:
    now = datetime.now(UTC).replace(microsecond=0)
    return (
        f'<Endpoint transportProfile="{TRANSPORT_PROFILE}"><EndpointURI>https://127.0.0.1/as4</EndpointURI>'
        f"<RequireBusinessLevelSignature>false</RequireBusinessLevelSignature>"
        f"<ServiceActivationDate>{(now - timedelta(days=1)).isoformat()}</ServiceActivationDate>"
        f"<ServiceExpirationDate>{(now + timedelta(days=365)).isoformat()}</ServiceExpirationDate>"
        f"<Certificate>{base64_of(access_point.certificate).decode()}</Certificate>"
        f"<ServiceDescription>Budkavle simulator</ServiceDescription>"
        f"<TechnicalContactUrl>https://127.0.0.1/</TechnicalContactUrl></Endpoint>"
    )


def _extension(kind: str, certificate: x509.Certificate) -> str:
    return (
        f"<Extension><ExtensionID>{CERTPUB_EXTENSION}</ExtensionID>"
        f'<smc:Certificate xmlns:smc="{NS_SMC}" xmlns:smb="{NS_SMB}"><smb:TypeCode>{kind}</smb:TypeCode>'
        f'<smb:ContentBinaryObject mimeCode="application/base64">{base64_of(certificate).decode()}'
        f"</smb:ContentBinaryObject></smc:Certificate></Extension>"
    )
