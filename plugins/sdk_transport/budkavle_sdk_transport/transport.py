"""The SDK transport: checks a draft, seals it once, and hands it to the access point.

The access point's word for "delivered to the other access point" only means that we now wait for the receiver's
message receipt; that one is read in `incoming.receiving`.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, repeat
from time import monotonic
from uuid import UUID, uuid4

from cryptography import x509

from budkavle import (
    Actor,
    Address,
    Attachment,
    Capabilities,
    Delivery,
    DeliveryState,
    Draft,
    Fault,
    File,
    Host,
    Message,
    NotFound,
    Outcome,
    Outgoing,
    Permanent,
    Purpose,
    Sentence,
    Temporary,
    Work,
)
from budkavle.messaging import open_attachment
from budkavle.operations import ScannerUnavailable
from budkavle_sdk_transport import texts
from budkavle_sdk_transport.access_points.availability import Availability
from budkavle_sdk_transport.access_points.interface import (
    AccessPoint,
    AccessPointUnavailable,
    Parcel,
    ParcelRefused,
)
from budkavle_sdk_transport.access_points.message_status import DELIVERY_STATES
from budkavle_sdk_transport.envelope.sealing import seal_message
from budkavle_sdk_transport.envelope.validation import check_unsealed
from budkavle_sdk_transport.envelope.xhe import Envelope, envelope_id
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE, DOCUMENT_RECEIPT
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.incoming.content_checks import PDF, bare_type
from budkavle_sdk_transport.keys.certificates import (
    CertificateRefused,
    CertificateSource,
    CertificatesUnavailable,
    UnknownParticipant,
    check_certificate,
)
from budkavle_sdk_transport.keys.memberships import Membership, Memberships
from budkavle_sdk_transport.malware.scanner import AttachmentScanner
from budkavle_sdk_transport.message.conversion import NAME, compose, compose_draft
from budkavle_sdk_transport.message.sdk_message import build_message
from budkavle_sdk_transport.message.validation import check_message
from budkavle_sdk_transport.outgoing.recipient_limit import RecipientLimit
from budkavle_sdk_transport.outgoing.submissions import ResendHistory, Submission, Submissions
from budkavle_sdk_transport.receipts import late_receipts
from budkavle_sdk_transport.settings import SdkSettings

NO_IDENTITY = "Organisationen är inte ansluten till SDK. Be er administratör lägga in organisationens nycklar."
NO_SENDER = "Brevlådan har ingen identifierare i SDK:s adressbok. Be er administratör lägga in den under Inställningar."
OTHERS = (
    "Brevlådans identifierare hör i SDK:s adressbok till {other}, men organisationen deltar som {own}. "
    "Be er administratör rätta det under Inställningar."
)
FAILED, NOT_FOUND = "SEND_FAILURE", "NOT_FOUND"
UNSETTLED = frozenset({DeliveryState.SEND_ENQUEUED, DeliveryState.WAITING_FOR_RETRY, DeliveryState.SEND_FAILURE})
"""Access point states after which `status_polling` continues: it polls again, and has the parcel sent again."""
ROOM_FOR_TEXT = 100_000
"""Bytes of a message that the pages leave for everything but its files, whose base64 takes the rest."""
SOON = 5.0
"""Seconds that the scanner gets for all files of a draft: the core waits for the transport no longer than ten."""


class SdkTransport:
    """Carries messages and their receipts over the SDK network; see `budkavle.Transport`."""

    name = NAME
    label = "SDK"
    icon = "network"
    state_words = texts.STATES

    def __init__(
        self,
        host: Host,
        settings: SdkSettings,
        memberships: Memberships,
        access_point: AccessPoint,
        certificates: CertificateSource,
    ) -> None:
        self._host = host
        self._availability = Availability(host)
        self._settings = settings
        self._memberships = memberships
        self._access_point = access_point
        self._certificates = certificates
        self._recipient_limit = RecipientLimit(
            settings.timing.per_recipient, timedelta(seconds=settings.status_seconds)
        )
        self._scanner = AttachmentScanner(host)
        self.backoff = settings.timing.backoff
        self.capabilities = Capabilities(
            receipts=True,
            inbound=True,
            confidentiality=True,
            references=True,
            markdown=True,
            max_bytes=settings.max_bytes,
            content_types=(PDF, *dict.fromkeys(chain(settings.content_types, *settings.content_types_of.values()))),
            attachment_bytes=max(0, settings.max_bytes - ROOM_FOR_TEXT) * 3 // 4,
        )

    def check(
        self,
        actor: Actor,
        mailbox_id: UUID,  # noqa: ARG002 - the promise has it
        draft: Draft,
        files: Sequence[Attachment],
    ) -> list[Fault]:
        """Judge a draft by the schema, both sets of rules and the size, before it is stored (feature SD2)."""
        membership = self._memberships.of_organisation(actor.organisation_id)
        if membership is None:
            return [Fault("mailbox", NO_IDENTITY)]
        if draft.sender is None or not draft.sender.value:
            return [Fault("mailbox", NO_SENDER)]
        if draft.sender.organisation_value != membership.participant:
            return [
                Fault("mailbox", Sentence(OTHERS, other=draft.sender.organisation_value, own=membership.participant))
            ]
        taken = (PDF, *self._settings.types_of(membership.participant))
        end = monotonic() + SOON
        faults = [fault for file in files if (fault := self._file_fault(actor, file, taken, end))]
        if not draft.body.strip() and not files:
            faults.append(Fault("body", "Skriv ett meddelande eller bifoga en fil."))
        for recipient in draft.recipients:
            if recipient.value and recipient.organisation_value:
                faults += self._findings(draft, draft.sender, recipient, files)
            else:
                faults.append(Fault("recipients", texts.UNKNOWN))
        return list(dict.fromkeys(faults))

    def _file_fault(self, actor: Actor, file: Attachment, taken: Sequence[str], end: float) -> Fault | None:
        if bare_type(file.content_type) in taken:
            return self._harm(actor, file, end)
        sentence = "Filen {name} är av en sort som inte får skickas. Gör om den till PDF och bifoga den igen."
        return Fault("attachments", Sentence(sentence, name=file.file_name))

    def _harm(self, actor: Actor, file: Attachment, end: float) -> Fault | None:
        """Scan a file while its writer can still remove it; if that fails, it is scanned when it is sealed."""
        if (within := end - monotonic()) <= 0:
            return None
        try:
            malware = self._scanner.outgoing(file.id, lambda: self._content(actor, file.id), within)
        except (ScannerUnavailable, NotFound):
            return None
        return (
            Fault("attachments", Sentence(texts.HARMFUL_FILE, name=file.file_name, malware=malware))
            if malware
            else None
        )

    def _content(self, actor: Actor, attachment_id: UUID) -> Iterator[bytes]:
        with self._host.work(actor) as work:
            _, content = open_attachment(work, attachment_id)
        return content

    def _findings(self, draft: Draft, sender: Address, recipient: Address, files: Sequence[Attachment]) -> list[Fault]:
        # A draft of files only is judged with a text in its place: the files' own element is never empty.
        body = draft if draft.body.strip() else _with_text(draft)
        try:
            xml = build_message(compose_draft(body, sender, recipient, uuid4()))
        except ValueError:
            return [Fault("body", "Texten innehåller tecken som inte kan skickas. Skriv om den utan dem.")]
        size = len(xml) + sum(_size_in_message(file) for file in files)
        findings = check_message(parse(xml), size=size, max_bytes=self._settings.max_bytes)
        return [
            Fault(texts.field_of(finding), texts.at_field(finding, self._settings.max_bytes)) for finding in findings
        ]

    def destination(self, work: Work, mailbox_id: UUID | None, recipient: Address) -> str:  # noqa: ARG002
        """Name the receiving organisation: each has an access point and a publisher of its own."""
        return recipient.organisation_value or recipient.value

    def send(self, outgoing: Outgoing) -> Outcome:
        """Seal (the first time), keep the exact bytes, and hand them over; see `budkavle.Transport.send`."""
        delivery = outgoing.delivery
        membership = self._memberships.of_organisation(delivery.organisation_id)
        if membership is None:
            raise Temporary(NO_IDENTITY)
        submissions = Submissions(self._host, delivery.organisation_id)
        history = submissions.history(delivery.id) if delivery.attempt > 1 else ResendHistory()
        if history.answered and late_receipts.is_confirmed(self._host, delivery.organisation_id, delivery.id):
            return Outcome(DeliveryState.ACKNOWLEDGED, str(delivery.id), texts.CONFIRMED)
        with self._turn(delivery, submissions):
            wire = outgoing.wire or outgoing.keep(self._seal(outgoing, membership))
            try:
                transport_id, word = self._submit(delivery, _parcel(outgoing, membership, wire), submissions, history)
            except AccessPointUnavailable as error:
                self._availability.record_failure(error)
                raise Temporary("Accesspunkten svarar inte. Vi försöker igen.") from error
            return self._outcome(delivery, submissions, transport_id, word)

    def _turn(self, delivery: Delivery, submissions: Submissions) -> AbstractContextManager[None]:
        if delivery.purpose is Purpose.RECEIPT:
            return nullcontext()
        recipient = delivery.recipient.organisation_value
        return self._recipient_limit.slot((delivery.organisation_id, recipient), lambda: submissions.count(recipient))

    def _outcome(self, delivery: Delivery, submissions: Submissions, transport_id: str, word: str) -> Outcome:
        state = DELIVERY_STATES.get(word, DeliveryState.SEND_ENQUEUED)
        if state in UNSETTLED:
            self._recipient_limit.submission_added()
            submission = Submission(transport_id, delivery.id, delivery.purpose, word, datetime.now(UTC))
            submissions.add(submission, delivery.recipient.organisation_value)
            state = DeliveryState.SEND_ENQUEUED
        elif delivery.purpose is Purpose.RECEIPT:
            # A receipt is never receipted itself: that it has arrived is its end.
            state = DeliveryState.ACKNOWLEDGED
        return Outcome(state, str(delivery.id), texts.LOST if state is DeliveryState.NOT_FOUND else "")

    def _seal(self, outgoing: Outgoing, membership: Membership) -> bytes:
        delivery, message = outgoing.delivery, outgoing.message
        if message is None:
            raise Permanent("Kvittensens innehåll saknas, så den kan inte skickas.")
        xml = build_message(compose(message, delivery.id, delivery.recipient, self._screened(message, outgoing)))
        envelope = Envelope(
            id=str(delivery.id),
            created_at=datetime.now(UTC),
            sender=membership.participant,
            recipient=delivery.recipient.organisation_value,
            document=DOCUMENT_MESSAGE,
            handling_service_id=delivery.recipient.value,
            encrypted=True,
            federation=self._settings.federation,
        )
        findings = check_message(parse(xml), size=len(xml), max_bytes=self._settings.max_bytes)
        if findings := findings or check_unsealed(envelope):
            raise Permanent("Meddelandet följer inte SDK: {text}", text=Sentence(findings[0].text))
        certificate = self._encryption_certificate(envelope.recipient)
        return seal_message(xml, envelope, signer=membership.signer, recipient_certificate=certificate)

    def _screened(self, message: Message, outgoing: Outgoing) -> Iterator[File]:
        """Yield the files, none of which holds malware as far as the scanner can tell."""
        # A file without an id, which another than the core may give, is scanned each time.
        ids = chain((attachment.id for attachment in message.attachments), repeat(None))
        for attachment_id, file in zip(ids, outgoing.files(), strict=False):
            try:
                malware = self._scanner.outgoing(attachment_id, partial(_alone, file.content))
            except ScannerUnavailable as error:
                raise Temporary(texts.SCANNER_SILENT) from error
            if malware:
                raise Permanent(texts.HARMFUL, malware=malware)
            yield file

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

    def _submit(
        self, delivery: Delivery, parcel: Parcel, submissions: Submissions, history: ResendHistory
    ) -> tuple[str, str]:
        """Hand over, and return the transport id under which it went and the access point's word for how far it came.

        A parcel that the access point already has is no fault, since a crash may have come between. Where it could not
        deliver it, or a person asks for it since no message receipt came, the same bytes go once more under a new
        transport id (SAD 5.3.7.3: the two layers have ids of their own so that they can; feature SD7).
        """
        numbered = _numbered(parcel, history.number)
        # Handing over twice is not handing over once: what has been tried before is asked for first.
        was_submitted = delivery.attempt > 1 and self._access_point.status(numbered.transport_id) != NOT_FOUND
        fresh = not was_submitted and self._hand_over(numbered)
        word = self._access_point.status(numbered.transport_id)
        if fresh or not _goes_again(word, history):
            return numbered.transport_id, word
        submissions.remove(numbered.transport_id)  # a crash may have left it there, and its outcome is known
        again = _numbered(parcel, history.number + 1)
        submissions.resend(delivery.id, history.number + 1, again.transport_id)
        self._hand_over(again)
        return again.transport_id, self._access_point.status(again.transport_id)

    def _hand_over(self, parcel: Parcel) -> bool:
        """Tell whether the access point has taken the parcel now; False where it had it before."""
        try:
            self._access_point.submit(parcel)
        except ParcelRefused as error:
            if self._access_point.status(parcel.transport_id) == NOT_FOUND:
                raise Permanent("Accesspunkten tog inte emot meddelandet: {error}", error=error) from error
            return False
        return True


def _parcel(outgoing: Outgoing, membership: Membership, wire: bytes) -> Parcel:
    delivery: Delivery = outgoing.delivery
    message = outgoing.message
    return Parcel(
        transport_id=str(delivery.id),
        sender=membership.participant,
        recipient=delivery.recipient.organisation_value,
        document=DOCUMENT_MESSAGE if delivery.purpose is Purpose.MESSAGE else DOCUMENT_RECEIPT,
        # A receipt has no conversation of its own, so its envelope's id stands there (Transportprofil AS4 2.7 a).
        conversation_id=message.conversation_id if message else envelope_id(parse(wire)),
        payload=wire,
    )


def _numbered(parcel: Parcel, number: int) -> Parcel:
    return replace(parcel, transport_id=f"{parcel.transport_id}.{number}") if number else parcel


def _goes_again(word: str, history: ResendHistory) -> bool:
    """Tell whether what the access point has had before is to be handed over once more."""
    return word == FAILED or (history.asked and DELIVERY_STATES.get(word) is DeliveryState.WAITING_FOR_RECEIPT)


def _alone(content: bytes) -> list[bytes]:
    return [content]


def _with_text(draft: Draft) -> Draft:
    return replace(draft, body="–")


def _size_in_message(file: Attachment) -> int:
    """Bytes that a file takes in the message: base64, its name and type, and the elements around them."""
    return 4 * ((file.size + 2) // 3) + len(file.file_name.encode()) + len(file.content_type) + 150
