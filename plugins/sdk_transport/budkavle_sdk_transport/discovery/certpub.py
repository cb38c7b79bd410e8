"""The certificates that participants have published: asked for, verified, and kept for a while.

Source: Certifikatspublicering, REST-bindning till SMP 1.0, 3: the encryption certificate stands under the document type
of the message, the signing certificate under that of the receipt.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509

from budkavle_sdk_transport.discovery.cache import Shelf
from budkavle_sdk_transport.discovery.revocation import Revocation
from budkavle_sdk_transport.discovery.service_metadata import (
    MetadataRefused,
    ServiceMetadata,
    Trust,
    read_service_metadata,
)
from budkavle_sdk_transport.formats.identifiers import (
    CERTPUB_ENCRYPTION,
    CERTPUB_SIGNING,
    DOCUMENT_MESSAGE,
    DOCUMENT_RECEIPT,
)
from budkavle_sdk_transport.keys.certificates import (
    CertificateRefused,
    CertificatesUnavailable,
    UnknownParticipant,
)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long answers are used again.

    Attributes:
        fresh: An answer, before the publisher is asked anew.
        stale: An answer, while the publisher cannot be asked.
        absent: The answer that there is nothing.
        failed: That the publisher did not answer.
    """

    fresh: timedelta = timedelta(hours=1)
    stale: timedelta = timedelta(hours=24)
    absent: timedelta = timedelta(minutes=1)
    failed: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is remembered about a participant and a document type.

    Attributes:
        metadata: The verified answer; None where there is none.
        at: When it was fetched.
        until: When it is looked for again.
        trouble: Why there is none, or no newer one.
    """

    metadata: ServiceMetadata | None
    at: datetime
    until: datetime
    trouble: UnknownParticipant | CertificatesUnavailable | None = None

    def metadata_or_raise(self) -> ServiceMetadata:
        if self.metadata is not None:
            return self.metadata
        # A new exception each time: one that is raised by several threads would gather all their tracebacks.
        trouble = self.trouble or CertificatesUnavailable()
        raise type(trouble)(*trouble.args)


@dataclass(slots=True)
class CertPub:
    """A `CertificateSource` that asks the metadata publisher.

    What was found is remembered in the process, so that a message costs no question; a shelf shares it with other
    processes and keeps it over restarts. While one thread asks about a participant, others that need the same wait
    for its answer.

    Attributes:
        fetch: (participant, document) to the publisher's bytes; raises `UnknownParticipant` when there is nothing,
            `CertificatesUnavailable` when it cannot be asked.
        trust: Which publisher is believed.
        keeping: How long.
        revocation: Asked of every certificate that is handed out, and of the publisher's; None asks nobody.
        shelf: None keeps nothing outside of the process.
        clock: The time.
    """

    fetch: Callable[[str, str], bytes]
    trust: Trust
    keeping: Keeping = field(default_factory=Keeping)
    revocation: Revocation | None = None
    shelf: Shelf | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _known: dict[Key, _Answer] = field(default_factory=dict)
    _forgotten: dict[str, datetime] = field(default_factory=dict)
    _turns: dict[Key, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def encryption_certificate(self, participant: str) -> x509.Certificate:
        """The recipient's entry under the message's document type."""
        return self._certificate(participant, DOCUMENT_MESSAGE, CERTPUB_ENCRYPTION)

    def signing_certificate(self, participant: str) -> x509.Certificate:
        """The sender's entry under the receipt's document type."""
        return self._certificate(participant, DOCUMENT_RECEIPT, CERTPUB_SIGNING)

    def metadata(self, participant: str, document: str, *, anew: bool = False) -> ServiceMetadata:
        """The verified answer about a participant and a document type, remembered or fresh.

        Args:
            participant: Such as `0203:habo.se`.
            document: `DOCUMENT_MESSAGE` or `DOCUMENT_RECEIPT`.
            anew: Ask the publisher, whatever is remembered.

        Raises:
            UnknownParticipant: The participant is not published for it.
            CertificatesUnavailable: It cannot be told now.
        """
        key = (participant.lower(), document)
        if not anew and (known := self._remembered(key)) is not None:
            return known.metadata_or_raise()
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:
            known = None if anew else self._remembered(key)
            if known is None:
                known = self._looked_up(key, anew=anew)
                with self._lock:
                    self._known[key] = known
        return known.metadata_or_raise()

    def fetched_at(self, participant: str, document: str = DOCUMENT_MESSAGE) -> datetime | None:
        """When the remembered answer was fetched; None when there is none."""
        with self._lock:
            known = self._known.get((participant.lower(), document))
        return known.at if known and known.metadata else None

    def forget(self, participant: str | None = None) -> None:
        """Ask afresh next time, about one participant or all: for instance after a signature failed."""
        with self._lock:
            gone = [key for key in self._known if participant is None or participant.lower() == key[0]]
            for key in gone:
                del self._known[key]
            for who in {key[0] for key in gone} | ({participant.lower()} if participant else set()):
                self._forgotten[who] = self.clock()

    def _remembered(self, key: Key) -> _Answer | None:
        with self._lock:
            known = self._known.get(key)
        return known if known is not None and self.clock() < known.until else None

    def _certificate(self, participant: str, document: str, kind: str) -> x509.Certificate:
        found = self.metadata(participant, document).certificates.get(kind)
        if found is None:
            raise UnknownParticipant(f"{participant} has published no certificate of the type {kind}.")
        if self.revocation is not None:
            self.revocation.check(found)
        return found

    def _looked_up(self, key: Key, *, anew: bool) -> _Answer:
        """The shelf's answer, or the publisher's; and where it gives none, what that comes to."""
        now = self.clock()
        kept = self._shelved(key, now)
        if kept is not None and not anew and now < kept.until:
            self._note_use(key, now)
            return kept
        try:
            answer = self.fetch(*key)
            metadata = self._read(key, answer, now, publisher=True)
        except UnknownParticipant as error:
            self._note(key, error, now, lost=True)
            return _Answer(None, now, now + self.keeping.absent, error)
        except CertificatesUnavailable as error:
            self._note(key, error, now, lost=False)
            return self._without_publisher(key, kept, error, now)
        if self.shelf is not None:
            self.shelf.keep(*key, answer, now)
        return _Answer(metadata, now, now + self.keeping.fresh)

    def _without_publisher(
        self, key: Key, kept: _Answer | None, error: CertificatesUnavailable, now: datetime
    ) -> _Answer:
        """The last answer goes on for a while, unless it is the answer itself that must not be believed."""
        with self._lock:
            known = self._known.get(key) or kept
        until = now + self.keeping.failed
        if known is None or known.metadata is None or isinstance(error, MetadataRefused):
            return _Answer(None, now, until, error)
        if now - known.at > self.keeping.stale:
            return _Answer(None, now, until, error)
        return _Answer(known.metadata, known.at, until, error)

    def _shelved(self, key: Key, now: datetime) -> _Answer | None:
        """The shelf's answer, held to its signature; None where there is none that may be used."""
        kept = self.shelf.answer(*key) if self.shelf is not None else None
        if kept is None or kept.answer is None or kept.fetched_at is None:
            return None
        with self._lock:
            forgotten = self._forgotten.get(key[0])
        if forgotten is not None and kept.fetched_at <= forgotten:
            return None
        try:
            metadata = self._read(key, kept.answer, now, publisher=False)
        except (UnknownParticipant, CertificatesUnavailable):
            return None
        return _Answer(metadata, kept.fetched_at, kept.fetched_at + self.keeping.fresh)

    def _read(self, key: Key, answer: bytes, now: datetime, *, publisher: bool) -> ServiceMetadata:
        metadata = read_service_metadata(answer, participant=key[0], document=key[1], trust=self.trust, at=now)
        if publisher and self.revocation is not None:
            try:
                self.revocation.check(metadata.publisher)
            except CertificateRefused as error:
                raise MetadataRefused(f"The metadata publisher is not trusted any more. {error}") from error
        return metadata

    def _note(self, key: Key, error: Exception, now: datetime, *, lost: bool) -> None:
        if self.shelf is None:
            return
        if lost:
            self.shelf.lose(*key, str(error), now)
        else:
            self.shelf.fail(*key, str(error), now)

    def _note_use(self, key: Key, now: datetime) -> None:
        if self.shelf is not None:
            self.shelf.use(*key, now)
