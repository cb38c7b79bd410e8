"""What comes from the access point: messages are opened and receipted, receipts change the state of what we sent.

A parcel is marked as downloaded only when what came of it is stored, so that a crash at any point makes it come
again, and coming again changes nothing.
"""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from budkavle import Address, DeliveryState, Host, Reason, Receipt, ReceiptToSend, Refusal, call
from budkavle_sdk_transport import words
from budkavle_sdk_transport.access_point import AccessPoint, AccessPointUnavailable, Parcel, ParcelNotFound
from budkavle_sdk_transport.certificates import CertificateSource, CertificatesUnavailable
from budkavle_sdk_transport.composing import NAME, incoming
from budkavle_sdk_transport.identifiers import DOCUMENT_RECEIPT
from budkavle_sdk_transport.identities import Identities, Identity
from budkavle_sdk_transport.opening import Checks, Opened, ReceiptRefused, open_message, open_receipt
from budkavle_sdk_transport.receipt import MessageReceipt
from budkavle_sdk_transport.settings import SdkSettings


class Arrivals:
    """Fetches, opens and stores. One worker at a time does it, as a job."""

    def __init__(
        self,
        host: Host,
        settings: SdkSettings,
        identities: Identities,
        access_point: AccessPoint,
        certificates: CertificateSource,
    ) -> None:
        self._host = host
        self._settings = settings
        self._identities = identities
        self._access_point = access_point
        self._certificates = certificates

    def fetch(self) -> int:
        """Take what waits for every organisation; return how many parcels were dealt with."""
        done = 0
        for identity in self._identities.all():
            try:
                done += sum(self._fetch_one(identity, one) for one in self._access_point.pending(identity.participant))
            except (AccessPointUnavailable, CertificatesUnavailable) as error:
                self._host.log.warning("sdk.fetch_later", error=type(error).__name__)
        return done

    def _fetch_one(self, identity: Identity, transport_id: str) -> bool:
        try:
            parcel = self._access_point.parcel(transport_id)
        except ParcelNotFound:
            return False
        if not self._known(identity.organisation_id, transport_id):
            outcome, message_id = self.take(identity, parcel)
            self._remember(identity.organisation_id, parcel, message_id, outcome)
        self._access_point.mark_downloaded(transport_id)
        return True

    def take(self, identity: Identity, parcel: Parcel) -> tuple[str, str]:
        """Store what a parcel carries; return the outcome in a word and the message's id, if it has one.

        Raises:
            CertificatesUnavailable: Nothing can be said of the parcel yet.
        """
        if parcel.document == DOCUMENT_RECEIPT:
            return self._take_receipt(identity, parcel)
        return self._take_message(identity, parcel)

    def _take_message(self, identity: Identity, parcel: Parcel) -> tuple[str, str]:
        opened = open_message(
            parcel.payload,
            keys=identity.pairs,
            certificates=self._certificates,
            checks=self._checks(identity, parcel),
            signer=identity.signer,
        )
        message_id = opened.envelope.id if opened.envelope else ""
        receipt = _receipt_to_send(opened)
        if opened.outcome == "ACCEPTED" and opened.message:
            message = incoming(opened.message, identity.organisation_id, datetime.now(UTC))
            self._host.accept(replace(message, receipt=receipt, evidence=parcel.payload))
        else:
            self._refuse(identity, parcel, opened, receipt)
        return opened.outcome or "SILENT", message_id

    def _refuse(self, identity: Identity, parcel: Parcel, opened: Opened, receipt: ReceiptToSend | None) -> None:
        codes = ", ".join(f"{one.cause} {one.detail}" for one in opened.findings[:3])
        why = opened.why_no_receipt or codes
        self._host.refuse(
            Refusal(
                organisation_id=identity.organisation_id,
                transport=NAME,
                remote_id=opened.envelope.id if opened.envelope else parcel.transport_id,
                reason=f"Ett SDK-meddelande från {parcel.sender} togs inte emot: {why}",
                receipt=receipt,
                evidence=parcel.payload,
            )
        )

    def _take_receipt(self, identity: Identity, parcel: Parcel) -> tuple[str, str]:
        try:
            envelope, receipt = open_receipt(parcel.payload, certificates=self._certificates)
        except ReceiptRefused as error:
            self._host.refuse(
                Refusal(
                    organisation_id=identity.organisation_id,
                    transport=NAME,
                    remote_id=parcel.transport_id,
                    reason=f"En kvittens från {parcel.sender} går inte att lita på: {error}",
                    evidence=parcel.payload,
                )
            )
            return "REFUSED", ""
        if (envelope.sender, envelope.recipient) == (parcel.sender, identity.participant):
            self._host.receipt(_as_receipt(identity, receipt, parcel.payload))
        return "RECEIPT", receipt.message_id

    def _checks(self, identity: Identity, parcel: Parcel) -> Checks:
        return Checks(
            serves=lambda participant: participant == identity.participant,
            knows_function=lambda _, function: self._serves_function(identity, function),
            accepts_type=lambda kind: kind in self._settings.content_types,
            is_duplicate=lambda message_id: self._received_before(identity, message_id),
            refers_to_failed=lambda message_id: self._has_failed(identity, message_id),
            transport_sender=parcel.sender,
            transport_recipient=parcel.recipient,
            max_bytes=self._settings.max_bytes,
        )

    def _serves_function(self, identity: Identity, function: str) -> bool:
        for directory in self._host.platform.plugins.directories.values():
            found = call(directory.mailbox, NAME, function)
            if found and found[0] == identity.organisation_id:
                return True
        return False

    def _has_failed(self, identity: Identity, message_id: str) -> bool:
        return self._any(
            identity.organisation_id,
            "SELECT true FROM deliveries WHERE id::text = :id AND state IN ('SEND_FAILURE', 'RECALLED')",
            message_id.lower(),
        )

    def _received_before(self, identity: Identity, message_id: str) -> bool:
        sql = "SELECT true FROM sdk_arrivals WHERE message_id = :id AND outcome = 'ACCEPTED'"
        return self._any(identity.organisation_id, sql, message_id)

    def _known(self, organisation_id: UUID, transport_id: str) -> bool:
        return self._any(organisation_id, "SELECT true FROM sdk_arrivals WHERE transport_id = :id", transport_id)

    def _any(self, organisation_id: UUID, sql: str, value: str) -> bool:
        with self._host.transaction(organisation_id) as connection:
            return connection.execute(text(sql), {"id": value}).first() is not None

    def _remember(self, organisation_id: UUID, parcel: Parcel, message_id: str, outcome: str) -> None:
        with self._host.transaction(organisation_id) as connection:
            connection.execute(
                text(
                    "INSERT INTO sdk_arrivals VALUES (:organisation, :transport_id, :message_id, :document, :sender,"
                    " :outcome, :at) ON CONFLICT DO NOTHING"
                ),
                {
                    "organisation": organisation_id,
                    "transport_id": parcel.transport_id,
                    "message_id": message_id,
                    "document": parcel.document,
                    "sender": parcel.sender,
                    "outcome": outcome,
                    "at": datetime.now(UTC),
                },
            )


def _receipt_to_send(opened: Opened) -> ReceiptToSend | None:
    if opened.receipt_xhe is None or opened.envelope is None:
        return None
    sender = opened.envelope.sender
    return ReceiptToSend(uuid4(), Address(NAME, sender, organisation_value=sender), opened.receipt_xhe)


def _as_receipt(identity: Identity, receipt: MessageReceipt, wire: bytes) -> Receipt:
    reasons = tuple(
        Reason(f"{one.cause} {one.detail}", f"{words.reason_of(one.detail)} ({one.text})", one.path)
        for one in receipt.reasons
    )
    return Receipt(
        organisation_id=identity.organisation_id,
        transport=NAME,
        remote_id=receipt.message_id,
        state=DeliveryState.ACKNOWLEDGED if receipt.accepted else DeliveryState.REJECTED,
        at=receipt.issued_at,
        evidence=wire,
        reasons=reasons,
        receipt_id=receipt.id,
    )
