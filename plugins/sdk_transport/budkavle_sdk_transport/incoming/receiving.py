"""What comes from the access point: messages are opened and receipted, receipts change the state of what we sent.

A parcel is marked as downloaded only when what came of it is stored, so that a crash at any point makes it come
again, and coming again changes nothing: all that is written of a parcel is one transaction, whose last row says that
it has been dealt with, and which is taken back where that row is there already.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
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
    Work,
    call,
    record,
)
from budkavle_sdk_transport import texts
from budkavle_sdk_transport.access_points.availability import PointWatch
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
from budkavle_sdk_transport.incoming.received_messages import ACCEPTED, Register
from budkavle_sdk_transport.incoming.retry_delays import Postponed
from budkavle_sdk_transport.keys.certificates import CertificateSource, CertificatesUnavailable
from budkavle_sdk_transport.keys.participants import Identities, Identity
from budkavle_sdk_transport.malware.clamd import ScannerUnavailable
from budkavle_sdk_transport.malware.scanner import Screen, Screening
from budkavle_sdk_transport.message.conversion import NAME, incoming
from budkavle_sdk_transport.message.rules import is_uuid
from budkavle_sdk_transport.outgoing.submissions import UnderWay
from budkavle_sdk_transport.receipts import late_receipts
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt
from budkavle_sdk_transport.receipts.reader import ReceiptRefused, VerifiedReceipt, open_receipt
from budkavle_sdk_transport.settings import SdkSettings

SILENT, RECEIPT, REFUSED, STRANGE = "SILENT", "RECEIPT", "REFUSED", "STRANGE"
"""Outcomes of a parcel beside a message's own."""
AT_ONCE: Final = 4
"""Parcels that are dealt with at the same time: while one waits for the disk, the next is opened."""
SHARES: Final = 2
"""Parts of what waits that may each be fetched by another worker, since one process keeps one core busy."""
TELL_AFTER: Final = 5
"""Tries without an answer about a parcel until an administrator is told; the first are half a minute together."""


@dataclass(slots=True)
class _Away:
    """Whether the access point has gone, as far as one round of fetching has seen."""

    gone: bool = False
    unanswered: int = 0


class Arrivals:
    """Fetches, opens and stores. One worker at a time does it for each share, as a job."""

    def __init__(
        self,
        host: Host,
        settings: SdkSettings,
        identities: Identities,
        access_point: AccessPoint,
        certificates: CertificateSource,
    ) -> None:
        self._watch = PointWatch(host)
        self._host = host
        self._settings = settings
        self._identities = identities
        self._access_point = access_point
        self._certificates = certificates
        self._postponed = Postponed(host)
        self._screening = Screening(host, settings.scanner)
        self._crew = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="budkavle-sdk-fetch")

    def fetch(self, share: int = 0, shares: int = 1) -> int:
        """Take what waits for every organisation; return how many parcels were dealt with.

        Args:
            share: Which part, from 0.
            shares: Of how many parts. A parcel always belongs to the same.
        """
        away = _Away()
        try:
            waiting = [one for one in self._waiting() if crc32(one[1].encode()) % shares == share]
        except AccessPointUnavailable as error:
            self._note_away(away, error)
            return 0
        self._watch.answered()
        return sum(self._crew.map(lambda one: self._fetch_one(one[0], one[1], away), waiting))

    def _waiting(self) -> Iterator[tuple[Identity, str]]:
        """What waits, the organisations in turns, so that none has to wait for another's many."""
        lists = [
            [(identity, transport_id) for transport_id in self._access_point.pending(identity.participant)]
            for identity in self._identities.all()
        ]
        return (one for one in chain.from_iterable(zip_longest(*lists)) if one is not None)

    def _note_away(self, away: _Away, error: AccessPointUnavailable) -> None:
        if not away.gone:
            away.gone = True
            self._watch.failed(error)

    def _fetch_one(self, identity: Identity, transport_id: str, away: _Away) -> bool:
        """Deal with one parcel; one that fails stays where it is, and the others go on (feature PL5)."""
        if away.gone or self._postponed.waits(transport_id):
            return False
        try:
            self._deal_with(identity, transport_id)
        except Unanswered as error:
            # It may be about this parcel alone, which must not stop the others; told when it does not pass.
            sentence, organisation_id = texts.PARCEL_FAILED, identity.organisation_id
            self._postponed.add(organisation_id, transport_id, sentence, error, tell_after=TELL_AFTER)
            away.unanswered += 1
            if away.unanswered >= MOST_UNANSWERED:
                self._note_away(away, error)
        except AccessPointUnavailable as error:
            self._note_away(away, error)
        except ParcelLost as error:
            return self._note_lost(identity, transport_id, error)
        except ParcelNotFound:
            return False  # another worker was quicker
        except (CertificatesUnavailable, BudkavleError) as error:
            sentence, tell_after = _why_later(error)
            self._postponed.add(identity.organisation_id, transport_id, sentence, error, tell_after=tell_after)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this parcel's alone
            self._postponed.add(identity.organisation_id, transport_id, texts.PARCEL_FAILED, error)
        else:
            self._postponed.forget(transport_id)
            return True
        return False

    def _note_lost(self, identity: Identity, transport_id: str, error: ParcelLost) -> bool:
        """Tell an administrator of a parcel that broke off on its way here and that nobody has any more."""
        if Register(self._host, identity.organisation_id).has_dealt_with(transport_id):
            return False  # another worker was quicker
        self._host.log.error("sdk.parcel_lost", parcel=transport_id, error=type(error).__name__)
        with self._host.work(self._host.system(identity.organisation_id)) as work:
            record(work, "parcel.lost", transport_id, transport=NAME, reason=texts.PARCEL_LOST)
        return False

    def _deal_with(self, identity: Identity, transport_id: str) -> None:
        self._store(identity, self._access_point.parcel(transport_id))
        self._access_point.mark_downloaded(transport_id)

    def deliver(self, parcel: Parcel) -> None:
        """Store a parcel that the access point brings by itself; when this returns, it is ours.

        Raises:
            BudkavleError: Not stored; it must be brought again.
            CertificatesUnavailable: The same.
        """
        identity = self._identities.of_participant(parcel.recipient)
        if identity is None:
            raise NotFound("Deltagaren {participant} finns inte här.", participant=parcel.recipient)
        self._store(identity, parcel)

    def _store(self, identity: Identity, parcel: Parcel) -> None:
        register = Register(self._host, identity.organisation_id)
        with register.dealing() as work:
            outcome, message_id = self.take(work, identity, parcel)
            register.remember(work, parcel, message_id, outcome)

    def take(self, work: Work, identity: Identity, parcel: Parcel) -> tuple[str, str]:
        """Store what a parcel carries; return the outcome in a word and the message's id, if it has one.

        Raises:
            CertificatesUnavailable: Nothing can be said of the parcel yet.
            ScannerUnavailable: The same.
        """
        if parcel.document == DOCUMENT_RECEIPT:
            return self._take_receipt(work, identity, parcel)
        return self._take_message(work, identity, parcel)

    def _take_message(self, work: Work, identity: Identity, parcel: Parcel) -> tuple[str, str]:
        address, screen = _Address(self._host, identity.organisation_id), self._screening.incoming()
        checks = self._checks(identity, parcel, address, screen)
        opened = self._open(identity, parcel, checks)
        if any(one.rule == SIGNATURE_RULE for one in opened.findings):
            # The sender may have been published, or have changed keys, since it was asked for last (feature SD18).
            self._certificates.forget(parcel.sender)
            opened = self._open(identity, parcel, checks)
        receipt = _receipt_to_send(opened)
        if opened.outcome == ACCEPTED and opened.message:
            message = incoming(opened.message, identity.organisation_id, datetime.now(UTC))
            message = replace(message, receipt=receipt, evidence=parcel.payload, mailbox_id=address.mailbox_id)
            message = replace(message, warnings=screen.warnings)
            if not self._host.accept(message, work).duplicate:
                return ACCEPTED, opened.message.message_id
            # Another parcel with the same message has been dealt with since it was looked for.
            again = replace(checks, is_duplicate=lambda _message_id: True, scan=lambda _content: "")
            opened = self._open(identity, parcel, again)
            receipt = _receipt_to_send(opened)
        reason = texts.refused(parcel.sender, opened.findings, opened.why_no_receipt)
        self._refuse(work, identity, parcel, reason, receipt)
        return opened.outcome or SILENT, opened.envelope.id if opened.envelope else ""

    def _open(self, identity: Identity, parcel: Parcel, checks: Checks) -> Opened:
        return open_message(
            parcel.payload,
            keys=identity.pairs,
            certificates=self._certificates,
            checks=checks,
            signer=identity.signer,
        )

    def _take_receipt(self, work: Work, identity: Identity, parcel: Parcel) -> tuple[str, str]:
        try:
            opened = self._open_receipt(parcel)
        except ReceiptRefused as error:
            reason = texts.RECEIPT_REFUSED.format(sender=parcel.sender, error=error)
            self._refuse(work, identity, parcel, reason)
            return REFUSED, ""
        envelope, message_id = opened.envelope, opened.receipt.message_id
        if (envelope.sender, envelope.recipient) != (parcel.sender, identity.participant):
            reason = texts.RECEIPT_STRANGE.format(sender=parcel.sender, other=envelope.sender)
            self._refuse(work, identity, parcel, reason)
            return STRANGE, message_id
        words = ReceiptWords(identity.organisation_id, NAME, opened.document, evidence=parcel.payload)
        if not self._host.receipt(words, work).changed:
            work.after_commit(lambda: self._note_late(identity, opened.receipt))
        return RECEIPT, message_id

    def _note_late(self, identity: Identity, receipt: MessageReceipt) -> None:
        """Tell whoever looks at a message that was given up that it has been accepted after all, or both."""
        if not is_uuid(receipt.message_id):
            return
        delivery_id = UUID(receipt.message_id)
        said = late_receipts.said(self._host, identity.organisation_id, delivery_id)
        if True in said:
            sentence = texts.CONTRADICTED_LATE if False in said else texts.CONFIRMED_LATE
            UnderWay(self._host, identity.organisation_id).tell(delivery_id, sentence)

    def _open_receipt(self, parcel: Parcel) -> VerifiedReceipt:
        try:
            return open_receipt(parcel.payload, certificates=self._certificates)
        except ReceiptRefused:
            self._certificates.forget(parcel.sender)
            return open_receipt(parcel.payload, certificates=self._certificates)

    def _refuse(
        self, work: Work, identity: Identity, parcel: Parcel, reason: str, receipt: ReceiptToSend | None = None
    ) -> None:
        # By its transport id, since a resend is the same bytes (feature SD7), and is answered as well.
        remote_id = parcel.transport_id
        refusal = Refusal(identity.organisation_id, NAME, remote_id, reason, receipt, parcel.payload)
        self._host.refuse(refusal, work)

    def _checks(self, identity: Identity, parcel: Parcel, address: "_Address", screen: Screen) -> Checks:
        register = Register(self._host, identity.organisation_id)
        return Checks(
            serves=lambda participant: participant == identity.participant,
            knows_function=address.is_ours,
            accepts_type=lambda kind: kind in self._settings.types_of(identity.participant),
            scan=screen.scan,
            is_duplicate=register.received_before,
            refers_to_failed=register.has_failed,
            transport_sender=parcel.sender,
            transport_recipient=parcel.recipient,
            max_bytes=self._settings.max_bytes,
        )


@dataclass(slots=True)
class _Address:
    """Looks up which mailbox of the organisation a functional address belongs to, and knows it for the storing."""

    host: Host
    organisation_id: UUID
    mailbox_id: UUID | None = None

    def is_ours(self, _participant: str, function: str) -> bool:
        for directory in self.host.platform.plugins.directories.values():
            found = call(directory.mailbox, NAME, function)
            if found and found[0] == self.organisation_id:
                self.mailbox_id = found[1]
                return True
        return False


def _why_later(error: Exception) -> tuple[str, int]:
    """What an administrator is told of a parcel that waits, and after how many tries."""
    if isinstance(error, CertificatesUnavailable):
        return texts.CERTIFICATES_UNAVAILABLE.format(error=error), 1
    if isinstance(error, ScannerUnavailable):
        # A scanner that is started anew reads its signatures for a while, which is nothing to tell of.
        return texts.SCANNER_UNAVAILABLE.format(error=error), TELL_AFTER
    return str(error), 1


def _receipt_to_send(opened: Opened) -> ReceiptToSend | None:
    if opened.receipt_xhe is None or opened.envelope is None:
        return None
    sender = opened.envelope.sender
    return ReceiptToSend(uuid4(), Address(NAME, sender, organisation_value=sender), opened.receipt_xhe)
