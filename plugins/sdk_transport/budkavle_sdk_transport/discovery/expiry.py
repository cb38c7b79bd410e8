"""When certificates run out: our own and those of the participants that we have to do with (feature Z6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from budkavle_sdk_transport.discovery.cache import CachedAnswer
from budkavle_sdk_transport.discovery.service_metadata import Trust, read_service_metadata
from budkavle_sdk_transport.formats.identifiers import CERTPUB_ENCRYPTION, CERTPUB_SIGNING, DOCUMENT_MESSAGE
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable, UnknownParticipant
from budkavle_sdk_transport.keys.memberships import Membership

SIGNING: Final = "signing"
ENCRYPTION: Final = "encryption"


@dataclass(frozen=True, slots=True)
class CertificateDate:
    """A certificate and its end.

    Attributes:
        participant: Whose.
        purpose: `SIGNING` or `ENCRYPTION`; our own signing pair serves both.
        ends_at: When it runs out.
        organisation_id: Which organisation of ours it belongs to; None for other participants.
        fetched_at: When it was fetched; None for our own.
    """

    participant: str
    purpose: str
    ends_at: datetime
    organisation_id: UUID | None = None
    fetched_at: datetime | None = None

    def ends_within(self, time: timedelta, at: datetime | None = None) -> bool:
        """Tell whether it runs out before a time has passed, or has done so."""
        return self.ends_at < (at or datetime.now(UTC)) + time


def own_dates(memberships: Sequence[Membership]) -> list[CertificateDate]:
    """Return the certificates that we sign with."""
    return [
        CertificateDate(
            membership.participant,
            SIGNING,
            membership.signer.certificate.not_valid_after_utc,
            organisation_id=membership.organisation_id,
        )
        for membership in memberships
    ]


def published_dates(answers: Sequence[CachedAnswer], trust: Trust, at: datetime) -> list[CertificateDate]:
    """Return the certificates of the participants that are kept; those whose signature no longer holds are left out.

    Of each answer the certificate that it is asked for counts: for messages that of encryption, for receipts that of
    signing.
    """
    return sorted(_published(answers, trust, at), key=lambda date: (date.ends_at, date.participant))


def _published(answers: Sequence[CachedAnswer], trust: Trust, at: datetime) -> Iterator[CertificateDate]:
    for cached in answers:
        if cached.answer is None:
            continue
        try:
            metadata = read_service_metadata(
                cached.answer, participant=cached.participant, document=cached.document, trust=trust, at=at
            )
        except (UnknownParticipant, CertificatesUnavailable):
            continue
        to_message = cached.document == DOCUMENT_MESSAGE
        certificate = metadata.certificates.get(CERTPUB_ENCRYPTION if to_message else CERTPUB_SIGNING)
        if certificate is not None:
            purpose = ENCRYPTION if to_message else SIGNING
            yield CertificateDate(
                cached.participant, purpose, certificate.not_valid_after_utc, fetched_at=cached.fetched_at
            )
