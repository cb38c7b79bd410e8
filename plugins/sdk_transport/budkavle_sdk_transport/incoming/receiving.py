"""Receiving parcels: messages are opened and receipted, and receipts change the state of deliveries.

A parcel is marked as downloaded only after its result is stored. A crash at any point makes the parcel come again,
and that changes nothing: everything written for a parcel is one transaction, whose last row says that the parcel has
been handled. If that row exists already, the transaction is rolled back.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain, zip_longest
from typing import Final
from uuid import UUID, uuid4
from zlib import crc32

from budkavle import (
    Address,
    BudkavleError,
    Host,
    NotFound,
    ReceiptToSend,
    ReceiptWords,
    Refusal,
    Sentence,
    Work,
    call,
    record,
)
from budkavle.deliveries import explain_failure
from budkavle.operations import ScannerUnavailable
from budkavle_sdk_transport import texts
from budkavle_sdk_transport.access_points.availability import Availability
from budkavle_sdk_transport.access_points.interface import (
    MOST_UNANSWERED,
    AccessPoint,
    AccessPointUnavailable,
    Parcel,
    ParcelLost,
    ParcelNotFound,
    Unanswered,
)
from budkavle_sdk_transport.envelope.unsealing import SIGNATURE_RULE
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_RECEIPT
from budkavle_sdk_transport.incoming.content_checks import Checks
from budkavle_sdk_transport.incoming.opening import Opened, open_message
from budkavle_sdk_transport.incoming.received_messages import ACCEPTED, ReceivedMessages
from budkavle_sdk_transport.incoming.retry_delays import RetryDelays
from budkavle_sdk_transport.keys.certificates import CertificateSource, CertificatesUnavailable
from budkavle_sdk_transport.keys.memberships import Membership, Memberships
from budkavle_sdk_transport.malware.scanner import AttachmentScanner, FileScan
from budkavle_sdk_transport.message.conversion import NAME, incoming
from budkavle_sdk_transport.message.rules import is_uuid
from budkavle_sdk_transport.receipts import late_receipts
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt
from budkavle_sdk_transport.receipts.reader import ReceiptRefused, VerifiedReceipt, open_receipt
from budkavle_sdk_transport.settings import SdkSettings

SILENT, RECEIPT, REFUSED, STRANGE = "SILENT", "RECEIPT", "REFUSED", "STRANGE"
"""Outcomes of a parcel beside a message's own."""
AT_ONCE: Final = 4
"""Parcels that are handled at the same time: while one waits for the disk, the next is opened."""
SHARES: Final = 2
"""Shares of the waiting parcels. Different workers may fetch them, since one process keeps one core busy."""
TELL_AFTER: Final = 5
"""Attempts without an answer about a parcel until an administrator is told; the first are half a minute together."""


@dataclass(slots=True)
class _Away:
    """Whether the access point has gone, as far as one round of fetching has seen."""

    gone: bool = False
    unanswered: int = 0


class Receiver:
    """Fetches, opens and stores. One worker at a time does it for each share, as a job."""

    def __init__(
        self,
        host: Host,
        settings: SdkSettings,
        memberships: Memberships,
        access_point: AccessPoint,
        certificates: CertificateSource,
    ) -> None:
        self._availability = Availability(host)
        self._host = host
        self._settings = settings
        self._memberships = memberships
        self._access_point = access_point
        self._certificates = certificates
        self._retry_delays = RetryDelays(host)
        self._scanner = AttachmentScanner(host)
        self._crew = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="budkavle-sdk-fetch")

    def fetch(self, share: int = 0, shares: int = 1) -> int:
        """Fetch the parcels that wait for every organisation; return how many were handled.

        Args:
            share: Which part, from 0.
            shares: Of how many parts. A parcel always belongs to the same.
        """
        away = _Away()
        try:
            waiting = [pair for pair in self._waiting() if crc32(pair[1].encode()) % shares == share]
        except AccessPointUnavailable as error:
            self._note_away(away, error)
            return 0
        self._availability.record_success()
        return sum(self._crew.map(lambda pair: self._fetch_one(pair[0], pair[1], away), waiting))

    def _waiting(self) -> Iterator[tuple[Membership, str]]:
        """Return the waiting parcels, taking the organisations in turn, so that none waits for another's backlog."""
        lists = [
            [(membership, transport_id) for transport_id in self._access_point.pending(membership.participant)]
            for membership in self._memberships.all()
        ]
        return (pair for pair in chain.from_iterable(zip_longest(*lists)) if pair is not None)

    def _note_away(self, away: _Away, error: AccessPointUnavailable) -> None:
        if not away.gone:
            away.gone = True
            self._availability.record_failure(error)

    def _fetch_one(self, membership: Membership, transport_id: str, away: _Away) -> bool:
        """Handle one parcel; one that fails stays where it is, and the others go on (feature PL5)."""
        if away.gone or self._retry_delays.is_waiting(transport_id):
            return False
        try:
            self._handle(membership, transport_id)
        except Unanswered as error:
            # It may be about this parcel alone, which must not stop the others; told when it does not pass.
            sentence, organisation_id = texts.PARCEL_FAILED, membership.organisation_id
            self._retry_delays.postpone(organisation_id, transport_id, sentence, error, tell_after=TELL_AFTER)
            away.unanswered += 1
            if away.unanswered >= MOST_UNANSWERED:
                self._note_away(away, error)
        except AccessPointUnavailable as error:
            self._note_away(away, error)
        except ParcelLost as error:
            return self._note_lost(membership, transport_id, error)
        except ParcelNotFound:
            return False  # another worker was quicker
        except (CertificatesUnavailable, BudkavleError) as error:
            sentence, tell_after = _why_later(error)
            self._retry_delays.postpone(
                membership.organisation_id, transport_id, sentence, error, tell_after=tell_after
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this parcel's alone
            self._retry_delays.postpone(membership.organisation_id, transport_id, texts.PARCEL_FAILED, error)
        else:
            self._retry_delays.forget(transport_id)
            return True
        return False

    def _note_lost(self, membership: Membership, transport_id: str, error: ParcelLost) -> bool:
        """Tell an administrator of a parcel whose transfer here was interrupted and that no longer exists anywhere."""
        if ReceivedMessages(self._host, membership.organisation_id).has_handled(transport_id):
            return False  # another worker was quicker
        self._host.log.error("sdk.parcel_lost", parcel=transport_id, error=type(error).__name__)
        with self._host.work(self._host.system(membership.organisation_id)) as work:
            record(work, "parcel.lost", transport_id, transport=NAME, reason=texts.PARCEL_LOST)
        return False

    def _handle(self, membership: Membership, transport_id: str) -> None:
        self._store(membership, self._access_point.parcel(transport_id))
        self._access_point.mark_downloaded(transport_id)

    def deliver(self, parcel: Parcel) -> None:
        """Store a parcel that the access point pushes; when this returns, we are responsible for it.

        Raises:
            BudkavleError: Not stored; it must be brought again.
            CertificatesUnavailable: The same.
        """
        membership = self._memberships.of_participant(parcel.recipient)
        if membership is None:
            raise NotFound("Deltagaren {participant} finns inte här.", participant=parcel.recipient)
        self._store(membership, parcel)

    def _store(self, membership: Membership, parcel: Parcel) -> None:
        received_messages = ReceivedMessages(self._host, membership.organisation_id)
        with received_messages.handling() as work:
            outcome, message_id = self.take(work, membership, parcel)
            received_messages.record(work, parcel, message_id, outcome)

    def take(self, work: Work, membership: Membership, parcel: Parcel) -> tuple[str, str]:
        """Store what a parcel carries; return the outcome in a word and the message's id, if it has one.

        Raises:
            CertificatesUnavailable: Nothing can be said of the parcel yet.
            ScannerUnavailable: The same.
        """
        if parcel.document == DOCUMENT_RECEIPT:
            return self._take_receipt(work, membership, parcel)
        return self._take_message(work, membership, parcel)

    def _take_message(self, work: Work, membership: Membership, parcel: Parcel) -> tuple[str, str]:
        address, screen = _Address(self._host, work), self._scanner.incoming()
        checks = self._checks(work, membership, parcel, address, screen)
        opened = self._open(membership, parcel, checks)
        if any(finding.rule == SIGNATURE_RULE for finding in opened.findings):
            # The sender may have been published, or have changed keys, since it was asked for last (feature SD18).
            self._certificates.forget(parcel.sender)
            opened = self._open(membership, parcel, checks)
        receipt = _receipt_to_send(opened)
        if opened.outcome == ACCEPTED and opened.message:
            message = incoming(opened.message, membership.organisation_id, datetime.now(UTC))
            message = replace(message, receipt=receipt, evidence=parcel.payload, mailbox_id=address.mailbox_id)
            message = replace(message, warnings=screen.warnings)
            if not self._host.accept(message, work).duplicate:
                return ACCEPTED, opened.message.message_id
            # Another parcel with the same message has been dealt with since it was looked for.
            again = replace(checks, is_duplicate=lambda _message_id: True, scan=lambda _content: "")
            opened = self._open(membership, parcel, again)
            receipt = _receipt_to_send(opened)
        reason = texts.refused(parcel.sender, opened.findings, opened.why_no_receipt)
        self._refuse(work, membership, parcel, reason, receipt)
        return opened.outcome or SILENT, opened.envelope.id if opened.envelope else ""

    def _open(self, membership: Membership, parcel: Parcel, checks: Checks) -> Opened:
        return open_message(
            parcel.payload,
            keys=membership.pairs,
            certificates=self._certificates,
            checks=checks,
            signer=membership.signer,
        )

    def _take_receipt(self, work: Work, membership: Membership, parcel: Parcel) -> tuple[str, str]:
        try:
            opened = self._open_receipt(parcel)
        except ReceiptRefused as error:
            reason = Sentence(texts.RECEIPT_REFUSED, sender=parcel.sender, error=error)
            self._refuse(work, membership, parcel, reason)
            return REFUSED, ""
        envelope, message_id = opened.envelope, opened.receipt.message_id
        if (envelope.sender, envelope.recipient) != (parcel.sender, membership.participant):
            reason = Sentence(texts.RECEIPT_STRANGE, sender=parcel.sender, other=envelope.sender)
            self._refuse(work, membership, parcel, reason)
            return STRANGE, message_id
        words = ReceiptWords(membership.organisation_id, NAME, opened.document, evidence=parcel.payload)
        if not self._host.receipt(words, work).changed:
            work.after_commit(lambda: self._note_late(membership, opened.receipt))
        return RECEIPT, message_id

    def _note_late(self, membership: Membership, receipt: MessageReceipt) -> None:
        """Add to a message that was given up that it has been accepted after all, or both."""
        if not is_uuid(receipt.message_id):
            return
        delivery_id, told = UUID(receipt.message_id), ""
        # Another worker may store the opposite meanwhile: whoever writes last has looked again since.
        while (sentence := self._late_sentence(membership, delivery_id)) != told:
            told = sentence
            with self._host.work(self._host.system(membership.organisation_id)) as work:
                explain_failure(work, delivery_id, sentence)

    def _late_sentence(self, membership: Membership, delivery_id: UUID) -> str:
        """Return what to tell of a message by all of its late receipts; empty where none accepts it."""
        answers = late_receipts.acceptances(self._host, membership.organisation_id, delivery_id)
        if True not in answers:
            return ""
        return texts.CONTRADICTED_LATE if False in answers else texts.CONFIRMED_LATE

    def _open_receipt(self, parcel: Parcel) -> VerifiedReceipt:
        try:
            return open_receipt(parcel.payload, certificates=self._certificates)
        except ReceiptRefused:
            self._certificates.forget(parcel.sender)
            return open_receipt(parcel.payload, certificates=self._certificates)

    def _refuse(
        self, work: Work, membership: Membership, parcel: Parcel, reason: str, receipt: ReceiptToSend | None = None
    ) -> None:
        # By its transport id, since a resend is the same bytes (feature SD7), and is answered as well.
        remote_id = parcel.transport_id
        refusal = Refusal(membership.organisation_id, NAME, remote_id, reason, receipt, parcel.payload)
        self._host.refuse(refusal, work)

    def _checks(
        self, work: Work, membership: Membership, parcel: Parcel, address: "_Address", screen: FileScan
    ) -> Checks:
        received_messages = ReceivedMessages(self._host, membership.organisation_id)
        return Checks(
            serves=lambda participant: participant == membership.participant,
            knows_function=address.is_ours,
            accepts_type=lambda kind: kind in self._settings.types_of(membership.participant),
            scan=screen.scan,
            is_duplicate=partial(received_messages.received_before, work),
            refers_to_failed=partial(received_messages.has_failed, work),
            transport_sender=parcel.sender,
            transport_recipient=parcel.recipient,
            max_bytes=self._settings.max_bytes,
        )


@dataclass(slots=True)
class _Address:
    """Looks up which mailbox of the organisation a functional address belongs to, and knows it for the storing."""

    host: Host
    work: Work
    mailbox_id: UUID | None = None

    def is_ours(self, _participant: str, function: str) -> bool:
        for directory in self.host.platform.plugins.directories.values():
            match = call(directory.mailbox, self.work, NAME, function)
            if match and match[0] == self.work.organisation_id:
                self.mailbox_id = match[1]
                return True
        return False


def _why_later(error: Exception) -> tuple[str, int]:
    """Return the text for an administrator about a waiting parcel, and the number of attempts before it is shown."""
    if isinstance(error, CertificatesUnavailable):
        return Sentence(texts.CERTIFICATES_UNAVAILABLE, error=error), 1
    if isinstance(error, ScannerUnavailable):
        # A scanner that is started anew reads its signatures for a while, which is nothing to tell of.
        return Sentence(texts.SCANNER_UNAVAILABLE, error=error), TELL_AFTER
    return Sentence.of(error), 1


def _receipt_to_send(opened: Opened) -> ReceiptToSend | None:
    if opened.receipt_xhe is None or opened.envelope is None:
        return None
    sender = opened.envelope.sender
    return ReceiptToSend(uuid4(), Address(NAME, sender, organisation_value=sender), opened.receipt_xhe)
