"""The SDK transport: checks a draft, seals it once, and hands it to the access point.

The access point's word for "delivered to the other access point" only means that we now wait for the receiver's
message receipt; that one is read in `arrivals`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from cryptography import x509

from budkavle import (
    ACCESS_POINT,
    Actor,
    Address,
    Attachment,
    Backoff,
    Capabilities,
    Delivery,
    DeliveryState,
    Draft,
    Fault,
    Outcome,
    Outgoing,
    Permanent,
    Purpose,
    Temporary,
)
from budkavle_sdk_transport import words
from budkavle_sdk_transport.access_point import (
    AccessPoint,
    AccessPointUnavailable,
    Parcel,
    ParcelRefused,
)
from budkavle_sdk_transport.certificates import (
    CertificateRefused,
    CertificateSource,
    CertificatesUnavailable,
    UnknownParticipant,
    check_certificate,
)
from budkavle_sdk_transport.composing import NAME, compose, rehearse
from budkavle_sdk_transport.content_checks import PDF
from budkavle_sdk_transport.envelope import Envelope
from budkavle_sdk_transport.findings import Finding
from budkavle_sdk_transport.identifiers import DOCUMENT_MESSAGE, DOCUMENT_RECEIPT
from budkavle_sdk_transport.identities import Identities, Identity
from budkavle_sdk_transport.message import build_message
from budkavle_sdk_transport.sealing import seal_message
from budkavle_sdk_transport.settings import SdkSettings
from budkavle_sdk_transport.validate import check_message
from budkavle_sdk_transport.xml import parse

NO_IDENTITY = "Organisationen är inte ansluten till SDK. Be er administratör lägga in organisationens nycklar."
NO_SENDER = "Brevlådan har ingen identifierare i SDK:s adressbok. Be er administratör lägga in den under Inställningar."
ROOM_FOR_TEXT = 100_000
"""Bytes of a message that the pages leave for everything but its files, whose base64 takes the rest."""


class SdkTransport:
    """Carries messages and their receipts over the SDK network; see `budkavle.Transport`."""

    name = NAME
    label = "SDK"
    icon = "sdk"
    backoff = Backoff(first=timedelta(seconds=30), longest=timedelta(hours=1), tries=12)

    def __init__(
        self,
        settings: SdkSettings,
        identities: Identities,
        access_point: AccessPoint,
        certificates: CertificateSource,
    ) -> None:
        self._settings = settings
        self._identities = identities
        self._access_point = access_point
        self._certificates = certificates
        self.capabilities = Capabilities(
            receipts=True,
            inbound=True,
            confidentiality=True,
            references=True,
            markdown=True,
            max_bytes=settings.max_bytes,
            content_types=(PDF, *settings.content_types),
            attachment_bytes=max(0, settings.max_bytes - ROOM_FOR_TEXT) * 3 // 4,
        )

    def check(self, actor: Actor, mailbox_id: UUID, draft: Draft, files: Sequence[Attachment]) -> list[Fault]:
        """Judge a draft by the schema, both sets of rules and the size, before it is stored (feature SD2)."""
        if self._identities.of_organisation(actor.organisation_id) is None:
            return [Fault("mailbox", NO_IDENTITY)]
        if draft.sender is None or not draft.sender.value:
            return [Fault("mailbox", NO_SENDER)]
        faults = [fault for file in files if (fault := self._file_fault(file))]
        if not draft.body.strip() and not files:
            faults.append(Fault("body", "Skriv ett meddelande eller bifoga en fil."))
        for recipient in draft.recipients:
            faults += self._findings(draft, draft.sender, recipient, files)
        return list(dict.fromkeys(faults))

    def _file_fault(self, file: Attachment) -> Fault | None:
        if file.content_type in self.capabilities.content_types:
            return None
        sentence = "Filen {name} är av en sort som inte får skickas. Gör om den till PDF och bifoga den igen."
        return Fault("attachments", sentence.format(name=file.file_name))

    def _findings(self, draft: Draft, sender: Address, recipient: Address, files: Sequence[Attachment]) -> list[Fault]:
        # A draft of files only is judged with a text in its place: the files' own element is never empty.
        body = draft if draft.body.strip() else _with_text(draft)
        try:
            xml = build_message(rehearse(body, sender, recipient, uuid4()))
        except ValueError:
            return [Fault("body", "Texten innehåller tecken som inte kan skickas. Skriv om den utan dem.")]
        size = len(xml) + sum(_size_in_message(file) for file in files)
        return [_fault(one) for one in check_message(parse(xml), size=size, max_bytes=self._settings.max_bytes)]

    def send(self, outgoing: Outgoing) -> Outcome:
        """Seal (the first time), keep the exact bytes, and hand them over; see `budkavle.Transport.send`."""
        delivery = outgoing.delivery
        identity = self._identities.of_organisation(delivery.organisation_id)
        if identity is None:
            raise Temporary(NO_IDENTITY)
        wire = outgoing.wire or outgoing.keep(self._seal(outgoing, identity))
        state = self._submit(_parcel(outgoing, identity, wire))
        if delivery.purpose is Purpose.RECEIPT:
            return Outcome(DeliveryState.ACKNOWLEDGED, str(delivery.id))
        return Outcome(ACCESS_POINT.get(state, DeliveryState.SEND_ENQUEUED), str(delivery.id))

    def _seal(self, outgoing: Outgoing, identity: Identity) -> bytes:
        delivery, message = outgoing.delivery, outgoing.message
        if message is None:
            raise Permanent("Kvittensens innehåll saknas, så den kan inte skickas.")
        xml = build_message(compose(message, delivery.id, delivery.recipient, outgoing.files()))
        findings = check_message(parse(xml), size=len(xml), max_bytes=self._settings.max_bytes)
        if findings:
            raise Permanent("Meddelandet följer inte SDK: {text}", text=findings[0].text)
        envelope = Envelope(
            id=str(delivery.id),
            created_at=datetime.now(UTC),
            sender=identity.participant,
            recipient=delivery.recipient.organisation_value,
            document=DOCUMENT_MESSAGE,
            handling_service_id=delivery.recipient.value,
            encrypted=True,
            federation=self._settings.federation,
        )
        certificate = self._encryption_certificate(envelope.recipient)
        return seal_message(xml, envelope, signer=identity.signer, recipient_certificate=certificate)

    def _encryption_certificate(self, participant: str) -> x509.Certificate:
        try:
            certificate = self._certificates.encryption_certificate(participant)
            check_certificate(certificate, at=datetime.now(UTC))
        except UnknownParticipant:
            raise Permanent(
                "Mottagaren {participant} finns inte i nätet SDK. Välj en annan mottagare, eller ring dem.",
                participant=participant,
            ) from None
        except CertificatesUnavailable as error:
            raise Temporary("SDK:s certifikattjänst svarar inte. Vi försöker igen.") from error
        except CertificateRefused as error:
            raise Temporary(
                "Certifikatet för {participant} kan inte användas. Vi försöker igen; be dem förnya det.",
                participant=participant,
            ) from error
        return certificate

    def _submit(self, parcel: Parcel) -> str:
        """Hand over; a parcel that the access point already has is no fault, since a crash may have come between."""
        try:
            self._access_point.submit(parcel)
        except AccessPointUnavailable as error:
            raise Temporary("Accesspunkten svarar inte. Vi försöker igen.") from error
        except ParcelRefused as error:
            if self._access_point.status(parcel.transport_id) == "NOT_FOUND":
                raise Permanent("Accesspunkten tog inte emot meddelandet: {error}", error=str(error)) from error
        return self._access_point.status(parcel.transport_id)


def _parcel(outgoing: Outgoing, identity: Identity, wire: bytes) -> Parcel:
    delivery: Delivery = outgoing.delivery
    message = outgoing.message
    return Parcel(
        transport_id=str(delivery.id),
        sender=identity.participant,
        recipient=delivery.recipient.organisation_value,
        document=DOCUMENT_MESSAGE if delivery.purpose is Purpose.MESSAGE else DOCUMENT_RECEIPT,
        conversation_id=message.conversation_id if message else str(delivery.id),
        payload=wire,
    )


def _with_text(draft: Draft) -> Draft:
    return replace(draft, body="–")


def _size_in_message(file: Attachment) -> int:
    """Bytes that a file takes in the message: base64, its name and type, and the elements around them."""
    return 4 * ((file.size + 2) // 3) + len(file.file_name.encode()) + len(file.content_type) + 150


def _fault(finding: Finding) -> Fault:
    field = words.field_of(finding)
    return Fault(field, words.FIELD_SENTENCES[field].format(text=finding.text))
